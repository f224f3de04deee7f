"""Storing and reading files. Who may is for the desk to check that knows what a file belongs to."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING, BinaryIO

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from tidewaiter.platform.space import check_space
from tidewaiter.platform.vault import files
from tidewaiter.platform.vault.models import Stored
from tidewaiter.platform.vault.sniffing import HEAD, media_type
from tidewaiter.platform.vault.thumbnails import thumbnail as make_thumbnail

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

LARGEST = 100 * 1024 * 1024


def store(source: bytes | IO[bytes], actor: User | None, *, limit: int = LARGEST) -> Stored:
    """Keep a file, durably, under its SHA-256. The same bytes twice are one file.

    Bytes first, then the row: a crash between the two leaves bytes without a row, which is
    harmless, and never a row without bytes. Raises ValidationError beyond `limit` bytes, and
    NoSpace before anything is written.
    """
    check_space(len(source) if isinstance(source, bytes) else 0)
    try:
        sha256, size = files.write(source, limit)
    except files.TooLarge:
        megabytes = limit // (1024 * 1024)
        raise ValidationError(
            _("The file is too large: at most %(n)d MB.") % {"n": megabytes}
        ) from None
    with files.path_of(sha256).open("rb") as file:
        kind = media_type(file.read(HEAD))
    known = {"size": size, "media_type": kind, "stored_at": timezone.now(), "actor": actor}
    return Stored.objects.get_or_create(sha256=sha256, defaults=known)[0]


def open_verified(sha256: str) -> BinaryIO:
    """The file, verified. Raises FileNotFoundError, or files.Corrupt if the disk damaged it."""
    return files.open_verified(sha256)


def thumbnail(sha256: str) -> bytes:
    """A JPEG for showing, made at first use. Raises thumbnails.NoPicture."""
    path = files.path_of(sha256, "thumbnails")
    if path.exists():
        return path.read_bytes()
    with open_verified(sha256) as file:
        small = make_thumbnail(io.BytesIO(file.read()))
    files.write_derived(sha256, "thumbnails", small)
    return small
