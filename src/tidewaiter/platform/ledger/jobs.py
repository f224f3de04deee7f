"""The nightly verification of the ledger."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from tidewaiter.platform.jobs.registry import job
from tidewaiter.platform.jobs.worker import Permanent
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.ledger.verify import PROBLEMS, verify

if TYPE_CHECKING:
    from tidewaiter.platform.jobs.progress import Progress


@job("ledger.verify", title=_("Verify the ledger"), cron="30 2 * * *")
def verify_ledger(progress: Progress) -> dict[str, Any]:
    total = Entry.objects.count()

    def told(number: int) -> None:
        progress.update(number, total, "")
        progress.check()

    report = verify(told)
    if not report.sound:
        raise Permanent(f"entry {report.at}: {PROBLEMS[report.problem]}")
    return asdict(report)
