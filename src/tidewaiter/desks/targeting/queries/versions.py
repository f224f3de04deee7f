"""What one version of a profile changes in another: its condition side by side, its other fields."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TYPE_CHECKING

from tidewaiter.desks.targeting.queries.profiles import condition_lines

if TYPE_CHECKING:
    from tidewaiter.engine.risk.profiles import Profile


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the old condition beside one of the new; `tone`: same, changed, gone or added."""

    old: str
    new: str
    tone: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A field with what it said and says now, as text."""

    field: str
    old: str
    new: str


def side_by_side(old: str, new: str) -> list[Line]:
    """Two conditions, each broken at its outermost AND or OR, with alike lines beside each other."""
    left, right = condition_lines(old), condition_lines(new)
    lines = []
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        for before, after in zip_longest(left[a:b], right[c:d], fillvalue=""):
            tone = "same" if tag == "equal" else "changed"
            if tone == "changed" and not (before and after):
                tone = "gone" if before else "added"
            lines.append(Line(before, after, tone))
    return lines


def changed_fields(old: Profile, new: Profile) -> list[Changed]:
    """Every field but the condition that says something else."""
    found = []
    for field in dataclasses.fields(new):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if before != after and field.name != "condition":
            found.append(Changed(field.name, _text(before), _text(after)))
    return found


def _text(value: object) -> str:
    if value is None or isinstance(value, tuple):
        return ", ".join(map(str, value or ()))
    return str(value)
