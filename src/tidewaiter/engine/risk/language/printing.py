"""Tree → text that reads back as the same tree, and tree → canonical JSON with its hash."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import date

from tidewaiter.engine.risk.language import tree as t

_LEVEL = {"+": 1, "-": 1, "*": 2, "/": 2, "%": 2}


def text_of(node: t.Condition) -> str:
    """The condition as an officer would write it."""
    return _condition(node, 0)


def _condition(node: t.Condition, level: int) -> str:
    """`level` is how tightly the surroundings bind: 0 OR or nothing, 1 AND, 2 NOT."""
    match node:
        case t.Or(parts):
            # A nested Or of the same kind keeps its brackets, or it would read back flat.
            inner = " OR ".join(
                _condition(p, 1) if isinstance(p, t.Or) else _condition(p, 0) for p in parts
            )
            return f"({inner})" if level > 0 else inner
        case t.And(parts):
            inner = " AND ".join(
                _condition(p, 2) if isinstance(p, t.And) else _condition(p, 1) for p in parts
            )
            return f"({inner})" if level > 1 else inner
        case t.Not(part):
            return f"NOT {_condition(part, 2)}"
        case _:
            return _leaf(node)


def _leaf(node: t.Leaf) -> str:  # noqa: PLR0911  one line a kind of node
    match node:
        case t.Compare(operator, left, right):
            return f"{_value(left)} {operator} {_value(right)}"
        case t.Between(value, low, high, negated):
            return f"{_value(value)}{_not(negated)} BETWEEN {_value(low)} AND {_value(high)}"
        case t.In(value, options, negated):
            return f"{_value(value)}{_not(negated)} IN ({', '.join(map(_value, options))})"
        case t.InList(value, name, negated):
            return f"{_value(value)}{_not(negated)} IN LIST({_quoted(name)})"
        case t.Like(value, pattern, negated):
            return f"{_value(value)}{_not(negated)} LIKE {_quoted(pattern)}"
        case t.IsNull(value, negated):
            return f"{_value(value)} IS{_not(negated)} NULL"
        case t.Truth(value, negated):
            return f"NOT {_value(value)}" if negated else _value(value)


def _not(negated: bool) -> str:  # noqa: FBT001  a word of the sentence, not an option
    return " NOT" if negated else ""


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _value(node: t.Value, level: int = 0) -> str:  # noqa: PLR0911  one line a kind of node
    match node:
        case t.Text(value):
            return _quoted(value)
        case t.Number(value):
            return number_text(value)
        case t.Day(value):
            return f"DATE '{value.isoformat()}'"
        case t.Flag(value):
            return "TRUE" if value else "FALSE"
        case t.Name(name):
            return name
        case t.Negative(value):
            return f"-{_value(value, 3)}"
        case t.Arithmetic(operator, left, right):
            own = _LEVEL[operator]
            inner = f"{_value(left, own)} {operator} {_value(right, own + 1)}"
            return f"({inner})" if own < level else inner
        case t.Call(function, arguments):
            return f"{function}({', '.join(map(_value, arguments))})"


def number_text(value: float) -> str:
    """The shortest text that reads back as the same number; whole numbers without a point."""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def canonical(node: t.Node) -> str:
    """The tree as JSON with one spelling: sorted keys, no spaces, numbers as doubles."""
    return json.dumps(_plain(node), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def version(node: t.Node) -> str:
    """SHA-256 of the canonical JSON: the same meaning written the same way has one version."""
    return hashlib.sha256(canonical(node).encode()).hexdigest()


def _plain(node: object) -> object:
    if isinstance(node, tuple):
        return [_plain(item) for item in node]
    if isinstance(node, date):
        return node.isoformat()
    if dataclasses.is_dataclass(node) and not isinstance(node, type):
        fields = {
            f.name: _plain(getattr(node, f.name)) for f in dataclasses.fields(node) if f.compare
        }
        return {"node": type(node).__name__.lower(), **fields}
    return node
