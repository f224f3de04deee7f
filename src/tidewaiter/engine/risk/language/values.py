"""Values of a condition over a batch: numbers on some rows, texts and flags as `Words`.

Missing numbers are NaN, so that arithmetic and comparisons carry "unknown" by themselves.
Division by zero, and any operation without a result (infinity minus infinity), is unknown.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from tidewaiter.engine.risk.language import tree as t
from tidewaiter.engine.risk.language.batch import FLAGS, Batch, Floats, RowSet
from tidewaiter.engine.risk.language.words import Words

EPOCH = date(1970, 1, 1).toordinal()


def days(value: date) -> float:
    """Days since 1970-01-01."""
    return float(value.toordinal() - EPOCH)


def is_words(node: t.Value) -> bool:
    """Texts and flags are words; numbers, amounts and dates are measured."""
    match node:
        case t.Text() | t.Flag():
            return True
        case t.Name(kind=kind):
            return kind in {"text", "code", "hs", "flag"}
        case t.Call("UPPER" | "LOWER" | "STARTS_WITH" | "CONTAINS"):
            return True
        case t.Call("COALESCE", arguments):
            return is_words(arguments[0])
    return False


def word_of(constant: t.Value) -> str:
    """A fixed text, or a flag as the word it is coded by."""
    if isinstance(constant, t.Flag):
        return "true" if constant.value else "false"
    if isinstance(constant, t.Text):
        return constant.value
    raise TypeError(f"{constant} is not a fixed text")


class Values:
    """Reads values from one batch; words made on the way are kept for the next profile."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self._words: dict[t.Value, Words] = {}
        self._lengths: dict[t.Value, Floats] = {}
        self.block: dict[t.Value, Floats] | None = None  # computed on the block of rows at hand

    def words(self, node: t.Value) -> Words:
        known = self._words.get(node)
        if known is None:
            known = self._words[node] = self._make_words(node)
        return known

    def _make_words(self, node: t.Value) -> Words:
        match node:
            case t.Text(value):
                return Words(pl.Series([value], dtype=pl.String), np.zeros((), np.int32))
            case t.Flag(value):
                return Words(FLAGS, np.asarray(int(value), np.int32))
            case t.Name(name):
                column = self.batch.coded(name)
                return Words(column.values, column)
            case t.Call(function, arguments):
                return self._called(function, arguments)
        raise TypeError(f"{node} is not a text")

    def _called(self, function: str, arguments: tuple[t.Value, ...]) -> Words:
        first = self.words(arguments[0])
        if function == "COALESCE":
            for other in arguments[1:]:
                first = first.otherwise(self.words(other), self.batch.rows)
            return first
        if function in {"UPPER", "LOWER"}:
            return first.mapped(str.upper if function == "UPPER" else str.lower)
        ask = first.starting if function == "STARTS_WITH" else first.containing
        return first.answered(ask(word_of(arguments[1])))

    def numbers(self, node: t.Value, rows: RowSet) -> Floats:
        """The value on some rows; a constant has no dimension."""
        match node:
            case t.Number(value):
                return np.asarray(value)
            case t.Day(value):
                return np.asarray(days(value))
            case t.Name(name):
                return self.batch.measured(name).data[rows]
            case t.Negative(value):
                return -self.numbers(value, rows)
        block = self.block if isinstance(rows, slice) else None
        if block is None:
            return self._computed(node, rows)
        if node not in block:
            block[node] = self._computed(node, rows)
        return block[node]

    def _computed(self, node: t.Value, rows: RowSet) -> Floats:
        match node:
            case t.Arithmetic(operator, left, right):
                return _arithmetic(operator, self.numbers(left, rows), self.numbers(right, rows))
            case t.Call(function, arguments):
                return self._measured(function, arguments, rows)
        raise TypeError(f"{node} is not a number")

    def _measured(self, function: str, arguments: tuple[t.Value, ...], rows: RowSet) -> Floats:
        if function == "LENGTH":
            return self._length(arguments[0])[self.words(arguments[0]).at(rows)]
        first, *others = [self.numbers(argument, rows) for argument in arguments]
        match function:
            case "ABS":
                return np.abs(first)
            case "ROUND":
                return _rounded(first)
            case "MONTH":
                return _month(first)
            case "DAYS_BETWEEN":
                return others[0] - first
            case "COALESCE":
                for other in others:
                    first = np.where(np.isnan(first), other, first)
                return first
        raise TypeError(f"{function} does not give a number")

    def _length(self, node: t.Value) -> Floats:
        known = self._lengths.get(node)
        if known is None:
            known = self._lengths[node] = self.words(node).lengths()
        return known


def _arithmetic(operator: t.Operator, left: Floats, right: Floats) -> Floats:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return np.where(right == 0.0, np.nan, left / right)
        case "%":
            # The sign of the result is the sign of `left`; zero on the right gives NaN by itself.
            return np.fmod(left, right)


def _rounded(number: Floats) -> Floats:
    """Halves away from zero; the difference to the truncated number is exact."""
    whole = np.trunc(number)
    away = np.abs(number - whole) >= 0.5
    return np.where(away, whole + np.copysign(1.0, number), whole)


def _month(day: Floats) -> Floats:
    missing = np.isnan(day)
    dates = np.where(missing, 0.0, day).astype("datetime64[D]").astype("datetime64[M]")
    return np.where(missing, np.nan, dates.astype(np.int64) % 12 + 1.0)
