"""Cutting a stream where its content says so, so that a change moves no cut but those around it.

A dump of a database of which little changed then has nearly the pieces of the one before it, also
where rows were put in between (content-defined chunking; Muthitacharoen, Chen, Mazières: A
low-bandwidth network file system, 2001).
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

LEAST, USUAL, MOST = 16 << 10, 64 << 10, 256 << 10  # bytes of a piece
BLOCK = 8 << 20
WIDTH = 8  # bytes before a cut that decide it
MIXER = np.uint64(0x9E3779B97F4A7C15)  # odd, its bits well spread (Knuth, multiplicative hashing)
LIMIT = np.uint64((1 << 64) // USUAL)


def pieces(source: IO[bytes]) -> Iterator[bytes]:
    """The whole stream, cut; the same content gives the same pieces."""
    held, ended = b"", False
    while not ended:
        block = source.read(BLOCK)
        held, ended = held + block, not block
        start, cuts = 0, _candidates(held)
        while start < len(held) and (ended or start + MOST <= len(held)):
            end = _end(start, len(held), cuts)
            yield held[start:end]
            start = end
        held = held[start:]


def _candidates(data: bytes) -> npt.NDArray[np.int64]:
    """Where a cut may be, in order. A run of zeros, which says nothing, gives none."""
    if len(data) < WIDTH:
        return np.empty(0, np.int64)
    windows = np.ndarray((len(data) - WIDTH + 1,), "<u8", data, strides=(1,))
    mixed = windows * MIXER - np.uint64(1)
    return np.flatnonzero(mixed < LIMIT) + WIDTH


def _end(start: int, size: int, cuts: npt.NDArray[np.int64]) -> int:
    latest = min(start + MOST, size)
    at = int(np.searchsorted(cuts, start + LEAST))
    return int(cuts[at]) if at < len(cuts) and cuts[at] <= latest else latest
