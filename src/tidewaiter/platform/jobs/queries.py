"""What may be read about jobs, always as the asking officer may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidewaiter.platform.jobs.models import Job, JobRows, Schedule

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from tidewaiter.platform.accounts.models import User


def jobs(user: User, *, state: str = "", kind: str = "") -> JobRows:
    rows = Job.objects.visible_to(user).select_related("actor").defer("log", "traceback")
    if state:
        rows = rows.filter(state=state)
    if kind:
        rows = rows.filter(kind=kind)
    return rows


def job(user: User, pk: int) -> Job:
    """Raises Job.DoesNotExist, also when the officer may not see it."""
    return Job.objects.visible_to(user).select_related("actor").get(pk=pk)


def schedules() -> QuerySet[Schedule]:
    return Schedule.objects.select_related("last_job")
