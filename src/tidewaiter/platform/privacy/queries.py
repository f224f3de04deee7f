"""What was masked and deleted, and what a masked value is found by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from tidewaiter.platform.accounts.access import check_national
from tidewaiter.platform.privacy.models import Step
from tidewaiter.platform.privacy.schedule import ScheduleError, in_force
from tidewaiter.platform.privacy.tokens import token

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.privacy.schedule import Line

SEARCH = "privacy.search"
ORDERS = {
    "at": "done_at", "store": "store", "month": "month", "masked": "masked", "deleted": "deleted",
    "held": "held",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """Empty means all. `what`: "masked", "deleted" or "held": only what has any."""

    store: str = ""
    month: str = ""
    what: str = ""


def report(
    actor: User, wanted: Wanted, *, order: str = "at", descending: bool = True
) -> QuerySet[Step]:
    """Finished steps. Raises Denied: what is masked is counted over all offices."""
    check_national(actor, "privacy.read")
    some = Q(masked__gt=0) | Q(deleted__gt=0) | Q(held__gt=0)
    rows = Step.objects.filter(some).exclude(done_at=None).select_related("run")
    if wanted.store:
        rows = rows.filter(store=wanted.store)
    if wanted.month:
        rows = rows.filter(month=wanted.month)
    if wanted.what in ("masked", "deleted", "held"):
        rows = rows.filter(**{f"{wanted.what}__gt": 0})
    sign = "-" if descending else ""
    return rows.order_by(f"{sign}{ORDERS[order]}", "-pk")


def stores() -> list[str]:
    return list(Step.objects.order_by("store").values_list("store", flat=True).distinct())


def schedule_lines(actor: User) -> tuple[Line, ...]:
    """The schedule in force. Raises Denied, ScheduleError."""
    check_national(actor, "privacy.read")
    return in_force().lines


def linked(user: User, store: str, field: str, text: str) -> str | None:
    """The token under which a masked value is found; None if the schedule links none, or the officer
    may not look for any."""
    if not text or not user.may(SEARCH):
        return None
    try:
        line = in_force().of(store).get(field)
    except ScheduleError:
        return None
    if line is None or not line.rule.link:
        return None
    return token(line.kind, text)
