"""Checks of a function call: how many values, of which kinds, and what comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidewaiter.engine.risk.language import tree as t
from tidewaiter.engine.risk.language.functions import FUNCTIONS, Argument, Function
from tidewaiter.engine.risk.language.problems import Problem
from tidewaiter.engine.risk.language.typing import WRONG, Type

if TYPE_CHECKING:
    from collections.abc import Sequence


def call_type(node: t.Call, given: Sequence[Type]) -> Type | Problem:
    """The type of a call, or what is wrong with it."""
    function = FUNCTIONS.get(node.function)
    if function is None:
        params: dict[str, object] = {"name": node.function, "known": sorted(FUNCTIONS)}
        return Problem(*node.span, "unknown_function", params)
    if not len(function.arguments) <= len(given) <= function.most:
        params = {"name": function.name, "wanted": _wanted(function), "given": len(given)}
        return Problem(*node.span, "argument_count", params)
    if not all(kind.known for kind in given):
        return WRONG
    for index, kind in enumerate(given):
        wanted = function.arguments[min(index, len(function.arguments) - 1)]
        code = _mismatch(wanted, kind, node.arguments[index])
        if code:
            params = {"name": function.name, "operator": function.name, "kind": kind.kind}
            return Problem(*node.arguments[index].span, code, params)
    return _gives(node, function, given)


def _wanted(function: Function) -> str:
    least = len(function.arguments)
    return str(least) if least == function.most else f"{least}–{function.most}"


def _mismatch(wanted: Argument, kind: Type, value: t.Value) -> str | None:
    match wanted:
        case "amount":
            return None if kind.family == "number" else "not_arithmetic"
        case "text":
            return None if kind.textual else "not_text"
        case "needle":
            return None if isinstance(value, t.Text) else "not_fixed"
        case "date":
            return None if kind.kind == "date" else "not_date"
        case _:
            return None


def _gives(node: t.Call, function: Function, given: Sequence[Type]) -> Type | Problem:
    if function.gives != "same":
        return Type(function.gives, plain=True)
    first = given[0]
    for kind in given[1:]:
        if kind.family != first.family:
            params: dict[str, object] = {
                "name": function.name,
                "left": first.kind,
                "right": kind.kind,
            }
            return Problem(*node.span, "types_mixed", params)
    if first.family == "text" and any(kind.kind != first.kind for kind in given):
        return Type("text")
    return first
