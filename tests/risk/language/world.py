"""A small schema, trees and rows full of edges, drawn from one source of choices.

`Choices` is fed by a seeded generator (many cases fast) or by Hypothesis (shrinking).
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from tidewaiter.engine.risk.language import tree as t
from tidewaiter.engine.risk.language.schema import Column, Schema

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SCHEMA = Schema(
    [
        Column("hs", "hs", "Commodity code"),
        Column("origin", "code", "Country of origin"),
        Column("dispatch_country", "code", "Country of dispatch"),
        Column("importer", "code", "Importer"),
        Column("description", "text", "Description of goods"),
        Column("invoice_value", "money", "Invoice value", currency="invoice_currency"),
        Column("customs_value", "money", "Customs value", currency="currency"),
        Column("peer_value", "money", "Usual value", currency="currency"),
        Column("net_mass", "number", "Net mass", unit="kg"),
        Column("packages", "number", "Packages"),
        Column("declaration_date", "date", "Acceptance date"),
        Column("release_date", "date", "Release date"),
        Column("known_importer", "flag", "Importer seen before"),
        Column("urgent", "flag", "Urgent"),
        Column("office", "code", "Customs office"),
        Column("procedure", "code", "Procedure"),
    ]
)
LISTS = {
    "countries": frozenset({"CN", "VN", "ÉÉ", "日本"}),
    "codes": frozenset({"85", "8517", "851712", "010121", "9", ""}),
    "empty": frozenset[str](),
}
HS = ["8517", "851712", "8517120010", "85", "01", "0101210000", "950300", "9503009990"]
WORDS = [
    "",
    "CN",
    "VN",
    "cn",
    "DE",
    "é",
    "É",
    "ÉÉ",
    "日本",
    "100%",
    "a_b",
    "ab",
    "it's",
    "\n",
    "🚢",
    "z" * 30,
    "cotton shirt",
    "Cotton SHIRT",
    "a%b",
    "\U0010ffff",
]
NUMBERS = [
    0.0,
    1.0,
    -1.0,
    0.5,
    2.5,
    -2.5,
    0.49999999999999994,
    3.0,
    7.0,
    100.0,
    1e-300,
    1e300,
    -1e300,
    float(2**53),
    12.34,
    0.1,
    0.2,
    0.3,
]
EXTREMES = [math.nan, math.inf, -math.inf]
DAYS = [
    date(1970, 1, 1),
    date(1969, 12, 31),
    date(2026, 1, 31),
    date(2024, 2, 29),
    date(1900, 3, 1),
    date(2999, 12, 31),
    date(2026, 2, 1),
]
PATTERNS = [
    "8517%",
    "%",
    "_",
    "__",
    "%1%",
    "a_b",
    "a%b",
    "%é",
    "É%",
    "%it's%",
    "C%_%T",
    "100%",
    "",
    "%本",
    "_b",
    "%\n%",
]

T = TypeVar("T")


class Choices:
    """Where every decision comes from: `integer(n)` gives 0 to n - 1."""

    def __init__(self, integer: Callable[[int], int]) -> None:
        self.integer = integer

    def of(self, options: Sequence[T]) -> T:
        return options[self.integer(len(options))]

    def chance(self, one_in: int) -> bool:
        return self.integer(one_in) == 0


def names(*kinds: str) -> list[t.Name]:
    return [t.Name(c.name, c.kind, c.currency) for c in SCHEMA.values() if c.kind in kinds]


TEXTS, HS_NAMES = names("text", "code"), names("hs")
AMOUNTS, DATES, FLAGS = names("number", "money"), names("date"), names("flag")


def text(c: Choices, depth: int) -> t.Value:
    match c.integer(8) if depth > 0 else c.integer(5):
        case 0:
            return t.Text(c.of(WORDS))
        case 5:
            return t.Call(c.of(["UPPER", "LOWER"]), (text(c, depth - 1),))
        case 6:
            return t.Call("COALESCE", tuple(text(c, depth - 1) for _ in range(2 + c.integer(2))))
        case _:
            return c.of(TEXTS)


def number(c: Choices, depth: int) -> t.Value:  # noqa: PLR0911  one line a kind of value
    match c.integer(14) if depth > 0 else c.integer(5):
        case 0 | 1:
            return t.Number(c.of(NUMBERS))
        case 5 | 6 | 7 | 8:
            return t.Arithmetic(c.of("+-*/%"), number(c, depth - 1), number(c, depth - 1))
        case 9:
            return t.Negative(c.of(AMOUNTS))
        case 10:
            return t.Call(c.of(["ABS", "ROUND"]), (number(c, depth - 1),))
        case 11:
            return t.Call("LENGTH", (text(c, depth - 1),))
        case 12:
            return t.Call("MONTH", (day(c, 0),))
        case 13:
            if c.chance(2):
                return t.Call("DAYS_BETWEEN", (day(c, 0), day(c, 0)))
            return t.Call("COALESCE", (number(c, depth - 1), number(c, depth - 1)))
        case _:
            return c.of(AMOUNTS)


def day(c: Choices, depth: int) -> t.Value:
    if depth > 0 and c.chance(4):
        return t.Call("COALESCE", (day(c, 0), day(c, 0)))
    return t.Day(c.of(DAYS)) if c.chance(3) else c.of(DATES)


def flag(c: Choices, depth: int) -> t.Value:
    match c.integer(6):
        case 0:
            return t.Flag(c.chance(2))
        case 1:
            return t.Call("COALESCE", (c.of(FLAGS), t.Flag(c.chance(2))))
        case 2:
            return t.Call(c.of(["STARTS_WITH", "CONTAINS"]), (text(c, depth), t.Text(c.of(WORDS))))
        case _:
            return c.of(FLAGS)


def leaf(c: Choices) -> t.Condition:  # noqa: C901, PLR0911  one line a kind of leaf
    negated = c.chance(3)
    order = ["=", "<>", "<", "<=", ">", ">="]
    match c.integer(13):
        case 0:
            return t.Compare(c.of(["=", "<>"]), flag(c, 1), flag(c, 1))
        case 1:
            return t.Truth(flag(c, 1))
        case 2:
            return t.Compare(c.of(order), text(c, 2), text(c, 2))
        case 3:
            return t.Like(c.of(HS_NAMES + TEXTS + [text(c, 2)]), c.of(PATTERNS), negated)
        case 4:
            value = c.of(HS_NAMES + TEXTS + [text(c, 2)])
            return t.InList(value, c.of(sorted(LISTS)), negated)
        case 5:
            options = tuple(t.Text(c.of(WORDS + HS)) for _ in range(1 + c.integer(4)))
            return t.In(c.of([*TEXTS, *HS_NAMES, text(c, 1)]), options, negated)
        case 6:
            options = tuple(t.Number(c.of(NUMBERS)) for _ in range(1 + c.integer(4)))
            return t.In(number(c, 1), options, negated)
        case 7:
            return t.IsNull(c.of([text(c, 1), number(c, 1), day(c, 1), flag(c, 1)]), negated)
        case 8:
            make = c.of([text, number, day])
            return t.Between(make(c, 1), make(c, 1), make(c, 1), negated)
        case 9:
            return t.Compare(c.of(order), day(c, 1), day(c, 1))
        case 10:
            return t.Compare(c.of(order), c.of(HS_NAMES), t.Text(c.of(HS)))
        case _:
            return t.Compare(c.of(order), number(c, 3), number(c, 3))


def condition(c: Choices, depth: int = 3) -> t.Condition:
    if depth == 0 or c.chance(3):
        return leaf(c)
    match c.integer(5):
        case 0:
            return t.Not(condition(c, depth - 1))
        case 1 | 2:
            return t.Or(tuple(condition(c, depth - 1) for _ in range(2 + c.integer(2))))
        case _:
            return t.And(tuple(condition(c, depth - 1) for _ in range(2 + c.integer(2))))


def row(c: Choices) -> dict[str, Any]:
    """A record; about a quarter of the facts are missing."""
    facts: dict[str, Any] = {}
    for column in SCHEMA.values():
        if c.chance(4):
            facts[column.name] = None
            continue
        match column.kind:
            case "hs":
                facts[column.name] = c.of(HS)
            case "text" | "code":
                facts[column.name] = c.of(WORDS)
            case "number" | "money":
                facts[column.name] = c.of(EXTREMES) if c.chance(12) else c.of(NUMBERS)
            case "date":
                facts[column.name] = c.of(DAYS) + timedelta(days=c.integer(3))
            case "flag":
                facts[column.name] = c.chance(2)
    return facts
