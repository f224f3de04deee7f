"""Limits on the same figure: of many conditions that ask whether a figure passes one, the loosest
limit is asked once, and each condition only where the figure passes that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidewaiter.engine.risk.language import tree as t
from tidewaiter.engine.risk.language.steps import Ask, Group
from tidewaiter.engine.risk.language.values import days, is_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tidewaiter.engine.risk.language.steps import Step

LOOSE: dict[t.Comparison, t.Comparison] = {">": ">=", ">=": ">=", "<": "<=", "<=": "<="}

Figure = tuple[t.Value, t.Comparison]


@dataclass(frozen=True, eq=False, slots=True)
class Gate:
    """The conditions behind it are true only where the figure is so related to the limit."""

    value: t.Value
    operator: t.Comparison
    limit: float


def gates(steps: Mapping[int, Step]) -> dict[int, list[Gate]]:
    """The gates before each of the conditions, by its number: those that it shares with another."""
    limits: dict[Figure, dict[int, float]] = {}
    for number, step in steps.items():
        for figure, limit in _limits(step):
            limits.setdefault(figure, {})[number] = limit
    made: dict[int, list[Gate]] = {}
    for (value, operator), found in limits.items():
        if len(found) > 1:
            loosest = min(found.values()) if operator == ">=" else max(found.values())
            gate = Gate(value, operator, loosest)
            for number in found:
                made.setdefault(number, []).append(gate)
    return made


def _limits(step: Step) -> Iterator[tuple[Figure, float]]:
    """What must hold where the step does, as limits on figures."""
    for part in step.parts if isinstance(step, Group) and step.every else (step,):
        match part:
            case Ask(leaf=t.Compare(operator, value, t.Number() | t.Day() as limit)):
                if operator in LOOSE and not is_words(value) and t.columns(value):
                    number = limit.value if isinstance(limit, t.Number) else days(limit.value)
                    yield (value, LOOSE[operator]), number
