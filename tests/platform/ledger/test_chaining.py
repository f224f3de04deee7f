"""Many write at once: nobody waits for another one's transaction, and nothing is left out of the chain."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import DatabaseError, connection, transaction

from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.ledger.chaining import Chainer
from tidewaiter.platform.ledger.heads import make_head
from tidewaiter.platform.ledger.models import Entry, Unchained
from tidewaiter.platform.ledger.verify import verify

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS, EACH = 8, 15


@pytest.fixture
def postgresql():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite chains an entry as it is written")


@pytest.fixture
def left(postgresql):
    """An entry that nobody has chained yet."""
    record(None, "ledger.export", "left", text="\0 é", big=1e16)
    assert [row.subject for row in Unchained.objects.all()] == ["left"]


def elsewhere(act):
    """Run it on another connection, and wait for it."""

    def run():
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(timeout=20)


def subjects():
    return list(Entry.objects.order_by("sequence").values_list("subject", flat=True))


def test_an_action_does_not_wait_for_a_slow_one(postgresql):
    with transaction.atomic():
        record(None, "ledger.export", "slow")
        elsewhere(lambda: record(None, "ledger.export", "quick"))
        assert elsewhere(subjects) == ["quick"]
    assert subjects() == ["quick", "slow"]
    assert verify().entries == 2


def test_nor_for_one_that_reads_the_ledger(postgresql):
    with transaction.atomic():
        record(None, "ledger.export", "first")
        assert subjects() == ["first"]
        elsewhere(lambda: record(None, "ledger.export", "second"))
        with ThreadPoolExecutor(1) as pool:
            other = pool.submit(elsewhere, subjects)  # waits for the whole ledger
            assert not other.done()
            transaction.set_rollback(True)
            transaction.get_connection().close()  # as if it was killed
    assert other.result(timeout=20) == ["second"]


def test_an_action_that_is_undone_leaves_no_entry(postgresql):
    with transaction.atomic():
        record(None, "ledger.export", "undone")
        assert subjects() == ["undone"]
        transaction.set_rollback(True)
    assert subjects() == []


@pytest.mark.parametrize("reader", ["verify", "head", "page", "thread"])
def test_whoever_reads_the_ledger_reads_what_waits(left, reader, browse):
    if reader == "page":
        page = browse("internal_affairs", national=True).get("/ledger/")
        assert "big: 1e+16" in page.content.decode()
    elif reader == "thread":
        chainer = Chainer()
        chainer.start()
        while Unchained.objects.exists():
            pass
        chainer.stop()
    else:
        {"verify": verify, "head": make_head}[reader]()
    assert not Unchained.objects.exists()
    assert Entry.objects.get(subject="left").detail == {"text": "\0 é", "big": 1e16}
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
    said = subjects()
    assert sorted(said) == sorted(f"{w}-{n}" for w in range(WRITERS) for n in range(EACH))
    for writer in range(WRITERS):
        own = [subject for subject in said if subject.startswith(f"{writer}-")]
        assert own == [f"{writer}-{number}" for number in range(EACH)]


def test_nobody_but_the_owner_may_grant_what_the_ledger_refuses(postgresql):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, privilege_type FROM information_schema.role_table_grants "
            "WHERE table_name IN ('ledger_entry', 'ledger_tile', 'ledger_head', 'seals_seal') "
            "AND privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE')"
        )
        assert cursor.fetchall() == []
