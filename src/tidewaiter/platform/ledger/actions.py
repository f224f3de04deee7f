"""Writing to the ledger: the last step of the action it records, in the same transaction.

Last, because on PostgreSQL entries are chained one transaction at a time: from here to its commit
a transaction keeps the others waiting.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
from django.db import connection, transaction
from django.utils import timezone

from tidewaiter.platform.ledger.canonical import GENESIS, canonical, digest
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.ledger.whence import whence

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

DONE, REFUSED, FAILED = "", "refused", "failed"  # nearly all are done: that goes without saying
SKEW = timedelta(seconds=1)  # by which clocks of several machines may differ
# Any constant that no other advisory lock uses: "ledger" in ASCII.
CHAIN_LOCK = 0x6C6564676572


def record(
    actor: User | None,
    action: str,
    subject: object = "",
    *,
    office: str = "",
    reason: str = "",
    result: str = DONE,
    **detail: Any,
) -> Entry:
    """Append one entry, chained to the one before it. `action` is a verb of verbs.ACTIONS.

    `reason`: the officer's own, where the action asks for one. `result`: DONE, REFUSED or FAILED.
    `detail` holds what JSON can; anything else is kept as its text. No secrets, and no more
    personal data than it takes to know what was done.

    Entries stand in the order of their numbers; the time is what the clock said. If it says more
    than a second less than at the entry before, the entry tells by how many seconds, as `clock_behind`.
    """
    with transaction.atomic(savepoint=False):
        _one_at_a_time()
        last = Entry.objects.order_by("-sequence").values_list("sequence", "digest", "at").first()
        now = timezone.now()
        number, previous, before = last or (0, GENESIS, now)
        if before - now > SKEW:
            detail["clock_behind"] = round((before - now).total_seconds(), 3)
        content = {
            "sequence": number + 1,
            "at": now,
            "actor": actor.username if actor else "system",
            "action": action,
            "subject": str(subject)[:200],
            "office": office,
            "address": whence()[:64],
            "reason": reason[:1000],
            "result": result,
            "detail": orjson.loads(canonical(detail)),
            "previous": previous,
        }
        return Entry.objects.create(**content, digest=digest(content))


def _one_at_a_time() -> None:
    """Keep others from chaining to the same entry until this transaction ends.

    SQLite needs nothing: its transactions are IMMEDIATE and so exclude each other.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
