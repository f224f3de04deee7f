"""The chain: written in order, refused to be changed, and its breaking found."""

from __future__ import annotations

import csv
import io
import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter.platform.jobs import worker
from tidewaiter.platform.jobs.actions import enqueue
from tidewaiter.platform.ledger import guard
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.ledger.canonical import GENESIS, canonical, digest
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.ledger.queries import Filter, entries
from tidewaiter.platform.ledger.verbs import sentence
from tidewaiter.platform.ledger.verify import verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def unguarded():
    """What somebody with the keys of the database could do."""
    guard.take_down(connection)


def test_entries_are_chained_and_the_chain_is_sound():
    record(None, "ledger.export", "one")
    record(None, "ledger.export", "two", office="A", rate=0.1, big=1e16, price=Decimal("2"))
    first, second = Entry.objects.order_by("sequence")
    assert first.previous == GENESIS
    assert second.previous == first.digest
    report = verify()
    assert (report.sound, report.entries, report.head) == (True, 2, second.digest)
    assert Entry.objects.get(sequence=2).detail == {"rate": 0.1, "big": 1e16, "price": "2"}


def test_an_empty_ledger_is_sound():
    assert verify().sound


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET actor = 'nobody'",
        "DELETE FROM ledger_entry",
        "TRUNCATE ledger_entry",
    ],
)
def test_the_database_refuses_to_change_or_remove_entries(statement):
    if statement.startswith("TRUNCATE") and connection.vendor == "sqlite":
        pytest.skip("SQLite has no TRUNCATE")
    record(None, "ledger.export")
    assert Entry.objects.count() == 1
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert verify().entries == 1


def forge(**fields):
    Entry.objects.filter(sequence=2).update(**fields)


@pytest.mark.parametrize(
    ("tamper", "problem", "at"),
    [
        (lambda: forge(actor="somebody else"), "digest", 2),
        (lambda: forge(detail={"n": 3}), "digest", 2),
        (lambda: forge(at=timezone.now() - timedelta(days=1)), "digest", 2),
        (lambda: forge(previous="f" * 64), "link", 2),
        (lambda: Entry.objects.filter(sequence=2).delete(), "missing", 3),
        (lambda: Entry.objects.filter(sequence=1).delete(), "missing", 2),
    ],
)
def test_tampering_is_found(unguarded, tamper, problem, at):
    for number in range(4):
        record(None, "ledger.export", number, n=number)
    assert verify().sound
    tamper()
    report = verify()
    assert (report.problem, report.at, report.entries) == (
        problem,
        at,
        at - 1 if problem != "missing" else at - 2,
    )


def test_an_altered_entry_with_a_recomputed_digest_breaks_the_next_link(unguarded):
    for number in range(3):
        record(None, "ledger.export", number)
    content = Entry.objects.filter(sequence=2).values().get() | {"actor": "somebody else"}
    forge(actor="somebody else", digest=digest(content))
    assert (verify().problem, verify().at) == ("link", 3)


def test_the_verifying_job_fails_for_good_on_a_broken_chain(unguarded):
    record(None, "ledger.export")
    record(None, "ledger.export")
    sound = enqueue("ledger.verify", actor=None)
    worker.drain()
    sound.refresh_from_db()
    assert (sound.state, sound.result["entries"]) == ("done", 2)
    forge(actor="nobody")
    broken = enqueue("ledger.verify", actor=None)
    worker.drain()
    broken.refresh_from_db()
    assert (broken.state, broken.attempt) == ("failed", 1)
    assert "entry 2" in broken.error


@pytest.mark.django_db(transaction=True)
def test_entries_written_at_once_make_one_chain():
    def write():
        for number in range(10):
            record(None, "ledger.export", number)
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = verify()
    assert (report.sound, report.entries) == (True, 40)


def test_an_entry_of_an_action_that_rolls_back_is_not_written():
    with transaction.atomic():
        record(None, "ledger.export")
        transaction.set_rollback(True)
    assert verify().entries == 0


def test_a_filter_narrows_by_who_what_and_day(officer):
    auditor = officer("internal_affairs", national=True)
    clerk = officer("intake_clerk")
    record(clerk, "job.cancel", "job 7")
    record(None, "job.retry", "job 8")
    today = timezone.localdate()

    def found(**wanted):
        return [entry.sequence for entry in entries(auditor, Filter(**wanted))]

    assert found() == [2, 1]
    assert found(actor=clerk.username) == [1]
    assert found(action="job.retry") == [2]
    assert found(subject="job 7") == [1]
    assert found(since=today, until=today) == [2, 1]
    assert found(since=today + timedelta(days=1)) == []
    assert found(until=today - timedelta(days=1)) == []


def test_internal_affairs_of_an_office_see_its_entries_only(officer):
    auditor = officer("internal_affairs", offices=["A"])
    for office in ("A", "B", ""):
        record(None, "job.cancel", "job 7", office=office)
    assert [entry.office for entry in entries(auditor, Filter())] == ["A"]


def test_an_export_can_be_recomputed_outside_and_is_itself_recorded(browse):
    client = browse("internal_affairs", national=True)
    record(None, "job.cancel", "job 7", kind="x", text='a "quoted", =cell\n')
    text = b"".join(client.get("/ledger/export").streaming_content).decode()
    _login, row, *_rest = csv.DictReader(io.StringIO(text))
    entry = Entry.objects.get(action="job.cancel")
    assert row["digest"] == entry.digest
    assert row["detail"] == canonical(entry.detail).decode()
    assert Entry.objects.first().action == "ledger.export"


def test_the_sentence_of_an_entry_names_what_its_detail_holds():
    entry = Entry(
        actor="ann", action="job.cancel", subject="job 7", detail={"kind": "lake.compact"}
    )
    assert sentence(entry) == "ann cancelled job 7 (lake.compact)"
    entry.detail = {}
    assert sentence(entry) == "ann cancelled job 7 (?)"
    entry.action = "old.verb"
    assert sentence(entry) == "ann: old.verb job 7"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), json_values, max_size=4))
def test_reading_back_what_was_written_gives_the_same_bytes(detail):
    field = Entry._meta.get_field("detail")
    stored = field.get_prep_value(detail)
    assert field.get_prep_value(field.from_db_value(stored)) == stored
