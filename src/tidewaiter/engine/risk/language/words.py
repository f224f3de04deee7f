"""Text inside a batch: codes into sorted values, and tables of yes and no over those values.

Whatever a profile asks of one text column is answered once for each distinct value and then
looked up, so the cost does not depend on how often a value occurs.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tidewaiter.engine.risk.language import patterns
from tidewaiter.engine.risk.language.batch import FLAGS, Coded, Codes, Floats, Mask

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from tidewaiter.engine.risk.language.batch import RowSet
    from tidewaiter.engine.risk.language.tree import Comparison

FEW = 20  # searching for one text costs as much as asking so many values whether they are it


@dataclass(eq=False)
class Words:
    """A text value of every record: of one column (through `remap`), of several, or fixed.

    `source` is the column, or codes of `values` (of no dimension for a fixed text). `remap` has
    one entry a code of the column, missing included. Missing is `len(values)`.
    """

    values: pl.Series
    source: Coded | Codes
    remap: Codes | None = None

    @cached_property
    def ordered(self) -> list[str]:
        own = isinstance(self.source, Coded) and self.remap is None
        return self.source.ordered if own else self.values.to_list()  # type: ignore[union-attr]

    @cached_property
    def missing(self) -> int:
        return len(self.values)

    @property
    def fixed(self) -> bool:
        return not isinstance(self.source, Coded) and self.source.ndim == 0

    def at(self, rows: RowSet) -> Codes:
        """Codes on some rows."""
        if not isinstance(self.source, Coded):
            return self.source if self.fixed else self.source[rows]
        codes = self.source.codes[rows]
        return codes if self.remap is None else self.remap[codes]

    def table(self, marked: Mask, *, missing: bool = False) -> Mask:
        """A table over `values` closed with the answer for a missing text."""
        return np.append(marked, missing)

    # Tables: one answer a value, without the missing one

    def compared(self, operator: Comparison, text: str) -> Mask:
        low, high = self.equal(text)
        spans = {
            "=": [(low, high)],
            "<>": [(0, low), (high, self.missing)],
            "<": [(0, low)],
            "<=": [(0, high)],
            ">": [(high, self.missing)],
            ">=": [(low, self.missing)],
        }
        return self._spans(spans[operator])

    def starting(self, *prefixes: str) -> Mask:
        return self._spans([self.beginning(prefix) for prefix in prefixes])

    def like(self, pattern: str) -> Mask:
        prefix = patterns.prefix_of(pattern)
        if prefix is not None:
            return self.starting(prefix)
        return self._asked(self.values.str.contains(patterns.regex(pattern)))

    def containing(self, part: str) -> Mask:
        return self._asked(self.values.str.contains(part, literal=True))

    def among(self, texts: Collection[str]) -> Mask:
        if len(texts) * FEW > self.missing:
            wanted = pl.Series(list(texts), dtype=pl.String)
            return self._asked(self.values.is_in(wanted.implode()))
        places = [(bisect_left(self.ordered, text), text) for text in texts]
        marked = np.zeros(self.missing, np.bool_)
        marked[[n for n, text in places if n < self.missing and self.ordered[n] == text]] = True
        return marked

    def lengths(self) -> Floats:
        """Characters of each value, NaN for the missing one."""
        lengths = self.values.str.len_chars().cast(pl.Float64).to_numpy()
        return np.append(lengths, np.nan)

    def mapped(self, function: Callable[[str], str]) -> Words:
        """Every value through a function: a dictionary's worth of calls."""
        made = pl.Series([function(value) for value in self.ordered], dtype=pl.String)
        values = made.unique().sort()
        codes = np.append(ranks(made, values), len(values)).astype(np.int32)
        return self._through(values, codes)

    def answered(self, marked: Mask) -> Words:
        """The flag that a table of this text makes; missing stays missing."""
        return self._through(FLAGS, np.append(marked.astype(np.int32), 2).astype(np.int32))

    def otherwise(self, other: Words, rows: int) -> Words:
        """This text, or the other where it is missing."""
        values = union(self.values, other.values)
        mine = np.append(ranks(self.values, values), -1).astype(np.int32)
        theirs = np.append(ranks(other.values, values), len(values)).astype(np.int32)
        if other.fixed and not self.fixed:
            mine[-1] = theirs[int(other.at(slice(None)))]
            return self._through(values, mine)
        every = slice(0, rows)
        own = mine[self.at(every)]
        return Words(values, np.where(own < 0, theirs[other.at(every)], own).astype(np.int32))

    def _through(self, values: pl.Series, codes: Codes) -> Words:
        if not isinstance(self.source, Coded):
            return Words(values, np.asarray(codes[self.source]))
        return Words(values, self.source, codes if self.remap is None else codes[self.remap])

    def equal(self, text: str) -> tuple[int, int]:
        """First and past-last code that is this text."""
        return bisect_left(self.ordered, text), bisect_right(self.ordered, text)

    def beginning(self, prefix: str) -> tuple[int, int]:
        """First and past-last code of the texts that begin so."""
        low = bisect_left(self.ordered, prefix)
        past = bisect_left(self.ordered, 1, lo=low, key=lambda v: not v.startswith(prefix))
        return low, past

    def _spans(self, spans: list[tuple[int, int]]) -> Mask:
        marked = np.zeros(self.missing, np.bool_)
        for low, high in spans:
            marked[low:high] = True
        return marked

    @staticmethod
    def _asked(answer: pl.Series) -> Mask:
        return answer.to_numpy().astype(np.bool_)


def union(left: pl.Series, right: pl.Series) -> pl.Series:
    return pl.concat([left.cast(pl.String), right.cast(pl.String)]).unique().sort()


def ranks(texts: pl.Series, values: pl.Series) -> Codes:
    """Positions of texts in sorted values that contain them all."""
    return texts.cast(pl.Enum(values)).to_physical().cast(pl.Int32).to_numpy()
