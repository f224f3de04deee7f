"""Conditions compiled for batches: one object a distinct question, shared by all conditions.

Objects are compared by identity, so that what is learnt about a question can be kept without
hashing trees.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tidewaiter.engine.risk.language import tree as t
from tidewaiter.engine.risk.language.normal import normal, opposite, question


@dataclass(eq=False, slots=True)
class Ask:
    """A question, and the one that is true exactly where it is false."""

    leaf: t.Question
    cost: int
    other: Ask = field(init=False, repr=False)


@dataclass(frozen=True, eq=False, slots=True)
class Group:
    """All parts (`every`) or any of them; the cheapest part comes first."""

    parts: tuple[Step, ...]
    every: bool
    cost: int


Step = Ask | Group


@dataclass(frozen=True, eq=False, slots=True)
class Compiled:
    """When a condition is true, and when it is false. `computes`: arithmetic may lack a result."""

    true: Step
    false: Step
    columns: frozenset[str]
    computes: bool


class Compiler:
    """Compiles the conditions of one set."""

    def __init__(self) -> None:
        self._known: dict[t.Condition, Step] = {}

    def compile(self, condition: t.Condition) -> Compiled:
        return Compiled(
            self._step(normal(condition)),
            self._step(normal(condition, negate=True)),
            t.columns(condition),
            any(isinstance(node, t.Arithmetic) for node in t.walk(condition)),
        )

    def _step(self, node: t.Condition) -> Step:
        known = self._known.get(node)
        if known is None:
            known = self._known[node] = self._make(node)
        return known

    def _make(self, node: t.Condition) -> Step:
        if isinstance(node, t.And | t.Or):
            parts = tuple(sorted((self._step(part) for part in node.parts), key=lambda s: s.cost))
            return Group(parts, isinstance(node, t.And), 2 * sum(part.cost for part in parts))
        leaf = question(node)
        ask = Ask(leaf, sum(1 for _ in t.walk(leaf)))
        if isinstance(known := self._known.get(opposite(leaf)), Ask):
            ask.other, known.other = known, ask
        else:
            ask.other = Ask(opposite(leaf), ask.cost)
            ask.other.other = ask
            self._known[ask.other.leaf] = ask.other
        return ask
