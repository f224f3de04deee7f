"""Reading every file: whether it is still what was stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidewaiter.platform.jobs.steps import Unwatched
from tidewaiter.platform.vault import files
from tidewaiter.platform.vault.models import Stored
from tidewaiter.platform.vault.retention import left_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidewaiter.platform.jobs.steps import Steps


def faults(steps: Steps | None = None) -> Iterator[tuple[str, str]]:
    """(SHA-256, what is wrong with it) of every file that is missing, damaged, exchanged, or still
    there after it was deleted."""
    steps, total = steps or Unwatched(), Stored.objects.count()
    rows = Stored.objects.order_by("pk").values_list("pk", "deleted_at")
    for done, (sha256, deleted_at) in enumerate(rows.iterator(chunk_size=1000), 1):
        wrong = _left(sha256) if deleted_at else _wrong(sha256)
        if wrong and not _changed(sha256, deleted=bool(deleted_at)):
            yield sha256, wrong
        steps.update(done, total)
        steps.check()


def _wrong(sha256: str) -> str:
    try:
        files.verify(sha256)
    except FileNotFoundError:
        return f"{files.path_of(sha256)} is missing: restore it from a backup"
    except files.Unreadable as error:
        return str(error)
    return ""


def _left(sha256: str) -> str:
    left = left_of(sha256)
    return (
        f"it was deleted, but is still in vault/{left[0]}: run the job vault.clear" if left else ""
    )


def _changed(sha256: str, *, deleted: bool) -> bool:
    """Whether it was deleted, or stored again, since its row was read."""
    return not Stored.objects.filter(pk=sha256, deleted_at__isnull=not deleted).exists()
