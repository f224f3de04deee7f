"""The weekly verification of every file in the vault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from tidewaiter.platform.jobs.registry import job
from tidewaiter.platform.jobs.worker import Permanent
from tidewaiter.platform.vault import files
from tidewaiter.platform.vault.models import Stored

if TYPE_CHECKING:
    from tidewaiter.platform.jobs.progress import Progress


@job("vault.verify", title=_("Verify the files of the vault"), cron="0 4 * * 0")
def verify_vault(progress: Progress) -> dict[str, Any]:
    """Read every file; fails for good if any is missing or damaged, and logs which."""
    total = Stored.objects.count()
    bad = 0
    names = Stored.objects.order_by("pk").values_list("sha256", flat=True)
    for done, sha256 in enumerate(names.iterator(chunk_size=1000), 1):
        try:
            files.open_verified(sha256).close()
        except (FileNotFoundError, files.Corrupt) as error:
            progress.log(f"{sha256}: {error}")
            bad += 1
        progress.update(done, total)
        progress.check()
    if bad:
        raise Permanent(f"{bad} of {total} files are missing or damaged: see the log")
    return {"files": total}
