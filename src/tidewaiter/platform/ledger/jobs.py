"""Heads of the ledger every ten minutes, and its nightly verification."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from tidewaiter.platform.jobs.registry import job
from tidewaiter.platform.jobs.worker import Permanent
from tidewaiter.platform.ledger.heads import hand_over, make_head
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.ledger.verify import PROBLEMS, verify

if TYPE_CHECKING:
    from tidewaiter.platform.jobs.progress import Progress


@job("ledger.head", title=_("Sign the head of the ledger"), cron="*/10 * * * *", merges=True)
def sign_head(progress: Progress) -> dict[str, Any] | None:
    progress.check()
    head = make_head()
    given = hand_over()
    return {"entries": head.size, "root": head.root, "handed_over": given} if head else None


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
