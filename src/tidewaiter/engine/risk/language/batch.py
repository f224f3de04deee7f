"""A batch of records, encoded once for any number of profiles.

Text and flags become codes into their sorted distinct values (missing is the code after the
last); numbers and dates become doubles (missing is NaN; dates are days since 1970). A posting
list, built when first needed, holds the rows of each code side by side, so that the rows of a
code, or of all codes with one prefix, are one slice.

Many records are put in the order of their commodity code first: most profiles name one, and what
they ask then lies side by side in memory.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidewaiter.engine.risk.language.schema import Schema

Codes = NDArray[np.int32]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Rows = NDArray[np.int32]
RowSet = slice | Rows
# Codes that are marked: those of a table, or all from the first up to the second.
Marked = Mask | tuple[int, int]

ORDERED_BY = "hs"
FEW_RUNS = 8  # runs of codes side by side that are cheaper looked at one by one
MANY_ROWS = 200_000  # from here putting them in order pays
# Flags are coded like a text with two values, so that they share every rule of texts.
FLAGS = pl.Series(["false", "true"])


class Coded:
    """A text or flag column. `values` are sorted by code point; `missing` is their number."""

    def __init__(self, codes: Codes, values: pl.Series, *, ascending: bool = False) -> None:
        """ascending: the records are in the order of these codes."""
        self.codes = codes
        self.values = values
        self.missing = len(values)
        self.ascending = ascending

    @cached_property
    def ordered(self) -> list[str]:
        """The values, for searching."""
        return self.values.to_list()

    @classmethod
    def indexed(
        cls, codes: Codes, values: pl.Series, counts: NDArray[np.int64], order: Rows
    ) -> Coded:
        """A column whose posting list was built before."""
        column = cls(codes, values)
        column.counts, column.order = counts, order
        return column

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Rows of each code, the missing one last."""
        return np.bincount(self.codes, minlength=self.missing + 1)

    @property
    def has_missing(self) -> bool:
        return bool(self.counts[self.missing])

    @cached_property
    def order(self) -> Rows:
        """The posting list: rows by code."""
        # Sixteen bits are sorted by radix, several times faster.
        keys = self.codes.astype(np.uint16) if self.missing < 65_536 else self.codes
        return np.argsort(keys, kind="stable").astype(np.int32)

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        return np.concatenate(([0], np.cumsum(self.counts)))

    def count_where(self, marked: Marked) -> int:
        """Rows whose code is marked."""
        if isinstance(marked, tuple):
            return int(self._starts[marked[1]] - self._starts[marked[0]])
        return int(self.counts[marked].sum())

    def either(self, first: Marked, second: Marked) -> Mask:
        """What is marked in one or the other, as a table."""
        table = np.zeros(self.missing + 1, np.bool_)
        for marked in (first, second):
            table[slice(*marked) if isinstance(marked, tuple) else marked] = True
        return table

    def rows_where(self, table: Marked) -> list[RowSet]:
        """Rows whose code is marked, grouped by code, in one part or a few."""
        if isinstance(table, tuple):
            return [self._between(*table)]
        marked = np.flatnonzero(table)
        ends = np.flatnonzero(np.diff(marked) > 1)
        if len(marked) and len(ends) < FEW_RUNS:
            firsts, lasts = marked[[0, *(ends + 1)]], marked[[*ends, -1]]
            return [
                self._between(low, high + 1)
                for low, high in zip(firsts.tolist(), lasts.tolist(), strict=True)
            ]
        starts, lengths = self._starts[marked], self.counts[marked]
        places = np.arange(lengths.sum()) + np.repeat(
            starts - (lengths.cumsum() - lengths), lengths
        )
        rows: Rows = places.astype(np.int32) if self.ascending else self.order[places]
        return [rows]

    def _between(self, low: int, high: int) -> RowSet:
        side_by_side = slice(int(self._starts[low]), int(self._starts[high]))
        return side_by_side if self.ascending else self.order[side_by_side]

    def taken(self, places: Rows) -> Coded:
        """The same of other rows."""
        return Coded(self.codes[places], self.values)

    def prepare(self) -> None:
        """Build the posting list now rather than at the first profile that needs it."""
        self.rows_where(np.ones(1, np.bool_))


