"""A thousand damages to the folder of the vault: each is found, and the file is named."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tidewaiter.cli.main import main
from tidewaiter.desks.targeting.actions.verify import verify_house
from tidewaiter.platform.accounts.models import HeldRole, User
from tidewaiter.platform.jobs import worker
from tidewaiter.platform.jobs.actions import enqueue
from tidewaiter.platform.vault import actions, container, files
from tidewaiter.platform.vault.verification import faults

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db
DAMAGES, FILES = 1_000, 40


@pytest.fixture
def paths(monkeypatch) -> list[Path]:
    """Files of every size from none to some chunks."""
    monkeypatch.setattr(container, "CHUNK", 512)
    chance = random.Random(5)  # noqa: S311  sizes, not secrets
    sizes = [0, 1, 511, 512, 513, 1024, *(chance.randrange(3_000) for _ in range(FILES - 6))]
    names = [actions.store(chance.randbytes(size), None).sha256 for size in sizes]
    assert len(set(names)) == FILES
    found = [files.path_of(name) for name in names]
    for path in found:
        path.chmod(0o600)
    return found


def change(chance: random.Random, path: Path, _others: list[Path]) -> list[Path]:
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= chance.randrange(1, 256)
    path.write_bytes(content)
    return [path]


def delete(_chance: random.Random, path: Path, _others: list[Path]) -> list[Path]:
    path.unlink()
    return [path]


def swap(chance: random.Random, path: Path, others: list[Path]) -> list[Path]:
    other = chance.choice(others)
    mine, its = path.read_bytes(), other.read_bytes()
    path.write_bytes(its)
    other.write_bytes(mine)
    return [path, other]


def cut(chance: random.Random, path: Path, _others: list[Path]) -> list[Path]:
    content = path.read_bytes()
    path.write_bytes(content[: chance.randrange(len(content))])
    return [path]


def test_a_thousand_damages_are_found_and_named(paths):
    """Some at a time, so that each verification has sound files to leave alone."""
    chance = random.Random(7)  # noqa: S311
    whole = {path: path.read_bytes() for path in paths}
    done = 0
    while done < DAMAGES:
        sound, damaged = list(paths), set()
        chance.shuffle(sound)
        for _ in range(10):
            path, way = sound.pop(), chance.choice([change, delete, swap, cut])
            hit = way(chance, path, sound)
            sound = [other for other in sound if other not in hit]
            damaged.update(hit)
            done += 1
        assert {name for name, _wrong in faults()} == {path.name for path in damaged}
        for path in damaged:
            path.write_bytes(whole[path])
    assert list(faults()) == []


def test_it_is_told_by_job_and_by_command(paths):
    operator = User.objects.create(username="operator", national=True)
    HeldRole.objects.create(user=operator, role="operator")
    lines = {line.check: line for line in verify_house(operator)}
    assert (lines["vault"].ok, lines["vault"].said) == (True, f"{FILES} files as stored")
    paths[3].unlink()
    cut(random.Random(1), paths[8], paths)  # noqa: S311
    bad = {paths[3].name, paths[8].name}

    job = enqueue("vault.verify", actor=None)
    worker.drain()
    job.refresh_from_db()
    assert job.state == "failed"
    told = CliRunner().invoke(main, ["vault", "verify"])
    assert told.exit_code == 1
    line = {line.check: line for line in verify_house(operator)}["vault"]
    assert not line.ok
    for name in bad:
        assert name in job.log
        assert name in told.stderr
        assert name in line.said
