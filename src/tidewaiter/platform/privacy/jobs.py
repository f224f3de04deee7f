"""Masking and deleting every night, before the lake is sorted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from tidewaiter.platform.jobs.registry import job
from tidewaiter.platform.jobs.worker import Permanent
from tidewaiter.platform.privacy import actions
from tidewaiter.platform.privacy.schedule import ScheduleError

if TYPE_CHECKING:
    from tidewaiter.platform.jobs.progress import Progress


@job(
    "privacy.apply", title=_("Mask and delete personal data"), cron="10 1 * * *", attempts=10,
    merges=True,
)  # fmt: skip
def apply(progress: Progress) -> dict[str, Any]:
    try:
        run = actions.apply(progress)
    except ScheduleError as error:
        raise Permanent(str(error)) from error
    told = run.steps.aggregate(masked=Sum("masked"), deleted=Sum("deleted"), held=Sum("held"))
    return {name: number or 0 for name, number in told.items()}
