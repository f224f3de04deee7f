"""Seals into the ledger every ten minutes, and the weekly verification of every file of the lake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from tidewaiter.platform.jobs.registry import job
from tidewaiter.platform.jobs.worker import Permanent
from tidewaiter.platform.seals.actions import anchor, seal_all
from tidewaiter.platform.seals.verify import PROBLEMS, verify

if TYPE_CHECKING:
    from tidewaiter.platform.jobs.progress import Progress


# A minute before the head of the ledger is signed.
@job("lake.seal", title=_("Seal the lake into the ledger"), cron="9-59/10 * * * *", merges=True)
def seal_lake(progress: Progress) -> dict[str, Any]:
    progress.check()
    seal_all()
    return {"tables": anchor()}


@job("lake.verify", title=_("Verify the files of the lake"), cron="0 5 * * 0")
def verify_lake(progress: Progress) -> dict[str, Any]:
    """Read every file; fails for good if any is missing or altered, and logs which."""

    def told(done: int, total: int, path: str) -> None:
        progress.update(done, total, path)
        progress.check()

    report = verify(told)
    for fault in report.faults:
        progress.log(f"{fault.place}: {PROBLEMS[fault.problem]}")
    if not report.sound:
        raise Permanent(f"{len(report.faults)} faults in the files of the lake: see the log")
    return {"files": report.files, "bytes": report.bytes, "seals": report.seals}
