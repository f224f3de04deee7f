"""Where the bytes of messages lie: files named by their SHA-256, written once, never changed."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from django.conf import settings

from tidewaiter.platform.durable import sync
from tidewaiter.platform.space import check_space, size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Spooled:
    sha256: str
    size: int


def spool_path(sha256: str) -> Path:
    return Path(settings.HOME) / "journal" / sha256[:2] / sha256


def spool(
    source: BinaryIO, on_bytes: Callable[[int], None] | None = None, *, durable: bool = True
) -> Spooled:
    """Copy a message into the spool; when this returns, its bytes survive a power cut.

    Unless `durable` is false: then the caller has them safe elsewhere until `make_durable`. Raises
    NoSpace before anything is written.
    """
    check_space(size_of(source))
    return _copy(source, on_bytes, durable=durable)


def _copy(
    source: BinaryIO, on_bytes: Callable[[int], None] | None = None, *, durable: bool
) -> Spooled:
    root = Path(settings.HOME) / "journal"
    root.mkdir(exist_ok=True)
    digest = hashlib.sha256()
    size = 0
    with tempfile.NamedTemporaryFile(dir=root, prefix="receiving-", delete=False) as copy:
        try:
            while block := source.read(BLOCK):
                digest.update(block)
                size += len(block)
                copy.write(block)
                if on_bytes:
                    on_bytes(size)
            copy.flush()
            if durable:
                os.fsync(copy.fileno())
            target = spool_path(digest.hexdigest())
            target.parent.mkdir(exist_ok=True)
            Path(copy.name).replace(target)
        except BaseException:
            Path(copy.name).unlink(missing_ok=True)
            raise
    if durable:
        sync(target.parent)
    return Spooled(digest.hexdigest(), size)


def make_durable(bodies: Iterable[tuple[str, bytes]]) -> None:
    """Messages (SHA-256, bytes) that were spooled in haste survive a power cut from here on."""
    folders = set()
    for sha256, body in bodies:
        if not intact(sha256):
            _copy(io.BytesIO(body), durable=False)
        path = spool_path(sha256)
        sync(path)
        folders.add(path.parent)
    for folder in folders:
        sync(folder)


def intact(sha256: str) -> bool:
    """Whether the bytes in the spool still have the hash they are filed under."""
    path = spool_path(sha256)
    if not path.exists():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256
