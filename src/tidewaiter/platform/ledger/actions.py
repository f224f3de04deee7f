"""Writing to the ledger: part of the action it records, in the same transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from django.db import transaction
from django.utils import timezone

from tidewaiter.platform.ledger.canonical import canonical
from tidewaiter.platform.ledger.chaining import enter
from tidewaiter.platform.ledger.whence import whence

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

DONE, REFUSED, FAILED = "", "refused", "failed"  # nearly all are done: that goes without saying


def record(
    actor: User | None,
    action: str,
    subject: object = "",
    *,
    office: str = "",
    reason: str = "",
    result: str = DONE,
    **detail: Any,
) -> None:
    """Append one entry, chained to the one before it. `action` is a verb of verbs.ACTIONS.

    `reason`: the officer's own, where the action asks for one. `result`: DONE, REFUSED or FAILED.
    `detail` holds what JSON can; anything else is kept as its text. No secrets, and no more
    personal data than it takes to know what was done.

    Entries stand in the order of their numbers; the time is what the clock said. If it says more
    than a second less than at the entry before, the entry tells by how many seconds, as `clock_behind`.
    """
    content = {
        "at": timezone.now(),
        "actor": actor.username if actor else "system",
        "action": action,
        "subject": str(subject).replace("\0", "")[:200],
        "office": office,
        "address": whence()[:64],
        "reason": reason.replace("\0", "")[:1000],
        "result": result,
        "detail": orjson.loads(canonical(detail)),
    }
    with transaction.atomic(savepoint=False):
        enter(content)
