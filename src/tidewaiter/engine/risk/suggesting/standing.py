"""How each profile in force stands beside the others: what it hits, finds and adds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from tidewaiter.engine.risk.measurement import Interval, wilson
from tidewaiter.engine.risk.past import matching

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidewaiter.engine.risk.language import Condition
    from tidewaiter.engine.risk.past import Window

EVERYTHING = 0.5  # share of all items
ENOUGH = 30  # controls from which on a hit rate is held against a profile
Verdict = Literal["nothing", "everything", "only_others", "poor", ""]


@dataclass(frozen=True, slots=True)
class Standing:
    """Items hit; `alone`: by no other profile; finds among the controlled, with Wilson's interval."""

    code: str
    hits: int
    alone: int
    controlled: int
    finds: int
    precision: Interval
    verdict: Verdict


def standings(
    window: Window, conditions: Mapping[str, Condition], lists: Mapping[str, frozenset[str]]
) -> tuple[int, Interval, list[Standing]]:
    """Items in the window, finds among all its controlled ones, and the profiles by code."""
    counts = np.zeros((len(conditions), 4), np.int64)
    asked = matching.asked(conditions.values(), lists)
    items = controlled = finds = 0
    for part in window.parts:
        inside = window.inside(part)
        found = part.results(window.results[part.folder.name]).found
        rows = [one[inside[one]] for one in matching.hits(part, asked, lists)]
        hit_by = np.zeros(part.rows, np.int32)
        for one in rows:
            hit_by[one] += 1
        for place, one in enumerate(rows):
            known = found[one]
            alone = int((hit_by[one] == 1).sum())
            counts[place] += (len(one), alone, int((known >= 0).sum()), int((known > 0).sum()))
        items += int(inside.sum())
        controlled += int((found[inside] >= 0).sum())
        finds += int((found[inside] > 0).sum())
    base = wilson(finds, controlled)
    return items, base, [
        _standing(code, [int(n) for n in figures], items, base)
        for code, figures in zip(conditions, counts, strict=True)
    ]  # fmt: skip


def _standing(code: str, figures: list[int], items: int, base: Interval) -> Standing:
    hits, alone, controlled, finds = figures
    precision = wilson(finds, controlled)
    verdict: Verdict = ""
    if hits == 0:
        verdict = "nothing"
    elif hits > EVERYTHING * items:
        verdict = "everything"
    elif alone == 0:
        verdict = "only_others"
    elif controlled >= ENOUGH and precision.high < base.value:
        verdict = "poor"
    return Standing(code, hits, alone, controlled, finds, precision, verdict)
