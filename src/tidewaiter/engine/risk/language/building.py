"""From the parser's reductions to nodes, bottom up, so that no depth of brackets can recurse."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from lark import Token, Transformer

from tidewaiter.engine.risk.language import tree as t

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Built:
    """A node with the place it was written at, brackets included, and its depth."""

    node: Any
    start: int
    end: int
    depth: int


Part = Built | Token
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")


def unquote(token: str) -> str:
    return token[1:-1].replace("''", "'")


def _start(part: Part) -> int:
    return part.start if isinstance(part, Built) else int(part.start_pos or 0)


def _end(part: Part) -> int:
    return part.end if isinstance(part, Built) else int(part.end_pos or 0)


def _nodes(parts: Sequence[Part]) -> list[Built]:
    return [part for part in parts if isinstance(part, Built)]


def _negated(parts: Sequence[Part]) -> bool:
    return any(isinstance(part, Token) and part.type == "NOT" for part in parts)


class Builder(Transformer[Token, Built]):
    """One method a rule. Holds no state: one instance serves all threads."""

    def _made(self, parts: Sequence[Part], kind: Any, *arguments: Any) -> Built:
        start, end = _start(parts[0]), _end(parts[-1])
        depth = 1 + max((built.depth for built in _nodes(parts)), default=0)
        return Built(kind(*arguments, span=(start, end)), start, end, depth)

    def any_of(self, parts: list[Part]) -> Built:
        return self._made(parts, t.Or, tuple(b.node for b in _nodes(parts)))

    def all_of(self, parts: list[Part]) -> Built:
        return self._made(parts, t.And, tuple(b.node for b in _nodes(parts)))

    def negate(self, parts: list[Part]) -> Built:
        return self._made(parts, t.Not, _nodes(parts)[0].node)

    def compare(self, parts: list[Part]) -> Built:
        left, right = _nodes(parts)
        operator = "<>" if str(parts[1]) == "!=" else str(parts[1])
        return self._made(parts, t.Compare, operator, left.node, right.node)

    def between(self, parts: list[Part]) -> Built:
        value, low, high = (b.node for b in _nodes(parts))
        return self._made(parts, t.Between, value, low, high, _negated(parts))

    def among(self, parts: list[Part]) -> Built:
        value, *options = (b.node for b in _nodes(parts))
        return self._made(parts, t.In, value, tuple(options), _negated(parts))

    def in_list(self, parts: list[Part]) -> Built:
        name = unquote(str(parts[-2]))
        return self._made(parts, t.InList, _nodes(parts)[0].node, name, _negated(parts))

    def like(self, parts: list[Part]) -> Built:
        pattern = unquote(str(parts[-1]))
        return self._made(parts, t.Like, _nodes(parts)[0].node, pattern, _negated(parts))

    def is_null(self, parts: list[Part]) -> Built:
        return self._made(parts, t.IsNull, _nodes(parts)[0].node, _negated(parts))

    def arithmetic(self, parts: list[Part]) -> Built:
        left, right = _nodes(parts)
        return self._made(parts, t.Arithmetic, str(parts[1]), left.node, right.node)

    def signed(self, parts: list[Part]) -> Built:
        """A sign on a number is part of the number, so that `-5` is one constant."""
        if isinstance(parts[1], Token):
            parts = [parts[0], self.number([parts[1]])]
        inner = _nodes(parts)[0]
        if str(parts[0]) == "+":
            return replace(inner, start=_start(parts[0]), depth=inner.depth + 1)
        if isinstance(inner.node, t.Number):
            return self._made(parts, t.Number, -inner.node.value if inner.node.value else 0.0)
        return self._made(parts, t.Negative, inner.node)

    def bracket(self, parts: list[Part]) -> Built:
        inner = _nodes(parts)[0]
        return Built(inner.node, _start(parts[0]), _end(parts[-1]), inner.depth + 1)

    def call(self, parts: list[Part]) -> Built:
        arguments = tuple(b.node for b in _nodes(parts))
        return self._made(parts, t.Call, str(parts[0]).upper(), arguments)

    def name(self, parts: list[Part]) -> Built:
        return self._made(parts, t.Name, str(parts[0]), "", "")

    def number(self, parts: list[Part]) -> Built:
        return self._made(parts, t.Number, float(str(parts[0])))

    def text(self, parts: list[Part]) -> Built:
        return self._made(parts, t.Text, unquote(str(parts[0])))

    def day(self, parts: list[Part]) -> Built:
        """A date that does not exist stays a call of DATE, which checking refuses by place."""
        written = unquote(str(parts[1]))
        if not _ISO.fullmatch(written):
            return self._made(parts, t.Call, "DATE", (t.Text(written),))
        try:
            return self._made(parts, t.Day, date.fromisoformat(written))
        except ValueError:
            return self._made(parts, t.Call, "DATE", (t.Text(written),))

    def flag(self, parts: list[Part]) -> Built:
        return self._made(parts, t.Flag, str(parts[0]).upper() == "TRUE")
