"""Whatever is changed in the files of the lake is found, and it is said where."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.platform.seals.builders import add, folder, lived_in
from tidewaiter.engine.records import lake as lake_module
from tidewaiter.platform.seals.verify import verify

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db
CHANGES = 1_000


def flip(paths: list[Path], chance: random.Random) -> list[Path]:
    """One byte of one file becomes another."""
    path = chance.choice(paths)
    body = bytearray(path.read_bytes())
    body[chance.randrange(len(body))] ^= chance.randrange(1, 256)
    path.write_bytes(body)
    return [path]


def delete(paths: list[Path], chance: random.Random) -> list[Path]:
    path = chance.choice(paths)
    path.unlink()
    return [path]


def swap(paths: list[Path], chance: random.Random) -> list[Path]:
    one, other = chance.sample(paths, 2)
    bodies = one.read_bytes(), other.read_bytes()
    other.write_bytes(bodies[0])
    one.write_bytes(bodies[1])
    return [one, other]


def truncate(paths: list[Path], chance: random.Random) -> list[Path]:
    path = chance.choice(paths)
    body = path.read_bytes()
    path.write_bytes(body[: chance.randrange(len(body))])
    return [path]


def cut(paths: list[Path], chance: random.Random) -> list[Path]:
    """The newest commits of a table vanish, with what only they name left behind."""
    table = chance.choice(paths).relative_to(folder("")).parts[0]
    log = sorted((folder(table) / "_delta_log").glob("*.json"))
    gone = log[-chance.randrange(1, min(4, len(log))) :]
    for path in gone:
        path.unlink()
    return gone


EXPECTED = {
    flip: {"altered"},
    delete: {"missing", "cut"},
    swap: {"exchanged"},
    truncate: {"length"},
    cut: {"cut"},
}


@pytest.mark.slow
def test_a_thousand_random_changes_are_all_found_and_located(monkeypatch) -> None:
    monkeypatch.setattr(lake_module, "CHECKPOINT_EVERY", 6)
    lived_in()
    assert verify().sound
    paths = sorted(path for path in folder("").rglob("*") if path.is_file())
    kept = {path: path.read_bytes() for path in paths}
    assert any(path.name.endswith(".checkpoint.parquet") for path in paths)
    assert len(set(kept.values())) == len(paths)
    chance = random.Random(20261123)  # noqa: S311  the same changes each time
    for number in range(CHANGES):
        change = chance.choice(list(EXPECTED))
        touched = change(paths, chance)
        report = verify()
        found = {folder("") / fault.place: fault.problem for fault in report.faults}
        assert found.keys() == set(touched), (number, change.__name__)
        assert set(found.values()) <= EXPECTED[change], (number, change.__name__)
        for path in touched:
            path.write_bytes(kept[path])
    assert verify().sound


def test_a_commit_that_the_house_did_not_make_is_found_though_the_house_goes_on() -> None:
    add(1)
    log = folder() / "_delta_log"
    forged = (log / "00000000000000000001.json").read_bytes()
    (log / "00000000000000000002.json").write_bytes(forged)
    add(2)
    report = verify()
    assert [(one.place, one.problem) for one in report.faults] == [
        ("declarations/_delta_log/00000000000000000002.json", "commit")
    ]


def test_a_strange_file_in_the_log_is_found_and_one_beside_the_data_is_said() -> None:
    add(1)
    (folder() / "_delta_log" / "00000000000000000001.checkpoint.parquet").write_bytes(b"PAR1")
    (folder() / "month=2026-03" / "left.parquet").write_bytes(b"PAR1")
    report = verify()
    assert [one.problem for one in report.faults] == ["foreign"]
    assert report.left == ["declarations/month=2026-03/left.parquet"]
