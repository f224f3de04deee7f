"""The batch evaluator: an index on the leaves, then the residual on candidates only.

For each condition the leaf (or union of leaves) with the fewest rows, counted exactly, gives the
candidates; the rest is asked only there. Conditions without such a leaf are asked block by block,
so that a block stays in the processor's cache and what conditions share is computed once a block.

Rows that could not be judged are found by asking the same of the negated condition: what is
neither true nor false is unknown. That is exact, and needed only where a fact the condition reads
is missing in this batch or arithmetic may have no result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tidewaiter.engine.risk.language.leaves import Leaves, Lists
from tidewaiter.engine.risk.language.steps import Ask, Compiled, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidewaiter.engine.risk.language.batch import Batch, Coded, Mask, Rows
    from tidewaiter.engine.risk.language.words import RowSet

BLOCK = 32_768
# Above this share of all rows, walking through blocks beats gathering candidates.
DENSE = 0.3
NONE = np.empty(0, np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Rows (ascending) where a condition is true, and where it is unknown."""

    hits: Rows
    unknown: Rows


@dataclass(frozen=True, slots=True, eq=False)
class _Index:
    """Rows in which a condition may hold: those with a marked code in one of the columns.

    `ask` is the question answered by the index alone, if there is one.
    """

    count: int
    tables: dict[Coded, Mask]
    ask: Ask | None = None

    def rows(self) -> Rows:
        found = [column.rows_where(table) for column, table in self.tables.items()]
        return found[0] if len(found) == 1 else np.unique(np.concatenate([NONE, *found]))


_NOWHERE = _Index(0, {})


class Kernel:
    """Evaluates conditions over one batch; what it learns about the batch serves the next one."""

    def __init__(self, batch: Batch, lists: Lists) -> None:
        self.batch = batch
        self.leaves = Leaves(batch, lists)
        self._block: dict[Step, Mask] = {}

    def evaluate(self, conditions: Sequence[Compiled], *, unknown: bool) -> list[Found]:
        """One answer a condition, in order. Without `unknown`, only hits are looked for."""
        found: dict[int, Found] = {}
        dense: dict[int, bool] = {}
        with np.errstate(all="ignore"):
            for place, condition in enumerate(conditions):
                both = unknown and self._may_be_unknown(condition)
                index = self._index(condition.true, both=both)
                if index is None or index.count > DENSE * self.batch.rows:
                    dense[place] = both
                else:
                    known = None if both else index.ask
                    found[place] = self._judge(condition, index.rows(), known, both=both)
            found |= self._sweep(conditions, dense)
        return [found[place] for place in range(len(conditions))]

    def _may_be_unknown(self, condition: Compiled) -> bool:
        columns = (self.batch.columns[name] for name in condition.columns)
        return condition.computes or any(column.has_missing for column in columns)

    def _sweep(self, conditions: Sequence[Compiled], dense: dict[int, bool]) -> dict[int, Found]:
        """Block by block, every condition that has no index."""
        pieces: dict[int, list[Found]] = {place: [] for place in dense}
        for start in range(0, self.batch.rows, BLOCK) if dense else ():
            self._block = {}
            rows = slice(start, min(start + BLOCK, self.batch.rows))
            for place, both in dense.items():
                pieces[place].append(self._judge(conditions[place], rows, None, both=both))
        self._block = {}
        return {
            place: Found(
                np.concatenate([NONE, *(part.hits for part in parts)]),
                np.concatenate([NONE, *(part.unknown for part in parts)]),
            )
            for place, parts in pieces.items()
        }

    def _judge(self, condition: Compiled, rows: RowSet, known: Ask | None, *, both: bool) -> Found:
        """Hits among some rows, on all of which `known` is true; `both`: unknown ones too."""
        true = self._holds(condition.true, rows, known)
        hits = np.sort(_pick(rows, true))
        if not both:
            return Found(hits, NONE)
        rest = _pick(rows, ~true)
        return Found(hits, np.sort(rest[~self._holds(condition.false, rest)]))

    # Is a condition true on some rows?

    def _holds(self, step: Step, rows: RowSet, known: Ask | None = None) -> Mask:
        count = rows.stop - rows.start if isinstance(rows, slice) else len(rows)
        if step is known:
            return np.ones(count, np.bool_)
        if isinstance(rows, slice) and step in self._block:
            return self._block[step]
        if isinstance(step, Ask):
            mask = self.leaves.holds(step, rows)
            if mask.ndim == 0:
                mask = np.full(count, mask)
        elif step.every:
            mask = self._all([part for part in step.parts if part is not known], rows, count)
        else:
            mask = np.logical_or.reduce([self._holds(part, rows) for part in step.parts])
        if isinstance(rows, slice):
            self._block[step] = mask
        return mask

    def _all(self, parts: Sequence[Step], rows: RowSet, count: int) -> Mask:
        """Each part is asked only where the ones before it hold, once few rows are left."""
        constants = [self._constant(part) for part in parts]
        if False in constants:
            return np.zeros(count, np.bool_)
        mask: Mask | None = None
        left: Rows | None = None
        for part, constant in zip(parts, constants, strict=True):
            if constant:
                continue
            if mask is None:
                mask = self._holds(part, rows)
            elif left is None:
                mask = mask & self._holds(part, rows)
            else:
                left = left[self._holds(part, _at(rows, left))]
            if left is None and 4 * np.count_nonzero(mask) < count:
                left = np.flatnonzero(mask).astype(np.int32)
        if left is None:
            return np.ones(count, np.bool_) if mask is None else mask
        mask = np.zeros(count, np.bool_)
        mask[left] = True
        return mask

    def _constant(self, step: Step) -> bool | None:
        return self.leaves.constant(step) if isinstance(step, Ask) else None

    # Where may a condition hold?

    def _index(self, step: Step, *, both: bool) -> _Index | None:
        """The fewest rows outside which it is certainly not true (`both`: certainly false)."""
        if isinstance(step, Ask):
            return self._ask_index(step, both=both)
        found = [self._index(part, both=both) for part in step.parts]
        indices = [index for index in found if index is not None]
        if step.every:
            return min(indices, key=lambda index: index.count, default=None)
        return _union(indices) if len(indices) == len(found) else None

    def _ask_index(self, ask: Ask, *, both: bool) -> _Index | None:
        asked = ask.other if both else ask
        if self.leaves.constant(asked) is both:
            # Never true; or, when both are wanted, false on every row.
            return _NOWHERE
        lookup = self.leaves.lookup(asked)
        of_column = lookup.of_column() if lookup else None
        if of_column is None:
            return None
        column, table = of_column
        table = ~table if both else table
        return _Index(int(column.counts[table].sum()), {column: table}, ask)


def _union(indices: Sequence[_Index]) -> _Index:
    tables: dict[Coded, Mask] = {}
    for index in indices:
        for column, table in index.tables.items():
            tables[column] = tables[column] | table if column in tables else table
    return _Index(sum(int(column.counts[table].sum()) for column, table in tables.items()), tables)


def _pick(rows: RowSet, mask: Mask) -> Rows:
    return (
        _at(rows, np.flatnonzero(mask).astype(np.int32)) if isinstance(rows, slice) else rows[mask]
    )


def _at(rows: RowSet, places: Rows) -> Rows:
    if isinstance(rows, slice):
        return np.asarray(places + np.int32(rows.start))
    some: Rows = rows[places]
    return some
