"""Overrides of the officer's offices: those that wait, and those that were decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from tidewaiter.desks.targeting.models import Override
from tidewaiter.engine.risk import veil
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.handling import hidden
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from tidewaiter.platform.accounts.models import User

WAITING = Override.State.PROPOSED
# What a click on a head may ask for → column.
ORDERS = {
    "declaration": "declaration_id", "before": "lane_before", "lane": "lane", "state": "state",
    "office": "office", "proposer": "proposed_by__username", "proposed": "proposed_at",
    "decider": "decided_by__username", "decided": "decided_at",
}  # fmt: skip
EXPORTED = {
    "declaration_id": "declaration_id", "declaration_date": "declaration_date",
    "office": "office", "lane_before": "lane_before", "selected_before": "selected_before",
    "lane": "lane", "reason": "reason", "proposed_by": "proposed_by__username",
    "proposed_at": "proposed_at", "state": "state", "decided_by": "decided_by__username",
    "decided_at": "decided_at", "remark": "remark",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed to; empty means all. `text`: in declaration, reason or remark; `who`
    proposed or decided; since, until: days of the decision, both included."""

    text: str = ""
    state: str = ""
    lane: str = ""
    who: str = ""
    since: date | None = None
    until: date | None = None


def open_overrides(
    user: User, *, order: str = "proposed", descending: bool = False
) -> QuerySet[Override]:
    """Proposals that wait for a second officer. Raises Denied."""
    return _ordered(_visible(user).filter(state=WAITING), order, descending=descending)


def decided_overrides(
    user: User, wanted: Wanted, *, order: str = "decided", descending: bool = True
) -> QuerySet[Override]:
    """Those that were approved, refused or withdrawn. Raises Denied."""
    rows = _visible(user).exclude(state=WAITING)
    if wanted.text.strip():
        text = wanted.text.strip()
        said = Q(reason__icontains=text) | Q(remark__icontains=text)
        rows = rows.filter(said | Q(declaration_id__icontains=text))
    if wanted.who.strip():
        who = wanted.who.strip()
        rows = rows.filter(Q(proposed_by__username=who) | Q(decided_by__username=who))
    for field in ("state", "lane"):
        if value := getattr(wanted, field):
            rows = rows.filter(**{field: value})
    if wanted.since:
        rows = rows.filter(decided_at__gte=_midnight(wanted.since))
    if wanted.until:
        rows = rows.filter(decided_at__lt=_midnight(wanted.until + timedelta(days=1)))
    return _ordered(rows, order, descending=descending)


def exported(user: User, wanted: Wanted) -> Iterator[Sequence[object]]:
    """The decided overrides that match, after a head, to be written to a file. Raises Denied."""
    check(user, "targeting.export")
    rows = list(decided_overrides(user, wanted).values_list(*EXPORTED.values()))
    record(user, "override.export", rows=len(rows))
    place, unread = list(EXPORTED).index("selected_before"), hidden(user, "profile")
    told = ((*row[:place], veil.step(row[place], unread), *row[place + 1 :]) for row in rows)
    return chain([tuple(EXPORTED)], told)


def _visible(user: User) -> QuerySet[Override]:
    check(user, "targeting.read")
    rows = Override.objects.filter(user.scope().rows())
    return rows.select_related("proposed_by", "decided_by")


def _ordered(rows: QuerySet[Override], order: str, *, descending: bool) -> QuerySet[Override]:
    column = F(ORDERS[order])
    return rows.order_by(
        column.desc(nulls_last=True) if descending else column.asc(nulls_last=True), "pk"
    )


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
