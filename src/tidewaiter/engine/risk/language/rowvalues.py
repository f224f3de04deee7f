"""Values of one record, as closures over a list of its facts.

The list holds a text or None, a bool or None, and for numbers and dates a double with NaN for
missing: the same meaning as the batch evaluator, one record at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from tidewaiter.engine.risk.language import tree as t
from tidewaiter.engine.risk.language.values import EPOCH, days, word_of

if TYPE_CHECKING:
    from tidewaiter.engine.risk.language.schema import Schema

Row = Sequence[Any]
# A text, a yes-no value, or None.
Word = Any
NAN = math.nan


class Layout:
    """Which place of the list each fact has."""

    def __init__(self, names: frozenset[str], schema: Schema) -> None:
        kinds = {name: schema[name].kind for name in sorted(names)}
        self._words = [n for n, k in kinds.items() if k in {"text", "code", "hs", "flag"}]
        self._numbers = [n for n, k in kinds.items() if k in {"number", "money"}]
        self._dates = [n for n, k in kinds.items() if k == "date"]
        ordered = [*self._words, *self._numbers, *self._dates]
        self.place = {name: index for index, name in enumerate(ordered)}

    def load(self, facts: Mapping[str, Any]) -> Row:
        """Facts by name → the list. A fact that is not there is missing."""
        get = facts.get
        row: list[Any] = [get(name) for name in self._words]
        row += [NAN if (v := get(name)) is None else float(v) for name in self._numbers]
        row += [NAN if (v := get(n)) is None else float(v.toordinal() - EPOCH) for n in self._dates]
        return row


class RowValues:
    """Compiles values to closures."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def word(self, node: t.Value) -> Callable[[Row], Word]:
        match node:
            case t.Text(value) | t.Flag(value):
                return lambda _row: value
            case t.Name(name):
                return itemgetter(self.layout.place[name])
            case t.Call("COALESCE", arguments):
                return _first_known([self.word(argument) for argument in arguments])
            case t.Call(function, arguments):
                return self._text_call(function, arguments)
        raise TypeError(f"{node} is not a text")

    def _text_call(self, function: str, arguments: tuple[t.Value, ...]) -> Callable[[Row], Word]:
        inner = self.word(arguments[0])
        if function in {"UPPER", "LOWER"}:
            change = str.upper if function == "UPPER" else str.lower
            return lambda row: None if (v := inner(row)) is None else change(v)
        needle = word_of(arguments[1])
        if function == "STARTS_WITH":
            return lambda row: None if (v := inner(row)) is None else v.startswith(needle)
        return lambda row: None if (v := inner(row)) is None else needle in v

    def number(self, node: t.Value) -> Callable[[Row], float]:
        match node:
            case t.Number(fixed):
                return lambda _row: fixed
            case t.Day(day):
                fixed = days(day)
                return lambda _row: fixed
            case t.Name(name):
                return itemgetter(self.layout.place[name])
            case t.Negative(value):
                inner = self.number(value)
                return lambda row: -inner(row)
            case t.Arithmetic(operator, left, right):
                return _arithmetic(operator, self.number(left), self.number(right))
            case t.Call(function, arguments):
                return self._number_call(function, arguments)
        raise TypeError(f"{node} is not a number")

    def _number_call(self, function: str, arguments: tuple[t.Value, ...]) -> Callable[[Row], float]:
        if function == "LENGTH":
            word = self.word(arguments[0])
            return lambda row: NAN if (v := word(row)) is None else float(len(v))
        parts = [self.number(argument) for argument in arguments]
        first = parts[0]
        match function:
            case "ABS":
                return lambda row: abs(first(row))
            case "ROUND":
                return lambda row: rounded(first(row))
            case "MONTH":
                return lambda row: month(first(row))
            case "DAYS_BETWEEN":
                second = parts[1]
                return lambda row: second(row) - first(row)
            case "COALESCE":
                return _first_number(parts)
        raise TypeError(f"{function} does not give a number")


def _first_known(parts: Sequence[Callable[[Row], Word]]) -> Callable[[Row], Word]:
    def first(row: Row) -> Word:
        for part in parts:
            value = part(row)
            if value is not None:
                return value
        return None

    return first


def _first_number(parts: Sequence[Callable[[Row], float]]) -> Callable[[Row], float]:
    def first(row: Row) -> float:
        for part in parts:
            value = part(row)
            if value == value:  # noqa: PLR0124  NaN, which is missing, is unlike itself
                return value
        return NAN

    return first


def _arithmetic(
    operator: t.Operator, left: Callable[[Row], float], right: Callable[[Row], float]
) -> Callable[[Row], float]:
    match operator:
        case "+":
            return lambda row: left(row) + right(row)
        case "-":
            return lambda row: left(row) - right(row)
        case "*":
            return lambda row: left(row) * right(row)
        case "/":
            return lambda row: left(row) / b if (b := right(row)) != 0.0 else NAN
        case "%":
            return lambda row: remainder(left(row), right(row))


def remainder(left: float, right: float) -> float:
    """With the sign of `left`; NaN where there is none."""
    return NAN if right == 0.0 or math.isinf(left) else math.fmod(left, right)


def rounded(number: float) -> float:
    """Halves away from zero."""
    part, whole = math.modf(number)
    return whole + math.copysign(1.0, number) if abs(part) >= 0.5 else whole


def month(day: float) -> float:
    return NAN if math.isnan(day) else float(date.fromordinal(int(day) + EPOCH).month)
