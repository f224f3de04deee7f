"""What other numbers in a condition would have hit and found."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tidewaiter.engine.risk.language import tree as t
from tidewaiter.engine.risk.language.batch import Measured
from tidewaiter.engine.risk.language.printing import text_of
from tidewaiter.engine.risk.measurement import Interval, wilson
from tidewaiter.engine.risk.past import matching
from tidewaiter.engine.risk.suggesting.rounding import rounded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidewaiter.engine.risk.language.batch import Rows
    from tidewaiter.engine.risk.past import Part, Window

STEPS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98)
MULTIPLES = (0.25, 0.5, 0.7, 0.85, 1.15, 1.3, 1.5, 2.0, 4.0)
MOST = 4  # comparisons of a condition that are looked at
KEPT_FINDS = 0.7  # share of today's finds that a proposed number keeps


@dataclass(frozen=True, slots=True)
class Point:
    """A number in place of the one that stands there, and what the condition would have hit."""

    value: float
    hits: int
    controlled: int
    finds: int

    @property
    def precision(self) -> Interval:
        return wilson(self.finds, self.controlled)


@dataclass(frozen=True, slots=True)
class Threshold:
    """One comparison: its text, its number, points in ascending order of numbers, and the number
    proposed: the highest lower bound of precision among those that keep most finds; None when that
    is the present one. `proposed_text`: the whole condition with it."""

    comparison: str
    current: float
    points: tuple[Point, ...]
    proposed: float | None
    proposed_text: str


@dataclass(frozen=True, slots=True)
class _Tried:
    """The officer's own condition, asked within its scope on the items of a window."""

    window: Window
    own: t.Condition
    scope: tuple[t.Condition, ...]
    lists: Mapping[str, frozenset[str]]

    def found(self, part: Part, conditions: Sequence[t.Condition]) -> list[Rows]:
        """Rows of a part, inside the window, that conditions in place of the own one hit."""
        inside = self.window.inside(part)
        whole = [t.And((*self.scope, one)) if self.scope else one for one in conditions]
        return [rows[inside[rows]] for rows in matching.evaluated(part, whole, self.lists)]


def thresholds(
    window: Window,
    own: t.Condition,
    scope: Sequence[t.Condition],
    lists: Mapping[str, frozenset[str]],
) -> list[Threshold]:
    """For each ordering comparison of the officer's own condition with a number in it."""
    tried = _Tried(window, own, tuple(scope), lists)
    return [_swept(tried, leaf, number) for leaf, number in _places(own)[:MOST]]


def _places(condition: t.Condition) -> list[tuple[t.Compare, t.Number]]:
    """Comparisons by size, each with the first number in it that is not zero."""
    found = []
    for node in t.walk(condition):
        if isinstance(node, t.Compare) and node.operator in {"<", "<=", ">", ">="}:
            numbers = [n for n in t.walk(node) if isinstance(n, t.Number) and n.value]
            if numbers:
                found.append((node, numbers[0]))
    return found


def _swept(tried: _Tried, leaf: t.Compare, number: t.Number) -> Threshold:
    values = _values(tried, leaf, number)
    conditions = [replaced(tried.own, number, t.Number(value)) for value in values]
    counts = np.zeros((len(values), 3), np.int64)
    for part in tried.window.parts:
        found = part.results(tried.window.results[part.folder.name]).found
        for place, rows in enumerate(tried.found(part, conditions)):
            known = found[rows]
            counts[place] += (len(known), int((known >= 0).sum()), int((known > 0).sum()))
    points = tuple(
        Point(value, int(hits), int(controlled), int(finds))
        for value, (hits, controlled, finds) in zip(values, counts, strict=True)
    )
    proposed = _best(points, number.value)
    better = replaced(tried.own, number, t.Number(proposed)) if proposed is not None else None
    text = text_of(better) if better is not None else ""
    return Threshold(text_of(leaf), number.value, points, proposed, text)


def _values(tried: _Tried, leaf: t.Compare, number: t.Number) -> list[float]:
    """Quantiles of the fact where the rest of the condition holds; multiples of the number where
    the comparison is not of one fact with one number."""
    name = next((n for n in (leaf.left, leaf.right) if isinstance(n, t.Name)), None)
    values = [number.value, *(number.value * factor for factor in MULTIPLES)]
    if name is not None and (leaf.left is number or leaf.right is number):
        rest = replaced(tried.own, leaf, t.IsNull(name, negated=True))
        seen = []
        for part in tried.window.parts:
            column = part.column(name.name)
            if isinstance(column, Measured):
                seen.append(column.data[tried.found(part, [rest])[0]])
        present = np.concatenate(seen) if seen else np.empty(0)
        if len(present):
            values = [number.value, *np.quantile(present, STEPS).tolist()]
    return sorted({number.value, *(rounded(value) for value in values)})


def _best(points: Sequence[Point], current: float) -> float | None:
    now = next(point for point in points if point.value == current)
    enough = [p for p in points if p.finds and p.finds >= KEPT_FINDS * now.finds]
    best = max(enough, key=lambda p: (p.precision.low, p.hits), default=now)
    better = best.precision.low > now.precision.low
    return best.value if better and best.value != current else None


def replaced(node: t.Condition, old: t.Node, new: t.Node) -> t.Condition:
    """The tree with one node (the same object) replaced by another."""
    made = _replaced(node, old, new)
    if isinstance(made, t.Text | t.Number | t.Day | t.Flag | t.Name | t.Negative | t.Arithmetic | t.Call):  # fmt: skip
        raise TypeError("a condition cannot be replaced by a value")
    return made


def _replaced(node: t.Node, old: t.Node, new: t.Node) -> t.Node:
    if node is old:
        return new
    changed: dict[str, object] = {}
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        if isinstance(value, tuple) and field.name != "span":
            changed[field.name] = tuple(_replaced(item, old, new) for item in value)
        elif dataclasses.is_dataclass(value):
            changed[field.name] = _replaced(value, old, new)  # type: ignore[arg-type]
    return dataclasses.replace(node, **changed) if changed else node  # type: ignore[arg-type]
