"""What a file is, by its first bytes, and the parts it carries: plain, gzip or zip.

Names are never trusted and never used as paths. Expansion is bounded by ratio and by amount.
"""

from __future__ import annotations

import gzip
import io
import tempfile
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, BinaryIO, Literal

from tidewaiter.engine.messages.findings import Finding
from tidewaiter.engine.messages.results import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tidewaiter.engine.messages.results import Limits

HEAD = 64 << 10
Container = Literal["gzip", "zip", "workbook", "parquet", "other"]

FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"Rar!", "RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
    (b"BZh", "bzip2 archive"),
    (b"\xfd7zXZ", "xz archive"),
    (b"\x28\xb5\x2f\xfd", "Zstandard archive"),
    (b"{\\rtf", "RTF document"),
    (b"SQLite format 3", "SQLite database"),
    (b"MZ", "Windows program"),
    (b"\x7fELF", "program"),
)


def refuse(code: str, place: str = "file", **parameters: object) -> Unreadable:
    """The exception that quarantines the whole message."""
    return Unreadable(Finding(place, code, parameters))


@dataclass(slots=True)
class Part:
    """One file to read: itself, what a gzip holds, or a member of a zip.

    head: its first HEAD bytes, which the stream gives again. position: how many bytes of the outer
    message have been consumed.
    """

    label: str
    head: bytes
    stream: BinaryIO
    position: Callable[[], int]
    limits: Limits
    path: Path | None = None

    @contextmanager
    def file(self, limit: int) -> Iterator[Path | IO[bytes]]:
        """A seekable file of at most `limit` bytes, for readers that jump."""
        if self.path is not None:
            yield self.path
            return
        with tempfile.TemporaryFile() as spool:
            while block := self.stream.read(1 << 20):
                spool.write(block)
                if spool.tell() > limit:
                    raise refuse("too_large", self.label or "file", limit=limit)
            spool.seek(0)
            yield spool


def container(head: bytes) -> Container:
    """What the first bytes announce."""
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "workbook"
    if head.startswith(b"PAR1"):
        return "parquet"
    return "other"


def check_foreign(head: bytes, place: str) -> None:
    """Refuse formats that are known and are no declarations, by name."""
    for magic, name in FOREIGN:
        if head.startswith(magic):
            raise refuse("foreign_format", place, format=name)


def parts(path: Path, limits: Limits) -> Iterator[Part | Finding]:
    """The parts of a message; a Finding for a member that cannot be opened."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        file.seek(0)
        if not head:
            raise refuse("empty")
        match container(head):
            case "gzip":
                yield _gzip_part(file, limits)
            case "zip" if is_workbook(path):
                yield Part("", head, file, file.tell, limits, path)
            case "zip":
                yield from _members(file, limits)
            case _:
                yield Part("", head, file, file.tell, limits, path)


def is_workbook(file: Path | IO[bytes]) -> bool:
    """Whether a zip is an office workbook (XLSX, XLSB or ODS)."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    return any(name.startswith("xl/workbook.") or name == "content.xml" for name in names)


def check_workbook(file: Path | IO[bytes], place: str, limits: Limits) -> None:
    """Refuse a workbook whose sheets would fill the memory."""
    with zipfile.ZipFile(file) as archive:
        size = sum(info.file_size for info in archive.infolist())
    if size > limits.workbook:
        raise refuse("workbook_too_large", place, size=size, limit=limits.workbook)


def _gzip_part(file: BinaryIO, limits: Limits) -> Part:
    expanded = gzip.GzipFile(fileobj=file)
    stream = _Guarded(expanded, file.tell, "file", limits)
    head = stream.peek()
    inner = container(head)
    if inner == "gzip" or (inner == "zip" and not _holds_workbook(stream, limits)):
        raise refuse("nested_archive", "file", inner=inner)
    return Part("", head, stream.buffered(), file.tell, limits)


