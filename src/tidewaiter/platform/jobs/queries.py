"""What may be read about jobs, always as the asking officer may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Coalesce

from tidewaiter.platform.jobs.models import Job, JobRows, Schedule

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from tidewaiter.platform.accounts.models import User


# What a click on a head may ask for.
ORDERS = {
    "number": F("pk"),
    "work": F("title"),
    "state": F("state"),
    "actor": F("actor__username"),
    "asked": F("created_at"),
    # Job.elapsed, as the database reckons it
    "took": ExpressionWrapper(
        Coalesce("finished_at", "heartbeat_at") - F("started_at"), DurationField()
    ),
}


def jobs(
    user: User, *, state: str = "", kind: str = "", order: str = "asked", descending: bool = True
) -> JobRows:
    """Jobs that match; what has no figure to be ordered by comes last."""
    rows = Job.objects.visible_to(user).select_related("actor").defer("log", "traceback")
    if state:
        rows = rows.filter(state=state)
    if kind:
        rows = rows.filter(kind=kind)
    column = ORDERS[order]
    ordered = column.desc(nulls_last=True) if descending else column.asc(nulls_last=True)
    return rows.order_by(ordered, "-pk")


def job(user: User, pk: int) -> Job:
    """Raises Job.DoesNotExist, also when the officer may not see it."""
    return Job.objects.visible_to(user).select_related("actor").get(pk=pk)


def schedules() -> QuerySet[Schedule]:
    return Schedule.objects.select_related("last_job")
