"""How long files are kept: for ever, unless the desk they belong to has named a last day.

Deleted is what is past its last day, under no hold, and named by no row of any desk. Its row stays,
and says when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.vault import files
from tidewaiter.platform.vault.actions import DERIVED
from tidewaiter.platform.vault.models import Hold, Stored

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.jobs.steps import Steps


@transaction.atomic
def keep_until(actor: User | None, sha256: str, last_day: date | None) -> None:
    """Name the last day that a file is kept, or none: for ever. As with `store`, the desk has
    checked who may. Raises DoesNotExist, also for a deleted file."""
    stored = Stored.objects.select_for_update().get(pk=sha256, deleted_at=None)
    before, stored.keep_until = stored.keep_until, last_day
    stored.save(update_fields=["keep_until"])
    record(actor, "vault.keep", sha256, until=last_day or "ever", before=before or "ever")


def delete_due(steps: Steps) -> int:
    """Delete what need not be kept any longer; how many files. Dying half-way, it is finished by the
    next run: rows first, then the bytes of deleted rows."""
    due = list(_due().order_by("pk").values_list("pk", flat=True))
    deleted = 0
    for done, sha256 in enumerate(due, 1):
        deleted += _mark(sha256)
        steps.update(done, len(due))
        steps.check()
    gone = Stored.objects.exclude(deleted_at=None).values_list("pk", flat=True)
    for sha256 in gone.iterator(chunk_size=1000):
        if left_of(sha256):
            _remove(sha256)
        steps.check()
    return deleted


def left_of(sha256: str) -> list[str]:
    """Which kinds of a file's bytes lie on disk."""
    kinds = (files.SEALED, files.PLAIN, *DERIVED)
    return [kind for kind in kinds if files.path_of(sha256, kind).exists()]


def _due() -> QuerySet[Stored]:
    held = Hold.objects.filter(lifted_at=None).values("file")
    today = timezone.localdate()
    return Stored.objects.filter(deleted_at=None, keep_until__lt=today).exclude(pk__in=held)


@transaction.atomic
def _mark(sha256: str) -> bool:
    # The lock first: a hold set meanwhile is seen only by what is asked after it.
    stored = Stored.objects.select_for_update().get(pk=sha256)
    if not _due().filter(pk=sha256).exists() or _named(sha256):
        return False
    stored.deleted_at = timezone.now()
    stored.save(update_fields=["deleted_at"])
    record(
        None, "vault.delete", sha256, size=stored.size, media_type=stored.media_type,
        stored_at=stored.stored_at, keep_until=stored.keep_until,
    )  # fmt: skip
    return True


@transaction.atomic
def _remove(sha256: str) -> None:
    """Under the lock of the row: whoever stores the same bytes again waits, or has done so."""
    stored = Stored.objects.select_for_update().get(pk=sha256)
    if stored.deleted_at:
        for kind in left_of(sha256):
            files.remove(files.path_of(sha256, kind))


def _named(sha256: str) -> bool:
    """Whether a row of any table refers to the file. Its holds have their own say."""
    for relation in Stored._meta.get_fields(include_hidden=True):  # noqa: SLF001  documented
        if relation.auto_created and relation.is_relation and relation.related_model is not Hold:
            rows = relation.related_model._base_manager  # noqa: SLF001  documented
            if rows.filter(**{relation.field.name: sha256}).exists():
                return True
    return False
