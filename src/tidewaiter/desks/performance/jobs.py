"""Background work of the performance desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from tidewaiter.desks.performance.actions import refresh_summaries
from tidewaiter.desks.performance.actions.drift import check_drift
from tidewaiter.desks.performance.actions.reports import (
    NothingToReport,
    parse_month,
    write_report,
)
from tidewaiter.platform.accounts.models import User
from tidewaiter.platform.jobs.registry import job
from tidewaiter.platform.jobs.worker import Permanent

if TYPE_CHECKING:
    from tidewaiter.platform.jobs.progress import Progress


@job("performance.refresh", title=_("Count what the months yielded"), cron="*/5 * * * *")
def refresh(progress: Progress) -> dict[str, Any]:
    return {"months": refresh_summaries(progress)}


@job("performance.report", title=_("Report on the state of compliance"))
def report(progress: Progress, officer: int, month: str, language: str) -> dict[str, Any]:
    """In the name of the officer who asked, over the offices that he sees."""
    actor = User.objects.get(pk=officer)
    try:
        written = write_report(actor, parse_month(month), language=language, steps=progress)
    except NothingToReport as error:
        raise Permanent(str(error)) from error
    return {"report": written.pk, "sha256": written.file_id}


@job("performance.drift", title=_("Check the model for drift"), cron="30 4 * * *")
def drift(progress: Progress) -> dict[str, Any]:
    found = check_drift(progress)
    return {"alarms": found.alarms if found else None}
