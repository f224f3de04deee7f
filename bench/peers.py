"""The same profiles for other engines, in their "is true" form: one printer each.

Missing facts are guarded by hand in zen's expressions, since zen raises on a comparison with null;
Polars follows SQL by itself.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engine.risk.language import tree as t
from tidewaiter.engine.risk.language.normal import normal, question
from tidewaiter.engine.risk.language.patterns import prefix_of
from tidewaiter.engine.risk.language.values import days

if TYPE_CHECKING:
    from tidewaiter.engine.risk.lists import NamedLists

_COMPARE = {
    "=": pl.Expr.eq, "<>": pl.Expr.ne, "<": pl.Expr.lt,
    "<=": pl.Expr.le, ">": pl.Expr.gt, ">=": pl.Expr.ge,
}  # fmt: skip


class Zen:
    """Conditions as zen expressions."""

    def __init__(self, lists: NamedLists) -> None:
        self.lists = lists

    def expression(self, condition: t.Condition) -> str:
        return self._condition(normal(condition))

    def _condition(self, node: t.Condition) -> str:
        if isinstance(node, t.And | t.Or):
            word = " and " if isinstance(node, t.And) else " or "
            return "(" + word.join(self._condition(part) for part in node.parts) + ")"
        leaf = question(node)
        guards = [f"{name} != null" for name in sorted(t.columns(leaf))] + _divisors(leaf)
        return "(" + " and ".join([*guards, self._leaf(leaf)]) + ")"

    def _leaf(self, leaf: t.Question) -> str:
        match leaf:
            case t.Compare(operator, left, right):
                sign = {"=": "==", "<>": "!="}.get(operator, operator)
                return f"{_zen(left)} {sign} {_zen(right)}"
            case t.In(value, options, negated):
                return self._member(value, map(_zen, options), negated=negated)
            case t.InList(value, name, negated):
                return self._member(value, map(_text, sorted(self.lists[name])), negated=negated)
            case t.Like(value, pattern, False):
                return f"startsWith({_zen(value)}, {_text(prefix_of(pattern))})"
            case t.Truth(value, negated):
                return f"{_zen(value)} == {'false' if negated else 'true'}"
        raise TypeError(leaf)

    def _member(self, value: t.Value, members: object, *, negated: bool) -> str:
        return f"{_zen(value)} {'not in' if negated else 'in'} [{', '.join(members)}]"


def _divisors(leaf: t.Question) -> list[str]:
    return [
        f"{_zen(node.right)} != 0"
        for node in t.walk(leaf)
        if isinstance(node, t.Arithmetic) and node.operator == "/"
    ]


def _text(value: str) -> str:
    return f"'{value}'"


def _zen(node: t.Value) -> str:
    match node:
        case t.Text(value):
            return _text(value)
        case t.Number(value):
            return repr(value)
        case t.Day(value):
            return repr(days(value))
        case t.Name(name):
            return name
        case t.Arithmetic(operator, left, right):
            return f"({_zen(left)} {operator} {_zen(right)})"
    raise TypeError(node)


def zen_facts(frame: pl.DataFrame) -> list[dict[str, object]]:
    """Records as zen takes them: dates as day numbers."""
    return frame.with_columns(pl.col(pl.Date).to_physical().cast(pl.Float64)).to_dicts()


def polars_expression(node: t.Condition, lists: NamedLists) -> pl.Expr:
    """A condition as one boolean expression."""
    match node:
        case t.And(parts):
            return reduce(pl.Expr.and_, (polars_expression(part, lists) for part in parts))
        case t.Or(parts):
            return reduce(pl.Expr.or_, (polars_expression(part, lists) for part in parts))
        case t.Not(part):
            return polars_expression(part, lists).not_()
    return _polars_leaf(node, lists)


def _polars_leaf(leaf: t.Leaf, lists: NamedLists) -> pl.Expr:
    match leaf:
        case t.Compare(operator, left, right):
            return _COMPARE[operator](_polars(left), _polars(right))
        case t.Between(value, low, high, False):
            return _polars(value).is_between(_polars(low), _polars(high))
        case t.In(value, options, negated):
            found = _polars(value).is_in([option.value for option in options])
        case t.InList(value, name, negated):
            found = _polars(value).is_in(sorted(lists[name]))
        case t.Like(value, pattern, negated):
            found = _polars(value).str.starts_with(prefix_of(pattern))
        case t.Truth(value, negated):
            found = _polars(value)
        case _:
            raise TypeError(leaf)
    return found.not_() if negated else found


def _polars(node: t.Value) -> pl.Expr:
    match node:
        case t.Name(name):
            return pl.col(name)
        case t.Arithmetic("/", left, right):
            divisor = _polars(right)
            return pl.when(divisor != 0).then(_polars(left) / divisor)
        case t.Arithmetic("*", left, right):
            return _polars(left) * _polars(right)
        case t.Arithmetic("-", left, right):
            return _polars(left) - _polars(right)
    return pl.lit(node.value)
