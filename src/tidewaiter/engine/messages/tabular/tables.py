"""What every table reader yields: slabs of cells as text, with the line each record stands on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

    from tidewaiter.engine.messages.findings import Finding

LINE = "\x1fline"  # a column name that no sender can write: the unit separator
MISSING = ("", "NULL", "null", "\\N", "#N/A", "N/A", "NaN", "nan", "None")


@dataclass(frozen=True, slots=True)
class Misfit:
    """A line that is no record of this table, as its cells and as its text."""

    line: int
    code: str
    cells: list[str]
    text: str


@dataclass(frozen=True, slots=True)
class Slab:
    """Records of one stretch: the header's columns and LINE. Blank records are left out already.

    padded: whether a cell may have blanks at its edges; looking for them costs a fifth of reading.
    """

    frame: pl.DataFrame
    misfits: list[Misfit] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    position: int = 0
    padded: bool = True


class Table(Protocol):
    """A table to read: its columns, some of its records, and all of them, a slab at a time.

    place: how a record's place is said, with `{}` for its line: `sheet "May", row {}`.
    delimiter: the character between cells, empty for formats that need none.
    """

    header: list[str]
    sample: list[list[str]]
    place: str
    delimiter: str

    def slabs(self, ignored: Sequence[str]) -> Iterator[Slab]:
        """All records; the ignored columns need not be there."""
        ...
