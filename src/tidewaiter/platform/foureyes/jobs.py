from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from tidewaiter.platform.accounts.queries import operator
from tidewaiter.platform.foureyes.actions import expire_overdue
from tidewaiter.platform.jobs.registry import job

if TYPE_CHECKING:
    from tidewaiter.platform.jobs.progress import Progress


@job("foureyes.expire", title=_("Hand back what nobody decided in time"), cron="15 * * * *")
def expire(progress: Progress) -> dict[str, Any]:
    return {"expired": expire_overdue(operator(), progress)}
