"""Numbers and links of entries.

On SQLite transactions exclude each other, and an entry is chained as it is written. On PostgreSQL it is
written with its action, waiting for nobody, and chained a moment later with others: by the thread beside the
worker, or before, by whoever reads the ledger (docs/decisions/0017).
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from django.db import DatabaseError, close_old_connections, connection, transaction

from tidewaiter.platform.ledger.canonical import GENESIS, digest
from tidewaiter.platform.ledger.models import CHAINED, Unchained

if TYPE_CHECKING:
    from collections.abc import Iterable

SKEW = timedelta(seconds=1)  # by which clocks of several machines may differ
# Any constant that no other advisory lock uses: "ledger" in ASCII.
CHAIN_LOCK = 0x6C6564676572
BATCH = 2_000  # entries chained in one transaction
PAUSE = 0.25  # seconds between two looks for what waits
log = structlog.get_logger(__name__)


def enter(content: dict[str, Any]) -> None:
    """Write an entry, in the transaction of its action."""
    if connection.vendor == "postgresql":
        Unchained.objects.create(**content)
    else:
        _chain([content])


def take_up() -> None:
    """Chain whatever waits. Within a transaction, unless another one is chaining just now: waiting for it
    could be for ever."""
    patient = not connection.in_atomic_block
    while Unchained.objects.exists() and _take_up(patient=patient):
        pass


@transaction.atomic
def _take_up(*, patient: bool) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_{'' if patient else 'try_'}advisory_xact_lock(%s)", [CHAIN_LOCK])
        if not patient and not cursor.fetchone()[0]:
            return False
        if patient:
            # Lost in a power cut, they are waiting again: what is acknowledged is on the disk already.
            cursor.execute("SET LOCAL synchronous_commit TO off")
    rows = list(Unchained.objects.order_by("pk").values()[:BATCH])
    keys = [row.pop("id") for row in rows]
    _chain(rows)
    Unchained.objects.filter(pk__in=keys).delete()
    return True


def _chain(contents: Iterable[dict[str, Any]]) -> None:
    last = CHAINED.order_by("-sequence").values_list("sequence", "digest", "at").first()
    newest, previous, before = last or (0, GENESIS, None)
    entries = []
    for number, content in enumerate(contents, newest + 1):
        if before and before - content["at"] > SKEW:
            behind = round((before - content["at"]).total_seconds(), 3)
            content["detail"]["clock_behind"] = behind
        before = content["at"]
        linked = content | {"sequence": number, "previous": previous}
        previous = digest(linked)
        entries.append(CHAINED.model(**linked, digest=previous))
    CHAINED.bulk_create(entries)


class Chainer(threading.Thread):
    """Chains what waits, while a worker runs. Does nothing on SQLite, where nothing waits."""

    def __init__(self) -> None:
        super().__init__(name="chainer", daemon=True)
        self._stopping = threading.Event()

    def run(self) -> None:
        if connection.vendor != "postgresql":
            return
        while not self._stopping.wait(PAUSE):
            try:
                close_old_connections()
                take_up()
            except DatabaseError:
                log.exception("chaining failed")
                connection.close()
        connection.close()

    def stop(self) -> None:
        self._stopping.set()
        self.join()
