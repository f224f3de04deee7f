"""The tree of a condition. Nodes are plain frozen data; equality ignores places in the text.

Values have a kind (text, code, hs, number, money, date, flag); conditions are true, false or
unknown. `Truth` lifts a flag or a yes-no function to a condition.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

Span = tuple[int, int]
Comparison = Literal["=", "<>", "<", "<=", ">", ">="]
Operator = Literal["+", "-", "*", "/", "%"]


@dataclass(frozen=True, slots=True)
class Text:
    value: str
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Number:
    value: float
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Day:
    value: date
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Flag:
    value: bool
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A column. Kind and currency are empty until the tree is checked against a schema."""

    name: str
    kind: str = ""
    currency: str = ""
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Negative:
    value: Value
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    operator: Operator
    left: Value
    right: Value
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Value, ...]
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Compare:
    operator: Comparison
    left: Value
    right: Value
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Between:
    value: Value
    low: Value
    high: Value
    negated: bool = False
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class In:
    value: Value
    options: tuple[Constant, ...]
    negated: bool = False
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class InList:
    value: Value
    name: str
    negated: bool = False
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Like:
    value: Value
    pattern: str
    negated: bool = False
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class IsNull:
    value: Value
    negated: bool = False
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Truth:
    value: Value
    negated: bool = False
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Condition, ...]
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Condition, ...]
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition
    span: Span = field(default=(0, 0), compare=False, repr=False)


Constant = Text | Number | Day | Flag
Value = Constant | Name | Negative | Arithmetic | Call
Question = Compare | In | InList | Like | IsNull | Truth
Leaf = Question | Between
Condition = Leaf | And | Or | Not
Node = Value | Condition


def children(node: Node) -> tuple[Node, ...]:  # noqa: PLR0911  one line a kind of node
    """The nodes directly inside one."""
    match node:
        case And(parts) | Or(parts):
            return parts
        case Not(inner) | Negative(inner):
            return (inner,)
        case Arithmetic(_, left, right) | Compare(_, left, right):
            return (left, right)
        case Call(_, arguments):
            return arguments
        case Between(value, low, high):
            return (value, low, high)
        case In(value, options):
            return (value, *options)
        case InList(value) | Like(value) | IsNull(value) | Truth(value):
            return (value,)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """A node and everything inside it, outermost first."""
    yield node
    for inner in children(node):
        yield from walk(inner)


def columns(node: Node) -> frozenset[str]:
    return frozenset(n.name for n in walk(node) if isinstance(n, Name))


def lists(node: Node) -> frozenset[str]:
    return frozenset(n.name for n in walk(node) if isinstance(n, InList))
