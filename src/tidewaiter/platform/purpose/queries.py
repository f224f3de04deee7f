"""Searches of persons, as internal affairs may list them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.purpose.digests import person

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.ledger.models import EntryRows

VERBS = ("person.search", "person.export", "trader.read")
ORDERS = {"number": "sequence", "at": "at", "actor": "actor", "person": "subject"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Empty means all. `person`: the words or the identifier that was looked for."""

    actor: str = ""
    kind: str = ""
    reference: str = ""
    person: str = ""
    since: date | None = None
    until: date | None = None


def searches(
    user: User, wanted: Wanted, *, order: str = "number", descending: bool = True
) -> EntryRows:
    """Entries of searches that match. Raises Denied."""
    check(user, "ledger.read")
    rows = Entry.objects.visible_to(user).filter(action__in=VERBS)
    if wanted.actor:
        rows = rows.filter(actor=wanted.actor)
    if wanted.kind:
        # The detail is canonical JSON: a quote inside a value is escaped, so only the name matches.
        rows = rows.filter(detail__contains=f'"purpose":"{wanted.kind}"')
    if wanted.reference:
        rows = rows.filter(reason__icontains=wanted.reference)
    if wanted.person:
        rows = rows.filter(subject=person(wanted.person))
    if wanted.since:
        rows = rows.filter(at__gte=_midnight(wanted.since))
    if wanted.until:
        rows = rows.filter(at__lt=_midnight(wanted.until + timedelta(days=1)))
    return rows.order_by(f"-{ORDERS[order]}" if descending else ORDERS[order], "-sequence")


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
