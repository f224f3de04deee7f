"""Single facts that would have been enough: each is tried by assessing the item anew with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy.special import expit

from tidewaiter.engine.risk.assess import Weighed, weigh
from tidewaiter.engine.risk.selection.policy import GREEN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidewaiter.engine.risk.pins import Pinned
    from tidewaiter.engine.risk.whynot.nearest import Near


@dataclass(frozen=True, slots=True)
class Change:
    """Had this one fact of the item satisfied the condition, the profile would have hit.

    needed: the figure nearest to the actual one that does; None where it is no figure (members of
    lists are not told). expected_value: of the whole declaration then. selects: the step that would have selected it
    (mandatory, rate: by the profile's own draw, value), or nothing.
    """

    item_no: int
    fact: str
    actual: Any
    needed: float | None
    condition: str
    profile: str
    expected_value: float
    selects: str


@dataclass(frozen=True, slots=True)
class Against:
    """What spoke against the item in the model: log-odds that a reason took away, and the expected
    value of the declaration had it taken none."""

    item_no: int
    reason: str
    log_odds: float
    expected_value: float
    selects: str


@dataclass(frozen=True)
class Judge:
    """What decided. least: the expected value from which some lane would have taken the declaration,
    None when none took any by value. others: expected value of its other items. drawn: profiles
    with a select rate whose draw would have picked it."""

    pins: Pinned
    least: float | None
    others: float
    drawn: frozenset[str]

    def weigh(self, facts: pl.DataFrame) -> Weighed:
        pins = self.pins
        return weigh(
            facts, profiles=pins.profiles, baselines=pins.baselines, model=pins.model,
            currency=pins.currency,
        )  # fmt: skip

    def by_value(self, expected: float) -> str:
        return "value" if self.least is not None and expected >= self.least else ""


def changes(facts: pl.DataFrame, near: Iterable[Near], judge: Judge) -> list[Change]:
    """What one changed fact of an item (one row of facts) would have done, by the profiles that
    failed on a single question; only those that then do hit."""
    found = []
    for one in near:
        if len(one.failed) != 1 or one.failed[0].change is None:
            continue
        [failed] = one.failed
        name, needed = failed.change or ("", None)
        dtype = facts.schema[name]
        changed = facts.with_columns(pl.lit(needed).cast(dtype).alias(name))
        weighed = judge.weigh(changed)
        if one.profile.code not in weighed.judged.codes["profiles"][0].to_list():
            continue
        expected = judge.others + float(weighed.worth.expected[0])
        found.append(
            Change(
                item_no=facts["item_no"][0],
                fact=name,
                actual=facts[name][0],
                needed=needed if isinstance(needed, float) else None,
                condition=failed.condition,
                profile=one.profile.code,
                expected_value=expected,
                selects=_step(one, expected, judge),
            )
        )  # fmt: skip
    return found


def _step(one: Near, expected: float, judge: Judge) -> str:
    profile = one.profile
    if profile.lane != GREEN:
        if profile.mandatory:
            return "mandatory"
        if profile.code in judge.drawn:
            return "rate"
    return judge.by_value(expected)


def spoke_against(facts: pl.DataFrame, judge: Judge, most: int = 5) -> list[Against]:
    """The reasons of the model that took most from an item (one row of facts), heaviest first."""
    weighed = judge.weigh(facts)
    weights = weighed.says.weights(np.arange(1))[0]
    told = []
    for number in np.argsort(weights, kind="stable")[:most].tolist():
        if weights[number] >= 0:
            break
        odds, stake = float(weighed.says.log_odds[0]), weighed.stake[0]
        gained = float(expit(odds - weights[number]) - expit(odds))
        consequence = float(stake) if np.isfinite(stake) else 0.0
        expected = judge.others + float(weighed.worth.expected[0]) + gained * consequence
        told.append(
            Against(
                facts["item_no"][0], weighed.says.codes[number], float(weights[number]), expected,
                judge.by_value(expected),
            )
        )  # fmt: skip
    return told
