"""Where the bytes of messages lie: files named by their SHA-256, written once, never changed."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Spooled:
    sha256: str
    size: int


def spool_path(sha256: str) -> Path:
    return Path(settings.HOME) / "journal" / sha256[:2] / sha256


def spool(source: BinaryIO, on_bytes: Callable[[int], None] | None = None) -> Spooled:
    """Copy a message into the spool; when this returns, its bytes survive a power cut."""
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
            os.fsync(copy.fileno())
            target = spool_path(digest.hexdigest())
            target.parent.mkdir(exist_ok=True)
            Path(copy.name).replace(target)
        except BaseException:
            Path(copy.name).unlink(missing_ok=True)
            raise
    _sync_folder(target.parent)
    return Spooled(digest.hexdigest(), size)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def intact(sha256: str) -> bool:
    """Whether the bytes in the spool still have the hash they are filed under."""
    path = spool_path(sha256)
    if not path.exists():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256
