"""The server is killed under load, whole or one of its processes: nothing that it acknowledged is lost,
nothing is doubled, and it comes back by itself."""

from __future__ import annotations

import json
import os
import random
import time
from typing import TYPE_CHECKING

import pytest

from tests.crash.house import House, Server
from tests.crash.load import EVERY_KIND, Load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.database]
KILLS = int(os.environ.get("TIDEWAITER_KILLS", "4"))
LONG = float(os.environ.get("TIDEWAITER_KILL_SECONDS", "3600"))  # after which no more are killed
SEED = int(os.environ.get("TIDEWAITER_KILL_SEED", "1"))
WHOM = ("all", "serve", "server", "page", "page", "page", "worker", "worker", "worker")
LONGEST = 2.0  # seconds between a house that works and the next kill
AT_WORK = 0.8  # of the kills, when everybody is at work; the others soon after the start
SETTLING = 400  # seconds at most: what is tried again waits longer each time


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(house: House) -> None:
    chance = random.Random(SEED)  # noqa: S311  moments, not secrets
    house.inside("init")
    house.tidewaiter("backup", "init")
    server = Server(house)
    server.keep()
    load = Load(server.port, house.inside("furnish"), SEED)
    load.start()
    killed = []
    try:
        load.wait_for_work(EVERY_KIND)
        until = time.monotonic() + LONG
        while len(killed) < KILLS and time.monotonic() < until:
            if chance.random() < AT_WORK:
                load.wait_for_work()
            moment, whom = chance.uniform(0, LONGEST), chance.choice(WHOM)
            time.sleep(moment)
            if server.kill(whom, chance.choice):
                killed.append((whom, round(moment, 3)))
                print(f"kill {len(killed)} of {KILLS}: {whom} after {moment:.3f} s", flush=True)
            server.keep()
            assert not load.faults, (SEED, killed, load.faults)
        load.stop()
        assert not load.faults, (SEED, killed, load.faults)
        waits = house.inside("settled", SETTLING)
        assert not waits, (SEED, killed, waits)
    finally:
        server.stop()
    acknowledged = house.folder / "acknowledged.json"
    acknowledged.write_text(json.dumps(load.acknowledged))
    counts = {kind: len(ones) for kind, ones in load.acknowledged.items()}
    print(f"{len(killed)} kills; acknowledged: {counts}; unanswered: {load.unanswered}", flush=True)
    told = house.inside("tell", acknowledged)
    print(f"failed jobs: {told.pop('failed jobs')}", flush=True)
    assert not any(told.values()), (SEED, killed, told)
    _restored(house)


def _restored(house: House) -> None:
    """Backups were made and killed all the time; all are sound, and the last one is a whole house."""
    made = house.tidewaiter("backup", "list").splitlines()
    print(f"{len(made)} backups", flush=True)
    house.tidewaiter("backup", "verify")
    if made:
        place = house.sibling()
        key = house.home / "keys" / "backup" / "repository.key"
        place.tidewaiter("restore", "--from", house.folder / "backups", "--key", key)
        place.tidewaiter("worker", "--once")
        place.tidewaiter("verify")
