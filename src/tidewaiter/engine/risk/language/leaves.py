"""Leaves over a batch, in their "is true" form: missing is never true, in either polarity.

A leaf about one text is a `Lookup`: a table over the distinct values. When that text comes from
one column, the table is also the index: the rows are in the posting list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tidewaiter.engine.risk.language import tree as t
from tidewaiter.engine.risk.language.batch import Coded
from tidewaiter.engine.risk.language.normal import OPPOSITE
from tidewaiter.engine.risk.language.patterns import prefix_of
from tidewaiter.engine.risk.language.values import Values, days, is_words, word_of
from tidewaiter.engine.risk.language.words import Words, ranks, union

if TYPE_CHECKING:
    import polars as pl

    from tidewaiter.engine.risk.language.batch import (
        Batch,
        Codes,
        Floats,
        Marked,
        Mask,
        RowSet,
    )
    from tidewaiter.engine.risk.language.steps import Ask

Lists = Mapping[str, frozenset[str]]

_FLIPPED: dict[t.Comparison, t.Comparison] = {
    "=": "=",
    "<>": "<>",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
}


@dataclass(frozen=True, eq=False)
class Lookup:
    """`marked`: the codes of `words` that are meant, a table (the missing one last) or a span."""

    words: Words
    marked: Marked

    def at(self, rows: RowSet) -> Mask:
        return self.table[self.words.at(rows)]

    @cached_property
    def table(self) -> Mask:
        if not isinstance(self.marked, tuple):
            return self.marked
        table = np.zeros(self.words.missing + 1, np.bool_)
        table[slice(*self.marked)] = True
        return table

    # The same over the codes of the column, when the text comes from one:

    @property
    def column(self) -> Coded | None:
        return self.words.source if isinstance(self.words.source, Coded) else None

    @property
    def span(self) -> tuple[int, int] | None:
        own = self.words.remap is None
        return self.marked if own and isinstance(self.marked, tuple) else None

    @property
    def codes(self) -> Mask:
        return self.table if self.words.remap is None else self.table[self.words.remap]


class Leaves:
    """Answers questions on rows of one batch; tables are made once a question."""

    def __init__(self, batch: Batch, lists: Lists) -> None:
        self.lists = lists
        self.values = Values(batch)
        self._lookups: dict[Ask, Lookup | None] = {}
        self._constants: dict[Ask, bool | None] = {}
        self._ranks: dict[tuple[t.Value, t.Value], tuple[Codes, Codes]] = {}

    def lookup(self, ask: Ask) -> Lookup | None:
        """The table of a question about one text; None for every other question."""
        if ask not in self._lookups:
            self._lookups[ask] = self._make_lookup(ask.leaf)
        return self._lookups[ask]

    def constant(self, ask: Ask) -> bool | None:
        """True or False when the column's range already answers for every row."""
        if ask not in self._constants:
            self._constants[ask] = self._find_constant(ask.leaf)
        return self._constants[ask]

    def holds(self, ask: Ask, rows: RowSet) -> Mask:
        """Is it true, on some rows? A question about nothing but constants has one answer."""
        lookup = self.lookup(ask)
        if lookup is not None:
            return lookup.at(rows)
        match ask.leaf:
            case t.Compare(operator, left, right) if is_words(left):
                return self._words_compared(operator, left, right, rows)
            case t.Compare(operator, left, right):
                numbers = self.values.numbers
                return compared(operator, numbers(left, rows), numbers(right, rows))
            case t.In(value, options, negated):
                return self._among(value, options, rows, negated=negated)
            case t.IsNull(value, negated):
                missing: Mask = np.isnan(self.values.numbers(value, rows))
                return ~missing if negated else missing
        raise TypeError(f"{ask.leaf} cannot be asked")

    def _find_constant(self, leaf: t.Question) -> bool | None:
        match leaf:
            case t.Compare(operator, t.Name(name) as column, t.Number() | t.Day() as limit):
                if is_words(column):
                    return None
                measured = self.values.batch.measured(name)
                low, high = measured.range
                value = limit.value if isinstance(limit, t.Number) else days(limit.value)
                if not _possible(operator, low, high, value):
                    return False
                never = not _possible(OPPOSITE[operator], low, high, value)
                return True if never and not measured.has_missing else None
        return None

    def _among(
        self, value: t.Value, options: tuple[t.Constant, ...], rows: RowSet, *, negated: bool
    ) -> Mask:
        numbers = self.values.numbers(value, rows)
        among = np.isin(numbers, [float(self.values.numbers(o, rows)) for o in options])
        return ~among & ~np.isnan(numbers) if negated else among

    def _words_compared(
        self, operator: t.Comparison, left: t.Value, right: t.Value, rows: RowSet
    ) -> Mask:
        first, second = self.values.words(left), self.values.words(right)
        known = self._ranks.get((left, right))
        if known is None:
            values = union(first.values, second.values)
            known = self._ranks[left, right] = _ranked(first, values), _ranked(second, values)
        a, b = known[0][first.at(rows)], known[1][second.at(rows)]
        return compared(operator, a, b) & (a >= 0) & (b >= 0)

    def _make_lookup(self, leaf: t.Question) -> Lookup | None:
        if isinstance(leaf, t.Compare):
            return self._compare_lookup(leaf)
        if not is_words(leaf.value):
            return None
        words = self.values.words(leaf.value)
        if isinstance(leaf, t.IsNull):
            table = words.table(np.zeros(words.missing, np.bool_), missing=True)
            return Lookup(words, ~table if leaf.negated else table)
        prefix = prefix_of(leaf.pattern) if isinstance(leaf, t.Like) else None
        if prefix is not None and not leaf.negated:
            return Lookup(words, words.beginning(prefix))
        marked = self._marked(leaf, words)
        return Lookup(words, words.table(~marked if leaf.negated else marked))

    def _marked(self, leaf: t.In | t.InList | t.Like | t.Truth, words: Words) -> Mask:
        match leaf:
            case t.In(_, options):
                return words.among([word_of(option) for option in options])
            case t.InList(t.Name(kind="hs"), name):
                # A list of commodity codes may hold chapters and headings: an entry stands for
                # everything below it.
                return words.starting(*(e for e in self.lists[name] if len(e) >= 2))
            case t.InList(_, name):
                return words.among(self.lists[name])
            case t.Like(_, pattern):
                return words.like(pattern)
            case t.Truth():
                return words.compared("=", "true")
        raise TypeError(f"{leaf} has no table")

    def _compare_lookup(self, leaf: t.Compare) -> Lookup | None:
        if not is_words(leaf.left):
            return None
        fixed = (t.Text, t.Flag)
        if isinstance(leaf.right, fixed):
            value, operator, constant = leaf.left, leaf.operator, leaf.right
        elif isinstance(leaf.left, fixed):
            value, operator, constant = leaf.right, _FLIPPED[leaf.operator], leaf.left
        else:
            return None
        words, text = self.values.words(value), word_of(constant)
        if operator == "=":
            return Lookup(words, words.equal(text))
        return Lookup(words, words.table(words.compared(operator, text)))


def _ranked(words: Words, values: pl.Series) -> Codes:
    return np.append(ranks(words.values, values), -1).astype(np.int32)


def compared(operator: t.Comparison, left: Floats | Codes, right: Floats | Codes) -> Mask:
    """NaN is never equal, unequal, less or greater."""
    match operator:
        case "=":
            return np.equal(left, right)
        case "<>":
            return np.less(left, right) | np.greater(left, right)
        case "<":
            return np.less(left, right)
        case "<=":
            return np.less_equal(left, right)
        case ">":
            return np.greater(left, right)
        case ">=":
            return np.greater_equal(left, right)


def _possible(operator: t.Comparison, low: float, high: float, value: float) -> bool:
    """Can any number between low and high be so related to value?"""
    match operator:
        case "=":
            return low <= value <= high
        case "<>":
            return low < value or high > value
        case "<":
            return low < value
        case "<=":
            return low <= value
        case ">":
            return high > value
        case ">=":
            return high >= value
