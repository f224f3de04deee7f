"""A backup every five minutes; every night those that need not be kept go; every week all is read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tidewaiter.platform.backup.keeping import prune
from tidewaiter.platform.backup.keys import house_key
from tidewaiter.platform.backup.making import make_backup
from tidewaiter.platform.backup.moment import BackupError
from tidewaiter.platform.backup.repository import Repository, backups_in
from tidewaiter.platform.backup.verifying import verify_repository
from tidewaiter.platform.jobs.registry import job
from tidewaiter.platform.jobs.worker import Permanent

if TYPE_CHECKING:
    from tidewaiter.platform.jobs.progress import Progress

NOWHERE = {"skipped": "TIDEWAITER_BACKUPS names no repository"}


def repository() -> Repository:
    """The one that settings name. Raises BackupError."""
    return Repository(Path(settings.BACKUPS), house_key())


def age() -> float | None:
    """Seconds since the last backup; infinite without one, None where nobody asked for backups."""
    if not settings.BACKUPS:
        return None
    try:
        there = backups_in(Path(settings.BACKUPS))
    except (OSError, BackupError):
        there = []
    newest = max((one.made_at for one in there), default=None)
    return (timezone.now() - newest).total_seconds() if newest else float("inf")


@job("backup.make", title=_("Back up the house"), cron="*/5 * * * *", merges=True)
def make(progress: Progress) -> dict[str, Any]:
    if not settings.BACKUPS:
        return NOWHERE

    def told(size: int, name: str) -> None:
        progress.update(size, None, name)
        progress.check()

    made = make_backup(repository(), told)
    return {
        "backup": made.backup.name,
        "files": made.files,
        "bytes": made.bytes,
        "stored": made.stored,
    }


@job("backup.prune", title=_("Remove old backups"), cron="20 1 * * *", merges=True)
def prune_old(progress: Progress) -> dict[str, Any]:
    if not settings.BACKUPS:
        return NOWHERE
    removed, pieces = prune(repository(), lambda done, name: progress.update(done, None, name))
    return {"removed": removed, "pieces": pieces}


@job("backup.verify", title=_("Verify the backups"), cron="40 1 * * 6")
def verify(progress: Progress) -> dict[str, Any]:
    """Read all backups; fails for good if one cannot be restored, and logs which."""
    if not settings.BACKUPS:
        return NOWHERE

    def told(done: int, total: int, name: str) -> None:
        progress.update(done, total, name)
        progress.check()

    report = verify_repository(repository(), told)
    for name, files in report.faults.items():
        progress.log(f"{name}: {len(files)} files are missing or damaged, first {files[0]}")
    if not report.sound:
        raise Permanent(
            f"{len(report.faults)} of {report.backups} backups are damaged: see the log"
        )
    return {"backups": report.backups, "pieces": report.pieces}
