"""Background work of the performance desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from tidewaiter.desks.performance.actions import refresh_summaries
from tidewaiter.platform.jobs.registry import job

if TYPE_CHECKING:
    from tidewaiter.platform.jobs.progress import Progress


@job("performance.refresh", title=_("Count what the months yielded"), cron="*/5 * * * *")
def refresh(progress: Progress) -> dict[str, Any]:
    return {"months": refresh_summaries(progress)}
