"""Storing and reading files. Who may is for the desk to check that knows what a file belongs to."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, BinaryIO

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tidewaiter.platform.ledger.actions import REFUSED, record
from tidewaiter.platform.space import check_space, size_of
from tidewaiter.platform.vault import files, pictures
from tidewaiter.platform.vault.antivirus import Infected, scanned
from tidewaiter.platform.vault.models import Stored
from tidewaiter.platform.vault.sniffing import media_type

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tidewaiter.platform.accounts.models import User

LARGEST = 100 * 1024 * 1024
SMALL, VIEW = "small", "view"
DERIVED: dict[str, Callable[[BinaryIO], bytes]] = {
    SMALL: pictures.thumbnail,
    VIEW: pictures.viewing_copy,
}


class Deleted(Exception):
    """The file was deleted when the time for which it was kept had passed."""

    def __init__(self, at: datetime) -> None:
        super().__init__(f"deleted on {at:%Y-%m-%d at %H:%M} UTC, as it was kept for no longer")
        self.at = at


def store(source: bytes | IO[bytes], actor: User | None, *, limit: int = LARGEST) -> Stored:
    """Keep a file, durably, under its SHA-256. The same bytes twice are one file.

    Bytes first, then the row: a crash between the two leaves bytes without a row, which is
    harmless, and never a row without bytes. Raises NoSpace before anything is written,
    ValidationError beyond `limit` bytes, and for what the virus scanner refuses: call it outside of a transaction, which would take the refusal
    out of the ledger again and keep others waiting for the scanner.
    """
    check_space(len(source) if isinstance(source, bytes) else size_of(source))
    with files.incoming() as new:
        try:
            for chunk in scanned(files.limited(source, limit)):
                new.write(chunk)
            new.end()
        except files.TooLarge:
            megabytes = limit // (1024 * 1024)
            raise ValidationError(
                _("The file is too large: at most %(n)d MB.") % {"n": megabytes}
            ) from None
        except Infected as found:
            record(
                actor, "vault.refuse", new.sha256, result=REFUSED, found=str(found), size=new.size
            )
            raise ValidationError(
                _("The file was not taken: the virus scanner found %(name)s in it.")
                % {"name": found}
            ) from None
        return _kept(new, actor)


@transaction.atomic
def _kept(new: files.Incoming, actor: User | None) -> Stored:
    """Give bytes their place and row. The row of a deleted file is locked before, so that nobody
    who deletes takes the new bytes for the old ones."""
    there = Stored.objects.select_for_update().filter(pk=new.sha256).first()
    new.put()
    now = timezone.now()
    if there is None:
        known = {"size": new.size, "media_type": media_type(new.head), "stored_at": now}
        return Stored.objects.get_or_create(sha256=new.sha256, defaults={**known, "actor": actor})[
            0
        ]
    if there.deleted_at:
        there.stored_at, there.actor, there.deleted_at = now, actor, None
    # Somebody wants it anew: how long it is kept is to be decided anew.
    there.keep_until = None
    there.save(update_fields=["stored_at", "actor", "deleted_at", "keep_until"])
    return there


def open_verified(sha256: str) -> BinaryIO:
    """The file, verified. Raises Deleted, FileNotFoundError, or files.Unreadable if the disk damaged
    it or its key is gone."""
    _check_kept(sha256)
    return files.open_verified(sha256)


def thumbnail(sha256: str) -> bytes:
    """A small JPEG, made at first use. Raises pictures.NoPicture and as `open_verified`."""
    return _derived(sha256, SMALL)


def viewing_copy(sha256: str) -> bytes:
    """A JPEG for looking at, made at first use. Raises as `thumbnail`."""
    return _derived(sha256, VIEW)


def _derived(sha256: str, kind: str) -> bytes:
    _check_kept(sha256)
    known = files.derived(sha256, kind)
    if known is not None:
        return known
    with files.open_verified(sha256) as file:
        made = DERIVED[kind](file)
    files.keep_derived(sha256, kind, made)
    return made


def _check_kept(sha256: str) -> None:
    deleted_at = Stored.objects.filter(pk=sha256).values_list("deleted_at", flat=True).first()
    if deleted_at:
        raise Deleted(deleted_at)
