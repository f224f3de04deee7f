"""Meaning: names, kinds, currencies and commodity codes, checked against a schema.

Every problem is collected; a value that is already wrong is not reported a second time by what
is built on it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from tidewaiter.engine.risk.language import tree as t
from tidewaiter.engine.risk.language.calls import call_type
from tidewaiter.engine.risk.language.commodity import literal_problem, pattern_problem
from tidewaiter.engine.risk.language.problems import Problem
from tidewaiter.engine.risk.language.typing import WRONG, Type, join, product, quotient

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidewaiter.engine.risk.language.schema import Schema


class Checker:
    """Turns the tree as written into the typed tree; problems are in `problems`."""

    def __init__(self, schema: Schema, lists: Collection[str] | None) -> None:
        self.schema = schema
        self.lists = lists
        self.problems: list[Problem] = []
        self._plain: set[str] = set()

    # Conditions

    def condition(self, node: t.Node) -> t.Condition:  # noqa: PLR0911  one line a kind of node
        match node:
            case t.And(parts):
                return replace(node, parts=tuple(self.condition(p) for p in parts))
            case t.Or(parts):
                return replace(node, parts=tuple(self.condition(p) for p in parts))
            case t.Not(part):
                return replace(node, part=self.condition(part))
            case t.Compare():
                return self._compare(node)
            case t.Between():
                return self._between(node)
            case t.In() | t.InList() | t.Like():
                return self._member(node)
            case t.IsNull(value):
                return self._is_null(node, self.value(value)[0])
            case t.Truth(value):
                return self.condition(value)
        return self._truth(node)

    def _truth(self, node: t.Value) -> t.Condition:
        value, kind = self.value(node)
        if kind.known and kind.kind != "flag":
            self._say(node, "not_condition", kind=kind.kind)
        return t.Truth(value, span=node.span)

    def _compare(self, node: t.Compare) -> t.Condition:
        left, left_type = self.value(node.left)
        right, right_type = self.value(node.right)
        self._comparable(node, left_type, right_type, node.operator)
        self._codes(left, left_type, right, exact=node.operator in {"=", "<>"})
        self._codes(right, right_type, left, exact=node.operator in {"=", "<>"})
        if not t.columns(left) and not t.columns(right) and left_type.known and right_type.known:
            self._warn(node, "constant")
        return replace(node, left=left, right=right)

    def _between(self, node: t.Between) -> t.Condition:
        value, kind = self.value(node.value)
        ends = []
        for end in (node.low, node.high):
            checked, end_type = self.value(end)
            self._comparable(node, kind, end_type, "<=")
            self._codes(value, kind, checked, exact=False)
            ends.append(checked)
        return replace(node, value=value, low=ends[0], high=ends[1])

    def _member(self, node: t.In | t.InList | t.Like) -> t.Condition:
        value, kind = self.value(node.value)
        if isinstance(node, t.In):
            for option in node.options:
                self._comparable(node, kind, self.value(option)[1], "=")
                self._codes(value, kind, option, exact=True)
            return replace(node, value=value, options=node.options)
        if kind.known and not kind.textual:
            named = "IN LIST" if isinstance(node, t.InList) else "LIKE"
            self._say(node.value, "not_text", name=named, kind=kind.kind)
        elif isinstance(node, t.Like):
            self._pattern(node, kind)
        elif self.lists is not None and node.name not in self.lists:
            self._say(node, "unknown_list", name=node.name)
        return replace(node, value=value)

    def _pattern(self, node: t.Like, kind: Type) -> None:
        if kind.kind == "hs" and (found := pattern_problem(node.pattern)):
            self._say(node, found[0], **found[1])
        elif "%" not in node.pattern and "_" not in node.pattern:
            self._warn(node, "no_wildcard", found=node.pattern)

    def _is_null(self, node: t.IsNull, value: t.Value) -> t.Condition:
        column = self.schema.get(value.name) if isinstance(value, t.Name) else None
        if column is not None and not column.nullable:
            self._warn(node, "never_null", name=column.name)
        return replace(node, value=value)

    def _comparable(self, node: t.Node, left: Type, right: Type, operator: str) -> None:
        if not (left.known and right.known):
            return
        if left.family != right.family:
            self._say(node, "types_differ", left=left.kind, right=right.kind)
        elif left.family == "flag" and operator not in {"=", "<>"}:
            self._say(node, "no_order", kind=left.kind, operator=operator)
        elif left.family == "number":
            self._joined(node, left, right)

    def _codes(self, value: t.Value, kind: Type, other: t.Value, *, exact: bool) -> None:
        """A commodity code compared with a fixed text: the text must be a possible code."""
        if kind.kind == "hs" and isinstance(other, t.Text) and t.columns(value):
            digits = self.schema[kind.name].digits if kind.name in self.schema else 0
            found = literal_problem(other.value, exact=exact, digits=digits)
            if found and found[0] in {"hs_short", "hs_long"}:
                self._warn(other, found[0], **found[1])
            elif found:
                self._say(other, found[0], **found[1])

    # Values

    def value(self, node: t.Node) -> tuple[t.Value, Type]:  # noqa: PLR0911  one line a kind of node
        match node:
            case t.Name():
                return self._name(node)
            case t.Text():
                return node, Type("text")
            case t.Number(value):
                if math.isinf(value):
                    self._say(node, "bad_number", found=value)
                return node, Type("number", plain=value != 0.0)
            case t.Day():
                return node, Type("date")
            case t.Flag():
                return node, Type("flag")
            case t.Negative(value):
                inner, kind = self.value(value)
                return replace(node, value=inner), self._amount(node, "-", kind)
            case t.Arithmetic():
                return self._arithmetic(node)
            case t.Call():
                return self._call(node)
        self._say(node, "not_value")
        return t.Flag(value=False, span=node.span), WRONG

    def _name(self, node: t.Name) -> tuple[t.Value, Type]:
        column = self.schema.get(node.name) or self.schema.get(node.name.lower())
        if column is None:
            near = self.schema.nearest(node.name)
            if near:
                self._say(node, "unknown_field_near", name=node.name, near=near)
            else:
                self._say(node, "unknown_field", name=node.name)
            return node, WRONG
        typed = replace(node, name=column.name, kind=column.kind, currency=column.currency)
        return typed, Type(column.kind, column.currency, name=column.name, plain=True)

    def _amount(self, node: t.Node, operator: str, kind: Type) -> Type:
        if kind.known and kind.family != "number":
            self._say(node, "not_arithmetic", operator=operator, kind=kind.kind)
            return WRONG
        return kind

    def _arithmetic(self, node: t.Arithmetic) -> tuple[t.Value, Type]:
        left, left_type = self.value(node.left)
        right, right_type = self.value(node.right)
        typed = replace(node, left=left, right=right)
        left_type = self._amount(node.left, node.operator, left_type)
        right_type = self._amount(node.right, node.operator, right_type)
        if not (left_type.known and right_type.known):
            return typed, WRONG
        if node.operator in {"+", "-"}:
            return typed, self._joined(node, left_type, right_type)
        made = (product if node.operator == "*" else quotient)(left_type, right_type, node.operator)
        if isinstance(made, Type):
            return typed, made
        self._say(node, made, left=left_type.currency, right=right_type.currency)
        return typed, WRONG

    def _call(self, node: t.Call) -> tuple[t.Value, Type]:
        if node.function == "DATE":
            written = node.arguments[0]
            self._say(node, "bad_date", found=written.value if isinstance(written, t.Text) else "")
            return node, WRONG
        checked = [self.value(argument) for argument in node.arguments]
        typed = replace(node, arguments=tuple(value for value, _ in checked))
        made = call_type(typed, [kind for _, kind in checked])
        if isinstance(made, Problem):
            self.problems.append(made)
            return typed, WRONG
        if made.known and node.function == "COALESCE" and made.family == "number":
            for _, kind in checked[1:]:
                made = self._joined(node, made, kind)
        elif node.function == "STARTS_WITH":
            self._codes(typed.arguments[0], checked[0][1], typed.arguments[1], exact=False)
        return typed, made

    def _joined(self, node: t.Node, left: Type, right: Type) -> Type:
        """The type of two numbers put side by side; says so when currencies do not agree."""
        joined = join(left, right)
        if joined is None:
            self._say(node, "currency_differs", left=left.currency, right=right.currency)
            return WRONG
        if joined.read_as_money and joined.name not in self._plain:
            self._plain.add(joined.name)
            self._warn(node, "amount_without_currency", name=joined.name)
        return joined

    def _say(self, node: t.Node, code: str, **params: object) -> None:
        self.problems.append(Problem(*node.span, code, params))

    def _warn(self, node: t.Node, code: str, **params: object) -> None:
        self.problems.append(Problem(*node.span, code, params, "warning"))
