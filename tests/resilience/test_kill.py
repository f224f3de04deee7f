"""kill -9 at random moments of intake, assessment, selection and result upload: nothing is lost,
nothing is doubled."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import polars as pl
import pytest

from tidewaiter.engine.simulate.settings import Setting
from tidewaiter.engine.simulate.simulation import Simulation

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
FILES = 4
ITEMS = 6_000
KILLS = {"intake": 14, "assess": 12, "select": 12, "result": 12}  # fifty in all


class House:
    """A house whose every action runs in a process that may be killed; the next one stands by."""

    def __init__(self, folder: Path) -> None:
        self._environment = {
            **os.environ,
            "TIDEWAITER_HOME": str(folder / "home"),
            "DJANGO_SETTINGS_MODULE": "tidewaiter.site.settings",
        }
        self._folder = folder
        self._actor = self._start()
        self._next = self._start()
        assert self._heard() == "ready"
        self.killed = 0

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(HERE / "actor.py")],
            env=self._environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def _heard(self) -> str:
        return self._actor.stdout.readline().strip()

    def do(self, what: str, *arguments: str, kill_after: float | None = None) -> None:
        """Run an action to its end, or kill its process so many seconds after it began."""
        print(json.dumps({"do": what, "with": arguments}), file=self._actor.stdin, flush=True)
        assert self._heard() == "begun"
        if kill_after is not None:
            time.sleep(kill_after)
            self._actor.kill()
        heard = self._heard()
        assert heard in {"done", ""}, f"{what} {heard}; see the standard error"
        self.killed += heard == ""
        if kill_after is not None:
            self._replace()

    def _replace(self) -> None:
        _end(self._actor)
        self._actor, self._next = self._next, self._start()
        assert self._heard() == "ready"

    def timed(self, what: str, *arguments: str) -> float:
        started = time.monotonic()
        self.do(what, *arguments)
        return time.monotonic() - started

    def report(self) -> dict[str, Any]:
        path = self._folder / "report.json"
        self.do("report", str(path))
        return json.loads(path.read_text())

    def close(self) -> None:
        for process in (self._actor, self._next):
            process.kill()
            _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    process.wait(30)
    process.stdin.close()
    process.stdout.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    if os.environ.get("DATABASE_URL"):
        pytest.skip("runs on its own SQLite home: the house's database is made and killed here")
    house = House(tmp_path)
    house.do("init")
    yield house
    house.close()


def files(folder: Path) -> list[Path]:
    """Four months of a world, a file each."""
    (chunk,) = Simulation.of(Setting(items=ITEMS, seed=11, months=FILES)).chunks(rows=ITEMS)
    dated = chunk.declarations.with_columns(month=pl.col("declaration_date").dt.month())
    months = dated.partition_by("month", include_key=False)
    paths = []
    for number, frame in enumerate(months):
        paths.append(folder / f"month-{number}.csv")
        frame.drop("documents", "previous_documents", strict=False).write_csv(paths[-1])
    return paths


@pytest.mark.slow
def test_nothing_is_lost_and_nothing_doubled(house: House, tmp_path: Path) -> None:
    chance = random.Random(20)  # noqa: S311  moments, not secrets
    paths = files(tmp_path)
    spans = {"intake": house.timed("intake", str(paths[0]))}
    assert house.report()["counts"]["declarations"] > 0

    def killed(what: str, *arguments: str) -> None:
        house.do(what, *arguments, kill_after=chance.uniform(0, spans[what]))

    for number in range(KILLS["intake"]):
        killed("intake", str(paths[number % FILES]))
    for path in paths:
        house.do("intake", str(path))

    spans["assess"] = 1.2
    for _ in range(KILLS["assess"]):
        killed("assess")
    house.do("assess")

    spans["select"] = 0.9
    for _ in range(KILLS["select"]):
        killed("select")
    house.do("select")

    house.do("staff")
    identities = [str(uuid4()) for _ in range(6)]
    spans["result"] = house.timed("result", "0", identities[0])
    for number in range(KILLS["result"]):
        which = number % len(identities)
        killed("result", str(which), identities[which])
    for which, identity in enumerate(identities):
        house.do("result", str(which), identity)

    report = house.report()
    counts = report["counts"]
    assert house.killed >= 30, "the kills came too late to mean anything"
    assert all(report["checks"].values()), report["checks"]
    assert counts["messages"] == FILES
    assert counts["declarations"] == counts["assessments"] == ITEMS
    assert counts["orders"] == counts["ordered"] > len(identities)
    assert counts["results"] == counts["photographs"] == len(identities)
    assert counts["outcomes"] == len(identities)
