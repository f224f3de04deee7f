"""Work on every file of the vault: verifying, sealing, deleting what need not be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from tidewaiter.platform.jobs.registry import job
from tidewaiter.platform.jobs.worker import Permanent
from tidewaiter.platform.lock import only_one
from tidewaiter.platform.vault import retention, rotation
from tidewaiter.platform.vault.models import Stored
from tidewaiter.platform.vault.verification import faults

if TYPE_CHECKING:
    from tidewaiter.platform.jobs.progress import Progress


@job("vault.verify", title=_("Verify the files of the vault"), cron="0 4 * * 0")
def verify_vault(progress: Progress) -> dict[str, Any]:
    """Read every file; fails for good if any is missing or damaged, and logs which."""
    total, bad = Stored.objects.count(), 0
    for sha256, wrong in faults(progress):
        progress.log(f"{sha256}: {wrong}")
        bad += 1
    if bad:
        raise Permanent(f"{bad} of {total} files are missing or damaged: see the log")
    return {"files": total}


# While a backup is made, what it will copy stays where it is: this and `clear` wait for another try.
@job("vault.seal", title=_("Encrypt files of earlier releases"), cron="20 4 * * *", attempts=10)
def seal(progress: Progress) -> dict[str, Any]:
    sealed, wrong = rotation.seal_plain(progress)
    _tell(progress, wrong)
    return {"sealed": sealed}


@job("vault.rewrap", title=_("Give all files to the newest key"), cron="40 4 * * 0", merges=True)
def rewrap(progress: Progress) -> dict[str, Any]:
    changed, wrong = rotation.rewrap_all(progress)
    _tell(progress, wrong)
    return {"rewrapped": changed}


@job("vault.clear", title=_("Delete files that need not be kept"), cron="0 5 * * *", attempts=10)
def clear(progress: Progress) -> dict[str, Any]:
    with only_one(rotation.BACKUP, wait=False):
        return {"deleted": retention.delete_due(progress)}


def _tell(progress: Progress, wrong: list[str]) -> None:
    for line in wrong:
        progress.log(line)
    if wrong:
        raise Permanent(f"{len(wrong)} files are damaged: see the log")