def _members(file: BinaryIO, limits: Limits) -> Iterator[Part | Finding]:
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise refuse("archive_damaged", reason=str(error)) from None
    with archive:
        infos = [info for info in archive.infolist() if not _is_clutter(info.filename)]
        if not infos:
            raise refuse("empty")
        if len(infos) > limits.members:
            raise refuse("too_many_members", members=len(infos), limit=limits.members)
        for number, info in enumerate(infos, 1):
            yield _member(
                archive, info, f"member {number} ({printable(info.filename)})", file, limits
            )


def _member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, label: str, file: BinaryIO, limits: Limits
) -> Part | Finding:
    if info.flag_bits & 1:
        return Finding(label, "encrypted")
    try:
        member = archive.open(info)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        return Finding(label, "archive_damaged", {"reason": str(error)})
    stream = _Guarded(member, file.tell, label, limits, origin=info.header_offset)
    head = stream.peek()
    inner = container(head)
    if inner == "gzip" or (inner == "zip" and not _holds_workbook(stream, limits)):
        return Finding(label, "nested_archive", {"inner": inner})
    return Part(label, head, stream.buffered(), file.tell, limits)


def _holds_workbook(stream: _Guarded, limits: Limits) -> bool:
    """Whether a zipped zip is a workbook; leaves the stream at its start."""
    with tempfile.SpooledTemporaryFile(max_size=8 << 20) as spool:
        stream.draw_all(spool, limits.workbook)
        found = is_workbook(spool)
        spool.seek(0)
        stream.restart(spool.read())
    return found


def _is_clutter(name: str) -> bool:
    last = name.rstrip("/").rsplit("/", 1)[-1]
    return name.endswith("/") or "__MACOSX/" in name or last.startswith(".") or last == "Thumbs.db"


def printable(name: str, length: int = 80) -> str:
    """A sender's file name as a label: last part, printable characters only."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in last if char.isprintable())[:length]


class _Guarded(io.RawIOBase):
    """A decompressed stream that refuses bombs and turns damage into a finding."""

    def __init__(
        self,
        inner: IO[bytes] | gzip.GzipFile,
        consumed: Callable[[], int],
        place: str,
        limits: Limits,
        origin: int = 0,
    ) -> None:
        self._inner, self._consumed, self._place = inner, consumed, place
        self._limits, self._origin = limits, origin
        self._given = 0
        self._ahead = b""

    def readable(self) -> bool:
        return True

    def peek(self) -> bytes:
        """The first bytes, without consuming them."""
        self._ahead = self._draw(HEAD)
        return self._ahead

    def draw_all(self, into: IO[bytes], limit: int) -> None:
        """Everything into a file, refusing more than `limit` bytes."""
        self._limits = replace(self._limits, expanded=min(self._limits.expanded, limit))
        while block := self.read(1 << 20):
            into.write(block)

    def restart(self, content: bytes) -> None:
        """Serve this content, already drawn from the stream, instead."""
        self._inner, self._ahead = io.BytesIO(content), b""

    def buffered(self) -> BinaryIO:
        return io.BufferedReader(self, 1 << 20)

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # only ever a memoryview
        size = len(buffer)
        if self._ahead:
            block, self._ahead = self._ahead[:size], self._ahead[size:]
        else:
            block = self._draw(size)
        buffer[: len(block)] = block
        return len(block)

    def _draw(self, size: int) -> bytes:
        try:
            block = self._inner.read(size)
        except EOFError:
            raise refuse("truncated", self._place, after=self._given) from None
        except (OSError, zlib.error, zipfile.BadZipFile) as error:
            raise refuse("archive_damaged", self._place, reason=str(error)) from None
        self._given += len(block)
        self._check()
        return block

    def _check(self) -> None:
        packed = max(self._consumed() - self._origin, 1)
        ratio = self._given / packed
        limits = self._limits
        if self._given > limits.ratio_floor and ratio > limits.ratio:
            raise refuse("bomb", self._place, ratio=int(ratio), limit=limits.ratio)
        if self._given > limits.expanded:
            raise refuse("too_large", self._place, limit=limits.expanded)
