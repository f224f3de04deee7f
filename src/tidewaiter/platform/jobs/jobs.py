"""Clearing the list of jobs, which schedules fill every few minutes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tidewaiter.platform.jobs.models import Job
from tidewaiter.platform.jobs.registry import job

if TYPE_CHECKING:
    from tidewaiter.platform.jobs.progress import Progress

# Done without a hitch and asked for by a schedule: nobody looks for it after some days.
DULL = timedelta(days=3)
KEPT = timedelta(days=180)


@job("jobs.clear", title=_("Clear old jobs from the list"), cron="50 3 * * *")
def clear(progress: Progress) -> dict[str, int]:
    progress.check()
    now = timezone.now()
    dull = Job.objects.filter(state=Job.State.DONE, actor=None, finished_at__lt=now - DULL)
    old = Job.objects.filter(finished_at__lt=now - KEPT)
    removed = [dull.delete()[0], old.delete()[0]]
    return {"removed": sum(removed)}
