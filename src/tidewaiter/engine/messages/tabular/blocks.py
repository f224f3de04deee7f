"""Cutting a stream of CSV text into blocks of whole records, with the line each record starts on.

A block is regular when every quotation mark stands where a quoted cell opens, closes or doubles
it; the compiled parser is right about such blocks. Others go through `isolate.py`, line by line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tidewaiter.engine.messages.carriers import refuse
from tidewaiter.engine.messages.encodings import Transcoder, repaired
from tidewaiter.engine.messages.tabular.isolate import Isolated, isolate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from tidewaiter.engine.messages.carriers import Part

NEWLINE, QUOTE = 10, 34
BLOCK = 8 << 20


@dataclass(frozen=True, slots=True)
class Regular:
    """Whole records as UTF-8 with `\\n` line ends; `starts` is the line of each, blank ones too."""

    data: bytes
    starts: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Block:
    """One block and what had to be mended in it: legacy lines, NUL characters."""

    content: Regular | Isolated
    first_line: int
    legacy_lines: int
    nuls: int
    position: int


class Blocks:
    """The blocks of a text part, from line `first_line` on. Same bytes, same blocks."""

    def __init__(
        self,
        part: Part,
        *,
        encoding: str,
        mark: int,
        delimiter: str,
        first_line: int,
        size: int = BLOCK,
    ) -> None:
        self._part, self._delimiter, self._size = part, delimiter, size
        self._transcode = Transcoder(encoding)
        self._mark, self._first_line = mark, first_line
        self._held, self._line, self._final = b"", 1, False

    def __iter__(self) -> Iterator[Block]:
        self._part.stream.read(self._mark)
        while not self._final or self._held:
            self._fill()
            self._skip_to_first_line()
            whole = self._held.rfind(b"\n") + 1
            if not whole or self._line < self._first_line:
                continue
            block = self._cut(self._held[:whole], self._held[whole:])
            if block is not None:
                yield block

    def _fill(self) -> None:
        if self._final:
            return
        raw = self._part.stream.read(self._size)
        self._final = len(raw) < self._size
        self._held += self._transcode(raw, final=self._final)
        if b"\n" not in self._held and b"\r" in self._held[:-1]:  # the line ends of old Macs
            self._held = self._held.replace(b"\r", b"\n")
        if self._final and self._held and not self._held.endswith(b"\n"):
            self._held += b"\n"
        limit = self._part.limits.line
        if len(self._held) > limit and b"\n" not in self._held:
            raise refuse("line_too_long", f"line {self._line}", limit=limit)

    def _skip_to_first_line(self) -> None:
        while self._line < self._first_line and (end := self._held.find(b"\n") + 1):
            self._held, self._line = self._held[end:], self._line + 1

    def _cut(self, whole: bytes, tail: bytes) -> Block | None:
        """The next block; what follows its last whole record stays held."""
        data, legacy_lines, nuls = _clean(whole)
        first = self._line
        end, starts = _regular(data, first, self._delimiter)
        hopeless = self._final or len(data) > self._part.limits.line
        if starts is not None and end:
            content: Regular | Isolated = Regular(data[:end], starts)
            lines = starts.size if QUOTE not in data else data.count(b"\n", 0, end)
        elif starts is not None and not hopeless:  # a quoted cell is open: read on
            self._held = data + tail
            return None
        else:
            content = isolate(data, first, self._delimiter, final=hopeless)
            end, lines = content.used, content.lines
        self._line += lines
        self._held = data[end:] + tail
        return Block(content, first, legacy_lines, nuls, self._part.position())


def _clean(data: bytes) -> tuple[bytes, int, int]:
    r"""UTF-8 with `\n` line ends and without NUL; the legacy lines and the NULs there were."""
    nuls = data.count(b"\0") if b"\0" in data else 0
    if nuls:
        data = data.replace(b"\0", b"")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b" ")
    data, legacy_lines = repaired(data)
    return data, legacy_lines, nuls


def _regular(data: bytes, first_line: int, delimiter: str) -> tuple[int, NDArray[np.int64] | None]:
    """Bytes of whole records in a block and their lines; no lines when a quote is out of place."""
    if QUOTE not in data:
        return len(data), np.arange(data.count(b"\n"), dtype=np.int64) + first_line
    array = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(array == QUOTE)
    newlines = np.flatnonzero(array == NEWLINE)
    ends_record = np.searchsorted(quotes, newlines) % 2 == 0
    if not ends_record.any():
        return 0, np.empty(0, np.int64) if _in_place(array, quotes, delimiter) else None
    end = int(newlines[ends_record][-1]) + 1
    quotes = quotes[quotes < end]
    if not _in_place(array, quotes, delimiter):
        return 0, None
    lines = np.flatnonzero(ends_record)
    starts = np.concatenate(([0], lines[:-1] + 1)) + first_line
    return end, starts


def _in_place(array: NDArray[np.uint8], quotes: NDArray[np.int64], delimiter: str) -> bool:
    """Whether all quotes open a cell at its start, close it at its end, or are doubled inside."""
    mark = ord(delimiter)
    opening, closing = quotes[::2], quotes[1::2]
    before = array[opening - 1]
    before = np.where(opening == 0, NEWLINE, before)
    after = array[np.minimum(closing + 1, array.size - 1)]
    good_before = (before == mark) | (before == NEWLINE) | (before == QUOTE)
    good_after = (after == mark) | (after == NEWLINE) | (after == QUOTE)
    return bool(good_before.all() and good_after.all())
