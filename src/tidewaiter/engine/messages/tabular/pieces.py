"""Slabs regrouped so that consecutive records of one declaration are never parted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tidewaiter.engine.messages.findings import Finding
    from tidewaiter.engine.messages.tabular.tables import Misfit, Slab

LONGEST_RUN = 100_000  # records of one declaration that are waited for


@dataclass(slots=True)
class Piece:
    """Records to turn into one chunk, with the misfits and notes met among them."""

    frame: pl.DataFrame
    misfits: list[Misfit] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    position: int = 0
    padded: bool = True


def pieces(slabs: Iterable[Slab], id_column: str | None, rows: int) -> Iterator[Piece]:
    """Pieces of about `rows` records, cut where the value of `id_column` changes."""
    held: list[pl.DataFrame] = []
    piece = Piece(pl.DataFrame(), padded=False)
    for slab in slabs:
        held.append(slab.frame)
        piece.misfits += slab.misfits
        piece.notes += slab.notes
        piece.position = slab.position
        piece.padded |= slab.padded
        if sum(frame.height for frame in held) < rows and len(piece.misfits) < rows:
            continue
        frame = pl.concat(held, rechunk=True)
        while cut := _cut(frame, id_column, rows):
            yield replace(piece, frame=frame.head(cut))
            frame, piece.misfits, piece.notes = frame.slice(cut), [], []
        if piece.misfits:
            yield replace(piece, frame=frame.head(0))
            piece.misfits, piece.notes = [], []
        held = [frame]
    if held:
        frame = pl.concat(held, rechunk=True)
        if frame.height or piece.misfits or piece.notes:
            yield replace(piece, frame=frame)


def _cut(frame: pl.DataFrame, id_column: str | None, rows: int) -> int:
    """Where to end a piece of about `rows` records, 0 when its last declaration may go on."""
    if frame.height < rows:
        return 0
    if id_column is None:
        return rows
    ids = frame[id_column]
    changes = (ids.ne_missing(ids.shift(1))).arg_true()
    upto = changes.filter(changes <= rows)
    if len(upto) and (last := int(upto[-1])) > 0:
        return last
    after = changes.filter(changes > rows)
    if len(after):
        return int(after[0])
    return rows if frame.height > rows + LONGEST_RUN else 0
