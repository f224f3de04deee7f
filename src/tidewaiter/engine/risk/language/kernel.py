"""The batch evaluator: an index on the leaves, then the residual on candidates only.

For each condition the leaf (or union of leaves) with the fewest rows, counted exactly, gives the
candidates; the rest is asked only there. Conditions without such a leaf are asked block by block,
so that a block stays in the processor's cache and what conditions share is computed once a block;
those that set limits to the same figure, only where it passes the loosest (`gates`).

Rows that could not be judged are found by asking the same of the negated condition: what is
neither true nor false is unknown. That is exact, and needed only where a fact the condition reads
is missing in this batch or arithmetic may have no result.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from tidewaiter.engine.risk.language.gates import gates
from tidewaiter.engine.risk.language.leaves import Leaves, Lists, compared
from tidewaiter.engine.risk.language.steps import Ask, Compiled, Group, Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tidewaiter.engine.risk.language.batch import Batch, Coded, Marked, Mask, Rows, RowSet
    from tidewaiter.engine.risk.language.gates import Gate

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

    `answers` is the step that holds on all these rows and on no others, if there is one.
    """

    count: int
    marked: dict[Coded, Marked]
    answers: Step | None = None

    def rows(self) -> list[RowSet]:
        """In parts that have no row in common."""
        found = [column.rows_where(marked) for column, marked in self.marked.items()]
        if len(found) == 1:
            return found[0]
        return [np.unique(np.concatenate([NONE, *map(_listed, chain(*found))]))]


_NOWHERE = _Index(0, {})


class Kernel:
    """Evaluates conditions over one batch; what it learns about the batch serves the next one."""

    def __init__(self, batch: Batch, lists: Lists) -> None:
        self.batch = batch
        self.leaves = Leaves(batch, lists)
        self._block: dict[Step, Mask] | None = None

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
                    known = None if both else index.answers
                    found[place] = _joined(
                        [self._judge(condition, rows, known, both=both) for rows in index.rows()]
                    )
            found |= self._behind_gates(conditions, dense)
            left = {place: both for place, both in dense.items() if place not in found}
            found |= self._sweep(conditions, left)
        there = self.batch.in_frame
        ordered = (found[place] for place in range(len(conditions)))
        return [Found(there(each.hits), there(each.unknown)) for each in ordered]

    def _may_be_unknown(self, condition: Compiled) -> bool:
        columns = (self.batch.columns[name] for name in condition.columns)
        return condition.computes or any(column.has_missing for column in columns)

    def _behind_gates(
        self, conditions: Sequence[Compiled], dense: dict[int, bool]
    ) -> dict[int, Found]:
        """Conditions without an index that set limits to a figure that few rows pass."""
        before = gates({place: conditions[place].true for place, both in dense.items() if not both})
        passing: dict[Gate, list[Rows]] = {gate: [NONE] for gate in chain(*before.values())}
        for block in self._blocks() if before else ():
            for gate, rows in passing.items():
                numbers = self.leaves.values.numbers(gate.value, block)
                rows.append(_pick(block, compared(gate.operator, numbers, np.asarray(gate.limit))))
        rows_of = {gate: np.concatenate(parts) for gate, parts in passing.items()}
        few = {place: min((rows_of[gate] for gate in of), key=len) for place, of in before.items()}
        return {
            place: self._judge(conditions[place], rows, None, both=False)
            for place, rows in few.items()
            if len(rows) <= DENSE * self.batch.rows
        }

    def _sweep(self, conditions: Sequence[Compiled], dense: dict[int, bool]) -> dict[int, Found]:
        """Block by block, every condition that has no index."""
        pieces: dict[int, list[Found]] = {place: [] for place in dense}
        for block in self._blocks() if dense else ():
            for place, both in dense.items():
                pieces[place].append(self._judge(conditions[place], block, None, both=both))
        return {place: _joined(parts) for place, parts in pieces.items()}

    def _blocks(self) -> Iterator[slice]:
        """All rows in turn; what conditions share is computed once in each block."""
        for start in range(0, self.batch.rows, BLOCK):
            self._block, self.leaves.values.block = {}, {}
            yield slice(start, min(start + BLOCK, self.batch.rows))
        self._block = self.leaves.values.block = None

    def _judge(self, condition: Compiled, rows: RowSet, known: Step | None, *, both: bool) -> Found:
        """Hits among some rows, on all of which `known` is true; `both`: unknown ones too."""
        true = self._holds(condition.true, rows, known)
        hits = _pick(rows, true)
        if not both:
            return Found(hits, NONE)
        rest = _pick(rows, ~true)
        return Found(hits, rest[~self._holds(condition.false, rest)])

    # Is a condition true on some rows?

    def _holds(self, step: Step, rows: RowSet, known: Step | None = None) -> Mask:
        count = rows.stop - rows.start if isinstance(rows, slice) else len(rows)
        if step is known:
            return np.ones(count, np.bool_)
        block = self._block if isinstance(rows, slice) else None
        if block is not None and step in block:
            return block[step]
        if isinstance(step, Ask):
            mask = self.leaves.holds(step, rows)
            if mask.ndim == 0:
                mask = np.full(count, mask)
        elif step.every:
            mask = self._all([part for part in step.parts if part is not known], rows, count)
        else:
            mask = np.logical_or.reduce([self._holds(part, rows) for part in step.parts])
        if block is not None:
            block[step] = mask
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
        return _union(step, indices) if len(indices) == len(found) else None

    def _ask_index(self, ask: Ask, *, both: bool) -> _Index | None:
        asked = ask.other if both else ask
        if self.leaves.constant(asked) is both:
            # Never true; or, when both are wanted, false on every row.
            return _NOWHERE
        lookup = self.leaves.lookup(asked)
        column = lookup.column if lookup else None
        if lookup is None or column is None:
            return None
        marked = ~lookup.codes if both else lookup.span or lookup.codes
        return _Index(column.count_where(marked), {column: marked}, ask)


def _union(step: Group, indices: Sequence[_Index]) -> _Index:
    marked: dict[Coded, Marked] = {}
    for index in indices:
        for column, more in index.marked.items():
            marked[column] = column.either(marked[column], more) if column in marked else more
    count = sum(column.count_where(codes) for column, codes in marked.items())
    exact = all(index.answers is part for index, part in zip(indices, step.parts, strict=True))
    return _Index(count, marked, step if exact else None)


def _joined(parts: Sequence[Found]) -> Found:
    if len(parts) == 1:
        return parts[0]
    return Found(
        np.concatenate([NONE, *(part.hits for part in parts)]),
        np.concatenate([NONE, *(part.unknown for part in parts)]),
    )


def _listed(rows: RowSet) -> Rows:
    return np.arange(rows.start, rows.stop, dtype=np.int32) if isinstance(rows, slice) else rows


def _pick(rows: RowSet, mask: Mask) -> Rows:
    return (
        _at(rows, np.flatnonzero(mask).astype(np.int32)) if isinstance(rows, slice) else rows[mask]
    )


def _at(rows: RowSet, places: Rows) -> Rows:
    if isinstance(rows, slice):
        return np.asarray(places + np.int32(rows.start))
    some: Rows = rows[places]
    return some