class Measured:
    """A number or date column as doubles."""

    def __init__(self, data: Floats) -> None:
        self.data = data

    def taken(self, places: Rows) -> Measured:
        """The same of other rows."""
        return Measured(self.data[places])

    @cached_property
    def has_missing(self) -> bool:
        return bool(np.isnan(self.data).any())

    @cached_property
    def range(self) -> tuple[float, float]:
        """Lowest and highest value; an empty range (inf, -inf) when all are missing."""
        present = self.data[~np.isnan(self.data)] if self.has_missing else self.data
        if len(present) == 0:
            return np.inf, -np.inf
        return float(present.min()), float(present.max())


class Batch:
    """The encoded columns of `rows` records. `places`: where each stood in the frame, if they were
    put in another order."""

    def __init__(
        self, rows: int, columns: dict[str, Coded | Measured], places: Rows | None = None
    ) -> None:
        self.rows = rows
        self.columns = columns
        self.places = places

    def in_frame(self, rows: Rows) -> Rows:
        """Rows of the frame, ascending."""
        if len(rows) == 0:
            return rows
        return np.sort(rows if self.places is None else self.places[rows])

    def coded(self, name: str) -> Coded:
        column = self.columns[name]
        if not isinstance(column, Coded):
            raise TypeError(f"{name} is not a text or flag")
        return column

    def measured(self, name: str) -> Measured:
        column = self.columns[name]
        if not isinstance(column, Measured):
            raise TypeError(f"{name} is not a number or date")
        return column


def encode(frame: pl.DataFrame, columns: Iterable[str], schema: Schema) -> Batch:
    """Encode the named columns. A column the frame does not have is missing on every row."""
    return Batch(frame.height, {name: _encoded(frame, name, schema) for name in columns})


def encode_ordered(frame: pl.DataFrame, columns: Iterable[str], schema: Schema) -> Batch:
    """The same; many records are put in the order of their commodity code, if that is named."""
    names = list(columns)
    if ORDERED_BY not in names or frame.height < MANY_ROWS or ORDERED_BY not in frame.columns:
        return encode(frame, names, schema)
    codes = texts(frame[ORDERED_BY])
    places = codes.order
    encoded = {n: _encoded(frame, n, schema).taken(places) for n in names if n != ORDERED_BY}
    encoded[ORDERED_BY] = Coded(codes.codes[places], codes.values, ascending=True)
    return Batch(frame.height, encoded, places)


def _encoded(frame: pl.DataFrame, name: str, schema: Schema) -> Coded | Measured:
    kind = schema[name].kind
    series = frame[name] if name in frame.columns else pl.Series(name, [None] * frame.height)
    if kind in {"number", "money"}:
        return Measured(_floats(series.cast(pl.Float64)))
    if kind == "date":
        return Measured(_floats(series.cast(pl.Date).to_physical().cast(pl.Float64)))
    return flags(series) if kind == "flag" else texts(series)


def _floats(series: pl.Series) -> Floats:
    return np.ascontiguousarray(series.fill_null(float("nan")).to_numpy(), dtype=np.float64)


def flags(series: pl.Series) -> Coded:
    codes = series.cast(pl.Boolean).cast(pl.Int32).fill_null(2).to_numpy()
    return Coded(codes, FLAGS)


def texts(series: pl.Series) -> Coded:
    # Arrow hashes once, in order of appearance; the dictionary is then put in order.
    encoded = series.cast(pl.String).to_arrow().dictionary_encode()
    words = pl.Series(encoded.dictionary, dtype=pl.String)
    order = words.arg_sort().to_numpy()
    rank = np.empty(len(words) + 1, np.int32)
    rank[order] = np.arange(len(words), dtype=np.int32)
    rank[-1] = len(words)
    return Coded(rank[encoded.indices.fill_null(len(words)).to_numpy()], words.gather(order))
