"""Files under the hash of their content, on disk: written once, durable, verified when read."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from pathlib import Path
from typing import IO, BinaryIO

from django.conf import settings

CHUNK = 1024 * 1024


class Corrupt(Exception):
    """The bytes on disk are no longer those that were stored."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is not what was stored: restore it from a backup")


class TooLarge(Exception):
    """More bytes than allowed."""


def path_of(sha256: str, kind: str = "files") -> Path:
    """Where a file lies: two levels of folders keep each of them small."""
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise ValueError(f"{sha256!r} is no SHA-256")
    return settings.HOME / "vault" / kind / sha256[:2] / sha256[2:4] / sha256


def write(source: bytes | IO[bytes], limit: int) -> tuple[str, int]:
    """Store bytes; their SHA-256 and number. On return they survive a power cut.

    Raises TooLarge beyond `limit` bytes; nothing is kept then.
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    folder = settings.HOME / "vault" / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        try:
            sha256, size = _copy(stream, file, limit)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).chmod(0o440)
            _put(Path(file.name), path_of(sha256))
        finally:
            Path(file.name).unlink(missing_ok=True)
    return sha256, size


def open_verified(sha256: str) -> BinaryIO:
    """The file, at its beginning, after its bytes were verified against its name.

    Raises FileNotFoundError and Corrupt.
    """
    path = path_of(sha256)
    file = path.open("rb")
    found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        file.close()
        raise Corrupt(path)
    file.seek(0)
    return file


def write_derived(sha256: str, kind: str, content: bytes) -> None:
    """Keep something made from a stored file (a thumbnail); it can be made again, so no fsync."""
    path = path_of(sha256, kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    Path(file.name).replace(path)


def _copy(stream: IO[bytes], file: IO[bytes], limit: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        if size > limit:
            raise TooLarge
        digest.update(chunk)
        file.write(chunk)
    return digest.hexdigest(), size


def _put(source: Path, target: Path) -> None:
    """Give the finished file its name, durably. What is there already is the same file, unless the
    disk has damaged it: then the sound bytes take its place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)
    for folder in (target.parent, target.parent.parent, target.parent.parent.parent):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
