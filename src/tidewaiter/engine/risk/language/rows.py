"""The row evaluator: conditions as closures that answer True, False or None (unknown).

Closures are made from the checked tree only; no text of an officer is ever executed.
"""

from __future__ import annotations

import operator as op
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from tidewaiter.engine.risk.language import patterns
from tidewaiter.engine.risk.language import tree as t
from tidewaiter.engine.risk.language.normal import normal, question
from tidewaiter.engine.risk.language.rowvalues import Layout, Row, RowValues
from tidewaiter.engine.risk.language.values import is_words

if TYPE_CHECKING:
    from tidewaiter.engine.risk.language.leaves import Lists

Judgement = bool | None
Judge = Callable[[Row], Judgement]

_TESTS: dict[t.Comparison, Callable[[Any, Any], bool]] = {
    "=": op.eq,
    "<>": op.ne,
    "<": op.lt,
    "<=": op.le,
    ">": op.gt,
    ">=": op.ge,
}


def compile_rows(condition: t.Condition, layout: Layout, lists: Lists) -> Judge:
    """A closure: facts as loaded by `layout` → is the condition true?"""
    return _Compiler(layout, lists).judge(normal(condition))


class _Compiler:
    def __init__(self, layout: Layout, lists: Lists) -> None:
        self.place = layout.place
        self.values = RowValues(layout)
        self.lists = lists

    def judge(self, node: t.Condition) -> Judge:
        if isinstance(node, t.And):
            # What most records are not comes first, so that the rest is seldom asked.
            return _all([self.judge(part) for part in sorted(node.parts, key=commonness)])
        if isinstance(node, t.Or):
            return _any([self.judge(part) for part in node.parts])
        return self._question(question(node))

    def _question(self, leaf: t.Question) -> Judge:
        match leaf:
            case t.Compare(operator, t.Name(name), t.Number() | t.Day() as right):
                return _limit(operator, self.place[name], self.values.number(right)(()))
            case t.Compare(operator, left, right):
                if is_words(left):
                    return _words(operator, self.values.word(left), self.values.word(right))
                return _numbers(operator, self.values.number(left), self.values.number(right))
            case t.IsNull(value, negated):
                return self._is_null(value, negated=negated)
            case t.In(value, options, negated) if not is_words(value):
                return self._number_among(value, options, negated=negated)
            case _:
                return _known(self.values.word(leaf.value), self._test(leaf), negated=leaf.negated)

    def _is_null(self, value: t.Value, *, negated: bool) -> Judge:
        if is_words(value):
            word = self.values.word(value)
            return lambda row: (word(row) is None) != negated
        number = self.values.number(value)
        return lambda row: ((v := number(row)) != v) != negated

    def _number_among(
        self, value: t.Value, options: tuple[t.Constant, ...], *, negated: bool
    ) -> Judge:
        number = self.values.number(value)
        among = frozenset(self.values.number(option)(()) for option in options)
        return lambda row: None if (v := number(row)) != v else (v in among) != negated

    def _test(self, leaf: t.In | t.InList | t.Like | t.Truth) -> Callable[[Any], bool]:
        match leaf:
            case t.In(_, options):
                return frozenset(self.values.word(option)(()) for option in options).__contains__
            case t.InList(t.Name(kind="hs"), name):
                return listed_code(self.lists[name])
            case t.InList(_, name):
                return self.lists[name].__contains__
            case t.Like(_, pattern):
                prefix = patterns.prefix_of(pattern)
                if prefix is not None:
                    return op.methodcaller("startswith", prefix)
                return patterns.matcher(pattern)
            case t.Truth():
                return bool


def commonness(node: t.Condition) -> float:  # noqa: PLR0911  one line a kind of node
    """How often a condition is guessed to hold; 1 for what cannot be looked up by a text."""
    match node:
        case t.Compare("=", t.Name(kind="text" | "code" | "hs"), t.Text()):
            return 0.01
        case t.In(t.Name(kind="text" | "code" | "hs"), options, False):
            return min(0.01 * len(options), 0.9)
        case t.InList(t.Name(), _, False):
            return 0.02
        case t.Like(t.Name(), pattern, False) if patterns.prefix_of(pattern):
            return float(0.1 ** (len(pattern) - 1))
        case t.Or(parts):
            return min(sum(commonness(part) for part in parts), 1.0)
        case t.And(parts):
            return min(commonness(part) for part in parts)
    return 1.0


def listed_code(entries: Collection[str]) -> Callable[[str], bool]:
    """Is a commodity code in a list whose entries stand for everything below them?"""
    lengths = sorted({len(entry) for entry in entries if len(entry) >= 2})
    return lambda code: any(code[:n] in entries for n in lengths if n <= len(code))


def _all(parts: list[Judge]) -> Judge:
    def judge(row: Row) -> Judgement:
        answer: Judgement = True
        for part in parts:
            found = part(row)
            if found is False:
                return False
            if found is None:
                answer = None
        return answer

    return judge


def _any(parts: list[Judge]) -> Judge:
    def judge(row: Row) -> Judgement:
        answer: Judgement = False
        for part in parts:
            found = part(row)
            if found:
                return True
            if found is None:
                answer = None
        return answer

    return judge


def _known(word: Callable[[Row], Any], test: Callable[[Any], bool], *, negated: bool) -> Judge:
    if negated:
        return lambda row: None if (v := word(row)) is None else not test(v)
    return lambda row: None if (v := word(row)) is None else test(v)


def _words(
    operator: t.Comparison, left: Callable[[Row], Any], right: Callable[[Row], Any]
) -> Judge:
    test = _TESTS[operator]

    def judge(row: Row) -> Judgement:
        a, b = left(row), right(row)
        return None if a is None or b is None else test(a, b)

    return judge


def _numbers(
    operator: t.Comparison, left: Callable[[Row], float], right: Callable[[Row], float]
) -> Judge:
    test = _TESTS[operator]

    def judge(row: Row) -> Judgement:
        a, b = left(row), right(row)
        # A number unlike itself is NaN: missing.
        return None if a != a or b != b else test(a, b)  # noqa: PLR0124

    return judge


def _limit(operator: t.Comparison, place: int, limit: float) -> Judge:
    """A fact against a fixed number, the most frequent question of all."""
    match operator:
        case "<":
            return lambda row: None if (v := row[place]) != v else v < limit
        case "<=":
            return lambda row: None if (v := row[place]) != v else v <= limit
        case ">":
            return lambda row: None if (v := row[place]) != v else v > limit
        case ">=":
            return lambda row: None if (v := row[place]) != v else v >= limit
        case "=":
            return lambda row: None if (v := row[place]) != v else v == limit
        case "<>":
            return lambda row: None if (v := row[place]) != v else v != limit
