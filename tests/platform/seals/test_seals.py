"""Seals: made with every commit, also of a process that was killed, and kept like the ledger."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, transaction

from tests.platform.seals.builders import add, folder, items, lived_in
from tidewaiter.desks.targeting.actions.verify import verify_house
from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.engine.records.lake import Lake
from tidewaiter.platform.jobs.actions import enqueue
from tidewaiter.platform.jobs.worker import work
from tidewaiter.platform.ledger import guard
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.lock import only_one
from tidewaiter.platform.seals import actions
from tidewaiter.platform.seals.actions import UPKEEP, anchor, seal_all
from tidewaiter.platform.seals.models import Intention, Seal
from tidewaiter.platform.seals.verify import verify
from tidewaiter.platform.store import Commit, lake

pytestmark = pytest.mark.django_db


def kinds() -> list[str]:
    seals = Seal.objects.filter(table="declarations").order_by("number")
    return list(seals.values_list("kind", flat=True))


def test_every_step_of_a_table_is_sealed_and_nothing_is_left_open() -> None:
    lived_in()
    assert set(kinds()) == {"create", "append", "optimize", "vacuum"}
    assert not Intention.objects.exists()
    report = verify()
    assert report.sound
    assert not report.left


def test_the_database_refuses_to_change_or_remove_a_seal() -> None:
    add(1)
    for change in ("UPDATE seals_seal SET kind = 'x'", "DELETE FROM seals_seal"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            connection.cursor().execute(change)


def test_a_seal_changed_past_the_database_is_found() -> None:
    add(1)
    add(2)
    guard.take_down(connection)
    Seal.objects.filter(number=2).update(version=9)
    guard.put_up(connection)
    assert [(one.path, one.problem) for one in verify().faults] == [("seal 2", "seal")]


def test_seals_removed_with_their_files_are_missed_by_the_ledger() -> None:
    """Lake and seals rolled back together, chain and all: only the ledger knows."""
    add(1)
    add(2)
    assert anchor()
    assert not anchor()
    guard.take_down(connection)
    last = Seal.objects.filter(table="declarations").order_by("-number").first()
    for path in last.files:
        (folder() / path).unlink()
    last.delete()
    guard.put_up(connection)
    assert [(one.path, one.problem) for one in verify().faults] == [("seal 3", "ledger")]


@contextmanager
def killed_before(monkeypatch, name: str):
    """Whatever seals next does not get to it: the process dies after the lake's own commit."""

    def die(*_args, **_more) -> None:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(actions, name, die)
        with pytest.raises(SystemExit):
            yield


def test_a_commit_of_a_process_killed_before_sealing_it_is_sealed_by_the_next(monkeypatch) -> None:
    add(1)
    with killed_before(monkeypatch, "seal"):
        add(2)
    assert kinds() == ["create", "append"]
    add(3)
    assert kinds() == ["create", "append", "append", "append"]
    assert not Intention.objects.exists()
    assert verify().sound


def test_a_message_tried_again_after_a_kill_seals_what_was_written(monkeypatch) -> None:
    lake().version(DECLARATIONS)
    seal_all()
    commit = Commit(lake(), "message:1:1")
    with killed_before(monkeypatch, "seal"):
        commit.write(DECLARATIONS, lambda _before: iter([items("A")]))
    commit.write(DECLARATIONS, lambda _before: iter([items("A")]))
    assert kinds() == ["create", "append"]
    assert verify().sound


def test_compaction_and_vacuum_killed_before_their_seal_are_settled(monkeypatch) -> None:
    for number in range(1, 5):
        add(number)
    with killed_before(monkeypatch, "seal"):
        lake().compact(DECLARATIONS)
    assert verify().sound
    with killed_before(monkeypatch, "seal"):
        lake().vacuum(DECLARATIONS, retention_hours=0)
    assert verify().sound
    assert not Intention.objects.exists()
    assert len(list(folder().rglob("*.parquet"))) == 1


def test_files_of_an_append_that_was_never_committed_are_no_fault(monkeypatch) -> None:
    add(1)

    def die(*_args, **_more) -> None:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr("deltalake.DeltaTable.create_write_transaction", die)
        with pytest.raises(SystemExit):
            add(2)
    report = verify()
    assert report.sound
    assert len(report.left) == 1


def test_a_checkpoint_waits_while_a_backup_is_made(monkeypatch) -> None:
    monkeypatch.setattr("tidewaiter.engine.records.lake.CHECKPOINT_EVERY", 2)
    with only_one(UPKEEP):
        for number in range(1, 5):
            add(number)
    assert not list((folder() / "_delta_log").glob("*.checkpoint.parquet"))
    add(5)
    assert len(list((folder() / "_delta_log").glob("*.checkpoint.parquet"))) == 1
    assert verify().sound


def test_a_lake_from_before_the_seals_is_taken_up_as_it_is() -> None:
    old = Lake(folder().parent)
    old.append(DECLARATIONS, [items("A")], cause="m", number=1)
    old.append(DECLARATIONS, [items("B")], cause="m", number=2)
    seal_all()
    assert kinds() == ["adopt"]
    assert Entry.objects.filter(action="lake.adopt").count() == 1
    assert verify().sound
    next(folder().rglob("*.parquet")).write_bytes(b"other")
    assert [one.problem for one in verify().faults] == ["length"]


def test_a_file_missing_when_the_lake_was_taken_up_is_told() -> None:
    old = Lake(folder().parent)
    old.append(DECLARATIONS, [items("A")], cause="m", number=1)
    next(folder().rglob("*.parquet")).unlink()
    seal_all()
    assert [one.problem for one in verify().faults] == ["missing"]


def test_the_house_says_which_file_is_wrong(officer) -> None:
    auditor = officer("internal_affairs", national=True)
    add(1)
    path = next(folder().rglob("*.parquet"))
    body = bytearray(path.read_bytes())
    body[10] ^= 1
    path.write_bytes(body)
    lines = [line for line in verify_house(auditor) if line.check.startswith("lake file")]
    assert [line.ok for line in lines] == [False, False]
    assert lines[1].said == f"declarations/month=2026-03/{path.name}: its content was altered"


def test_the_weekly_job_fails_and_logs_each_file(transactional_db) -> None:
    add(1)
    good = enqueue("lake.verify", actor=None)
    work(once=True)
    good.refresh_from_db()
    assert good.state == "done"
    next(folder().rglob("*.parquet")).unlink()
    bad = enqueue("lake.verify", actor=None)
    work(once=True)
    bad.refresh_from_db()
    assert bad.state == "failed"
    assert ".parquet: it is missing" in bad.log
