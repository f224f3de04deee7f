"""Background work of this desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from tidewaiter.desks.control.publishing import publish_outcomes
from tidewaiter.platform.jobs.registry import job

if TYPE_CHECKING:
    from tidewaiter.platform.jobs.progress import Progress


# Every result asks for it; the schedule settles what a killed process left behind.
@job(
    "control.publish_outcomes",
    title=_("Results of controls to the lake"),
    cron="*/5 * * * *",
    merges=True,
)
def publish(progress: Progress) -> dict[str, int]:
    return {"results": publish_outcomes(progress)}
