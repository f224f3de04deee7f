"""The batch evaluator: an index on the leaves, then the residual on candidates only.

For each condition the leaf (or union of leaves) with the fewest rows, counted exactly, gives the
candidates; the rest is asked only there. Conditions without such a leaf are asked block by block,
so that a block stays in the processor's cache and what conditions share is computed once a block.

Rows that could not be judged are found by asking the same of the negated condition: what is
neither true nor false is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tidewaiter.engine.risk.language import tree as t
from tidewaiter.engine.risk.language.leaves import Leaves, Lists
from tidewaiter.engine.risk.language.normal import normal, opposite, question

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidewaiter.engine.risk.language.batch import Batch, Coded, Mask, Rows
    from tidewaiter.engine.risk.language.words import RowSet

BLOCK = 32_768
# Above this share of all rows, walking through blocks beats gathering candidates.
DENSE = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A condition ready for batches: when it is true, and when it is false."""

    true: t.Condition
    false: t.Condition
    columns: frozenset[str]
    computes: bool

    @classmethod
    def of(cls, condition: t.Condition) -> Compiled:
        computes = any(isinstance(node, t.Arithmetic) for node in t.walk(condition))
        return cls(
            normal(condition), normal(condition, negate=True), t.columns(condition), computes
        )


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Rows (ascending) where a condition is true, and where it is unknown."""

    hits: Rows
    unknown: Rows


@dataclass(frozen=True, slots=True, eq=False)
class _Index:
    """Rows of one batch in which a condition may hold: a union of marked codes."""

    count: int
    parts: tuple[tuple[Coded, Mask], ...]

    def rows(self) -> Rows:
        found = [column.rows_where(table) for column, table in self.parts]
        return found[0] if len(found) == 1 else np.unique(np.concatenate(found or [_NONE]))


_NONE = np.empty(0, np.int32)
_NOWHERE = _Index(0, ())


class Kernel:
    """Evaluates conditions over one batch; what it learns about the batch serves the next one."""

    def __init__(self, batch: Batch, lists: Lists) -> None:
        self.batch = batch
        self.leaves = Leaves(batch, lists)
        self._block: dict[t.Condition, Mask] | None = None

    def evaluate(self, conditions: Sequence[Compiled], *, unknown: bool) -> list[Found]:
        """One answer a condition, in order. Without `unknown`, only hits are looked for."""
        found: list[Found | None] = []
        dense: list[tuple[int, bool]] = []
        with np.errstate(all="ignore"):
            for place, condition in enumerate(conditions):
                both = unknown and self._may_be_unknown(condition)
                index = self._index(condition, both=both)
                if index is None or index.count > DENSE * self.batch.rows:
                    dense.append((place, both))
                    found.append(None)
                else:
                    found.append(self._judge(condition, np.sort(index.rows()), both=both))
            self._sweep(conditions, dense, found)
        return [answer for answer in found if answer is not None]

    def _may_be_unknown(self, condition: Compiled) -> bool:
        columns = (self.batch.columns[name] for name in condition.columns)
        return condition.computes or any(column.has_missing for column in columns)

    def _sweep(
        self,
        conditions: Sequence[Compiled],
        dense: Sequence[tuple[int, bool]],
        found: list[Found | None],
    ) -> None:
        """Block by block, every condition that has no index."""
        pieces: dict[int, list[Found]] = {place: [] for place, _ in dense}
        for start in range(0, self.batch.rows, BLOCK) if dense else ():
            self._block = {}
            rows = slice(start, min(start + BLOCK, self.batch.rows))
            for place, both in dense:
                pieces[place].append(self._judge(conditions[place], rows, both=both))
        self._block = None
        for place, parts in pieces.items():
            hits = np.concatenate([_NONE, *(part.hits for part in parts)])
            unknown = np.concatenate([_NONE, *(part.unknown for part in parts)])
            found[place] = Found(hits, unknown)

    def _judge(self, condition: Compiled, rows: RowSet, *, both: bool) -> Found:
        true = self._holds(condition.true, rows)
        hits = _pick(rows, true)
        if not both:
            return Found(hits, _NONE)
        rest = _pick(rows, ~true)
        return Found(hits, rest[~self._holds(condition.false, rest)])

    # Is a condition true on some rows?

    def _holds(self, node: t.Condition, rows: RowSet) -> Mask:
        cache = self._block if isinstance(rows, slice) else None
        if cache is not None and node in cache:
            return cache[node]
        if isinstance(node, t.And):
            mask = self._all(node.parts, rows)
        elif isinstance(node, t.Or):
            mask = np.logical_or.reduce([self._holds(part, rows) for part in node.parts])
        else:
            mask = np.broadcast_to(self.leaves.holds(question(node), rows), _count(rows))
        if cache is not None:
            cache[node] = mask
        return mask

    def _all(self, parts: Sequence[t.Condition], rows: RowSet) -> Mask:
        """Each part is asked only where the ones before it hold, once few rows are left."""
        needed = [p for p in sorted(parts, key=_cost) if self._constant(p) is not True]
        if any(self._constant(p) is False for p in needed):
            return np.zeros(_count(rows), np.bool_)
        mask = np.ones(_count(rows), np.bool_)
        for place, part in enumerate(needed):
            mask = mask & self._holds(part, rows)
            left = np.flatnonzero(mask)
            if 4 * len(left) < len(mask) and place + 1 < len(needed):
                some = _pick(rows, mask)
                for rest in needed[place + 1 :]:
                    keep = self._holds(rest, some)
                    left, some = left[keep], some[keep]
                mask = np.zeros(len(mask), np.bool_)
                mask[left] = True
                break
        return mask

    def _constant(self, node: t.Condition) -> bool | None:
        return None if isinstance(node, t.And | t.Or) else self.leaves.constant(question(node))

    # Where may a condition hold?

    def _index(self, condition: Compiled, *, both: bool) -> _Index | None:
        """The fewest rows outside which it is certainly not true (`both`: certainly false)."""
        return self._index_of(condition.true, both=both)

    def _index_of(self, node: t.Condition, *, both: bool) -> _Index | None:
        if isinstance(node, t.And):
            found = [self._index_of(part, both=both) for part in node.parts]
            return min((i for i in found if i is not None), key=lambda i: i.count, default=None)
        if isinstance(node, t.Or):
            found = [self._index_of(part, both=both) for part in node.parts]
            if any(index is None for index in found):
                return None
            indices = [index for index in found if index is not None]
            parts = tuple(part for index in indices for part in index.parts)
            return _Index(sum(index.count for index in indices), parts)
        return self._leaf_index(question(node), both=both)

    def _leaf_index(self, leaf: t.Question, *, both: bool) -> _Index | None:
        asked = opposite(leaf) if both else leaf
        if self.leaves.constant(asked) is both:
            # Never true; or, when both are wanted, false on every row.
            return _NOWHERE
        lookup = self.leaves.lookup(asked)
        of_column = lookup.of_column() if lookup else None
        if of_column is None:
            return None
        column, table = of_column
        table = ~table if both else table
        return _Index(int(column.counts[table].sum()), ((column, table),))


def _count(rows: RowSet) -> int:
    return rows.stop - rows.start if isinstance(rows, slice) else len(rows)


def _pick(rows: RowSet, mask: Mask) -> Rows:
    if isinstance(rows, slice):
        return np.asarray(np.flatnonzero(mask) + rows.start, np.int32)
    picked: Rows = rows[mask]
    return picked


def _cost(node: t.Condition) -> int:
    """Cheap questions first: how many nodes they have, and twice that for a choice."""
    size = sum(1 for _ in t.walk(node))
    return 2 * size if isinstance(node, t.Or) else size
