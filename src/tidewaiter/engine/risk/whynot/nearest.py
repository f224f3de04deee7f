"""The profiles that nearly hit a goods item: which of their questions failed, and by how much."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tidewaiter.engine.risk.language import patterns
from tidewaiter.engine.risk.language import tree as t
from tidewaiter.engine.risk.language.normal import normal, question
from tidewaiter.engine.risk.language.printing import text_of
from tidewaiter.engine.risk.language.rows import compile_rows
from tidewaiter.engine.risk.language.rowvalues import Layout, RowValues
from tidewaiter.engine.risk.language.values import is_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidewaiter.engine.risk.profiles import Profile, ProfileSet

Facts = dict[str, Any]
# Facts that say where, when and under which procedure: what a profile is for, not what it looks for.
SCOPE = frozenset({"office", "procedure", "declaration_date"})


@dataclass(frozen=True, slots=True)
class Failed:
    """A question that was not true. `facts`: what it asked about; `actual` and `needed`: both sides
    of a comparison of figures; `unknown`: it could not be judged, for a fact is missing.
    `change`: a fact and the value of it nearest to the actual one that would make it true.
    """

    condition: str
    facts: Facts
    unknown: bool
    actual: float | None = None
    needed: float | None = None
    change: tuple[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """A profile and the fewest questions that would have had to be answered differently."""

    profile: Profile
    failed: list[Failed] = field(default_factory=list)

    @property
    def in_scope(self) -> bool:
        return not any(SCOPE & one.facts.keys() for one in self.failed)

    @property
    def distance(self) -> tuple[int, float]:
        """Questions failed, then how far off the figures are, as a share."""
        return len(self.failed), sum(_share(one) for one in self.failed)


def nearest(facts: Mapping[str, Any], profiles: ProfileSet) -> list[Near]:
    """Profiles that did not hit an item with these facts (see `compute_facts`), the nearest first;
    those for other offices, procedures or days last."""
    layout = Layout(profiles.columns, profiles.schema)
    looking = _Looking(facts, layout, profiles)
    found = [
        Near(profile, failed)
        for profile, condition in zip(profiles.profiles, profiles.conditions, strict=True)
        if (failed := looking.failed(normal(condition)))
    ]
    return sorted(found, key=lambda near: (not near.in_scope, *near.distance, near.profile.code))


class _Looking:
    def __init__(self, facts: Mapping[str, Any], layout: Layout, profiles: ProfileSet) -> None:
        self.facts, self.layout, self.lists = facts, layout, profiles.lists
        self.row = layout.load(facts)
        self.values = RowValues(layout)

    def failed(self, node: t.Condition) -> list[Failed]:
        """The fewest leaves that would have to be true as well; none when the condition holds."""
        match node:
            case t.And(parts):
                return [one for part in parts for one in self.failed(part)]
            case t.Or(parts):
                return min((self.failed(part) for part in parts), key=_effort)
        leaf = question(node)
        answer = compile_rows(leaf, self.layout, self.lists)(self.row)
        return [] if answer else [self._failed(leaf, unknown=answer is None)]

    def _failed(self, leaf: t.Question, *, unknown: bool) -> Failed:
        told = {name: self.facts.get(name) for name in sorted(t.columns(leaf))}
        actual = needed = None
        if isinstance(leaf, t.Compare) and not is_words(leaf.left):
            actual = _finite(self.values.number(leaf.left)(self.row))
            needed = _finite(self.values.number(leaf.right)(self.row))
        change = self._change(leaf, needed)
        return Failed(text_of(leaf), told, unknown, actual, needed, change)

    def _change(self, leaf: t.Question, needed: float | None) -> tuple[str, Any] | None:  # noqa: PLR0911
        """One line a kind of question that a single fact answers."""
        match leaf:
            case t.Compare(operator, t.Name(name, kind), _) if kind in {"number", "money"}:
                return None if needed is None else (name, _beyond(operator, needed))
            case t.Compare("=", t.Name(name), t.Text(value)):
                return name, value
            case t.In(t.Name(name), options, False) if isinstance(options[0], t.Text):
                return name, options[0].value
            case t.InList(t.Name(name), listed, False) if self.lists[listed]:
                return name, min(self.lists[listed])
            case t.Like(t.Name(name), pattern, False):
                prefix = patterns.prefix_of(pattern)
                return None if not prefix else (name, prefix)
            case t.Truth(t.Name(name), negated):
                return name, not negated
            case t.IsNull(t.Name(name), False):
                return name, None
        return None


def _beyond(operator: t.Comparison, limit: float) -> float:
    """The value nearest to the limit that satisfies the comparison."""
    if operator == "<":
        return math.nextafter(limit, -math.inf)
    if operator in (">", "<>"):
        return math.nextafter(limit, math.inf)
    return limit


def _share(one: Failed) -> float:
    """How far off a figure is, from 0 to 1; 1 where it cannot be said."""
    if one.actual is None or one.needed is None:
        return 1.0
    size = max(abs(one.actual), abs(one.needed))
    return min(abs(one.actual - one.needed) / size, 1.0) if size else 0.0


def _effort(failed: list[Failed]) -> tuple[int, float]:
    return len(failed), sum(_share(one) for one in failed)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
