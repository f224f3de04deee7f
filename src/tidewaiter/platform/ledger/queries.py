"""Reading the ledger, as internal affairs may see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.ledger.models import Entry, EntryRows

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User


@dataclass(frozen=True, slots=True)
class Filter:
    actor: str = ""
    action: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None


# What a click on a head may ask for → column. What was done is ordered by its verb.
ORDERS = {
    "number": "sequence", "at": "at", "actor": "actor", "action": "action", "office": "office",
}  # fmt: skip


def entries(
    user: User, wanted: Filter, *, order: str = "number", descending: bool = True
) -> EntryRows:
    """Entries that match, of equal ones the newest first. Days are of the administration's time zone, both included."""
    check(user, "ledger.read")
    rows = Entry.objects.visible_to(user)
    if wanted.actor:
        rows = rows.filter(actor=wanted.actor)
    if wanted.action:
        rows = rows.filter(action=wanted.action)
    if wanted.subject:
        rows = rows.filter(subject__startswith=wanted.subject)
    if wanted.since:
        rows = rows.filter(at__gte=_midnight(wanted.since))
    if wanted.until:
        rows = rows.filter(at__lt=_midnight(wanted.until + timedelta(days=1)))
    return rows.order_by(f"-{ORDERS[order]}" if descending else ORDERS[order], "-sequence")


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
