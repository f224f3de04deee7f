"""Many write at once: nobody waits for another one's transaction, and nothing is left out of the chain."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import DatabaseError, connection, transaction

from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.ledger.heads import make_head
from tidewaiter.platform.ledger.models import Entry, Unchained
from tidewaiter.platform.ledger.verify import verify

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS, EACH = 8, 15


@pytest.fixture
def postgresql():
    if connection.vendor != "postgresql":
        pytest.skip("transactions of SQLite exclude each other: nothing is left unchained")


@pytest.fixture
def left(postgresql):
    """An entry that a killed process left unchained."""
    with _chaining():
        _elsewhere(lambda: record(None, "ledger.export", "left", text="\0 é", big=1e16))
        assert [row.subject for row in Unchained.objects.all()] == ["left"]
        transaction.set_rollback(True)
    assert not Entry.objects.exists()


def _chaining():
    """A transaction that has written an entry and has not ended."""
    atomic = transaction.atomic()

    class Chaining:
        def __enter__(self):
            atomic.__enter__()
            record(None, "ledger.export", "slow")

        def __exit__(self, *error):
            return atomic.__exit__(*error)

    return Chaining()


def _elsewhere(act):
    """Run it on another connection, and wait for it."""

    def run():
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(timeout=20)


def test_an_action_does_not_wait_for_a_slow_one(postgresql):
    with _chaining():
        _elsewhere(lambda: record(None, "ledger.export", "quick"))
        assert Unchained.objects.count() == 1
    assert list(Entry.objects.order_by("sequence").values_list("subject", flat=True)) == [
        "slow", "quick",
    ]  # fmt: skip
    assert not Unchained.objects.exists()
    assert verify().entries == 2


def test_what_a_rolled_back_action_left_is_gone(postgresql):
    def broken():
        with transaction.atomic():
            record(None, "ledger.export", "undone")
            transaction.set_rollback(True)

    with _chaining():
        _elsewhere(broken)
    assert [entry.subject for entry in Entry.objects.all()] == ["slow"]


@pytest.mark.parametrize("reader", ["verify", "head", "page", "next action"])
def test_what_a_killed_process_left_is_taken_up_by_whoever_comes_next(left, reader, browse):
    if reader == "page":
        assert (
            "big: 1e+16"
            in browse("internal_affairs", national=True).get("/ledger/").content.decode()
        )
    else:
        {
            "verify": verify,
            "head": make_head,
            "next action": lambda: record(None, "ledger.export", "next"),
        }[reader]()
    entry = Entry.objects.get(subject="left")
    assert entry.detail == {"text": "\0 é", "big": 1e16}
    assert not Unchained.objects.exists()
    assert verify().sound


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_unchained SET actor = 'nobody'",
        "DELETE FROM ledger_unchained",
        "TRUNCATE ledger_unchained",
    ],
)
def test_the_database_refuses_to_change_or_remove_what_is_left(left, statement):
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert verify().entries == 1


def test_entries_of_many_writers_are_all_chained_once():
    begin = Event()

    def write(writer):
        try:
            begin.wait()
            for number in range(EACH):
                record(None, "ledger.export", f"{writer}-{number}")
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        done = [pool.submit(write, writer) for writer in range(WRITERS)]
        begin.set()
        for one in done:
            one.result()
    report = verify()
    assert report.sound
    subjects = list(Entry.objects.order_by("sequence").values_list("subject", flat=True))
    assert sorted(subjects) == sorted(f"{w}-{n}" for w in range(WRITERS) for n in range(EACH))
    for writer in range(WRITERS):
        own = [subject for subject in subjects if subject.startswith(f"{writer}-")]
        assert own == [f"{writer}-{number}" for number in range(EACH)]


def test_nobody_but_the_owner_may_grant_what_the_ledger_refuses(postgresql):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, privilege_type FROM information_schema.role_table_grants "
            "WHERE table_name IN ('ledger_entry', 'ledger_tile', 'ledger_head', 'seals_seal') "
            "AND privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE')"
        )
        assert cursor.fetchall() == []
