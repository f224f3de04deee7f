"""Numbers and links of entries, given by one transaction at a time.

On SQLite transactions exclude each other anyway. On PostgreSQL whoever finds another one chaining
leaves his entry among `Unchained`, in the transaction of his action, and waits for nobody; whoever
was chaining takes it up as soon as his own transaction has ended (docs/decisions/0017).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from tidewaiter.platform.ledger.canonical import GENESIS, digest
from tidewaiter.platform.ledger.models import Entry, Unchained

if TYPE_CHECKING:
    from collections.abc import Iterable

SKEW = timedelta(seconds=1)  # by which clocks of several machines may differ
# Any constant that no other advisory lock uses: "ledger" in ASCII.
CHAIN_LOCK = 0x6C6564676572
# An officer's request takes up at most so many that others left: the rest is for the next one.
BATCH, PASSES = 500, 4


def chain_or_leave(content: dict[str, Any]) -> None:
    """Chain an entry now, or leave it behind those that wait, so that what one officer does stays in
    its order. Inside the transaction of the action."""
    if not _chaining_alone() or Unchained.objects.exists():
        Unchained.objects.create(**content)
    else:
        before = Entry.objects.order_by("-sequence").values_list("at", flat=True).first()
        if before and before - content["at"] > SKEW:
            behind = round((before - content["at"]).total_seconds(), 3)
            content["detail"]["clock_behind"] = behind
        _chain([content])
    if connection.vendor == "postgresql":
        transaction.on_commit(take_up, robust=True)


def take_up() -> None:
    """Chain what was left waiting, unless somebody else is chaining: he looks again afterwards."""
    for _pass in range(PASSES):
        if not Unchained.objects.exists() or not _take_up(wait=False):
            return


def take_up_all() -> None:
    """Chain whatever was left waiting, before the ledger is read as a whole."""
    while Unchained.objects.exists():
        _take_up(wait=True)


@transaction.atomic
def _take_up(*, wait: bool) -> bool:
    if not _chaining_alone(wait=wait):
        return False
    with connection.cursor() as cursor:
        # Lost in a power cut, they are waiting again: what is acknowledged is on the disk already.
        cursor.execute("SET LOCAL synchronous_commit TO off")
    rows = list(Unchained.objects.order_by("pk").values()[:BATCH])
    keys = [row.pop("id") for row in rows]
    _chain(rows)
    Unchained.objects.filter(pk__in=keys).delete()
    return True


def _chain(contents: Iterable[dict[str, Any]]) -> None:
    last = Entry.objects.order_by("-sequence").values_list("sequence", "digest").first()
    newest, previous = last or (0, GENESIS)
    entries = []
    for number, content in enumerate(contents, newest + 1):
        linked = content | {"sequence": number, "previous": previous}
        previous = digest(linked)
        entries.append(Entry(**linked, digest=previous))
    Entry.objects.bulk_create(entries)


def _chaining_alone(*, wait: bool = False) -> bool:
    """Keep others from chaining to the same entry until this transaction ends; whether it does."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
            return True
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [CHAIN_LOCK])
        return cursor.fetchone()[0]
