"""What would have had to differ for a declaration to be selected, as far as the officer may know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl
from django.utils import timezone

from tidewaiter.desks.control.queries import capacity_frame
from tidewaiter.desks.targeting.actions.explaining import pins_of
from tidewaiter.desks.targeting.actions.policy import current_policy, policy_of
from tidewaiter.desks.targeting.models import RiskProfile, SelectionRun
from tidewaiter.desks.targeting.window import within
from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, SELECTIONS
from tidewaiter.engine.risk import chance, veil, whynot
from tidewaiter.engine.risk.facts import compute_facts
from tidewaiter.engine.risk.selection import picks
from tidewaiter.engine.risk.selection.traffic import random_id
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.chance.actions import day_key
from tidewaiter.platform.handling import hidden
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from datetime import date

    from tidewaiter.engine.risk.pins import Pinned
    from tidewaiter.platform.accounts.models import User

MOST_PROFILES = 5
MOST_CHANGES = 10
MOST_AGAINST = 8


@dataclass(frozen=True, slots=True)
class NearProfile:
    item_no: int
    code: str
    title: str
    in_scope: bool
    failed: list[whynot.Failed]


@dataclass(frozen=True, slots=True)
class WhyNot:
    """policy_changed: the policy of its moment is not kept, so that minutes and rates are today's. draw: the number of the declaration for the random share, which takes those below
    `random_rate`; None until its day is over. near, changes: only of profiles that the officer may
    see. computed: False when what the assessment used is gone, so that only lanes and draw are told.
    """

    declaration_id: str
    office: str
    day: date
    lane: str
    selected_by: str
    expected_value: float
    currency: str
    policy_changed: bool
    lanes: list[whynot.LaneDistance]
    draw: float | None
    random_rate: float
    near: list[NearProfile] = field(default_factory=list)
    changes: list[whynot.Change] = field(default_factory=list)
    against: list[whynot.Against] = field(default_factory=list)
    computed: bool = True

    @property
    def held_back(self) -> bool:
        """Its value would have been enough, had its trader not been controlled so often."""
        return self.selected_by.startswith(f"{picks.LIMIT}:")


def why_not(user: User, declaration_id: str) -> WhyNot | None:
    """None if there is no selection of it that the officer may see. Raises Denied."""
    check(user, "targeting.read")
    named = (pl.col("declaration_id") == declaration_id) & user.scope().frame()
    selected = lake().current(SELECTIONS, named).collect()
    stored = lake().current(ASSESSMENTS, named).collect().sort("item_no")
    if selected.is_empty() or stored.is_empty():
        return None
    row = selected.row(0, named=True)
    run = SelectionRun.objects.filter(run_id=row["run_id"]).first()
    its_own = policy_of(row["policy"] or (run.policy if run else None))
    policy = its_own or current_policy()
    lanes = whynot.distances(
        row["expected_value"] or 0.0,
        row["items"],
        _same_place(row),
        _capacity(row["office"]),
        policy,
    )
    key = day_key(row["declaration_date"]) if _over(row["declaration_date"]) else None
    seen = _visible(user)
    # What its trader's limit holds back, no value selects.
    least = None if row["selected_by"].startswith(f"{picks.LIMIT}:") else _least(lanes)
    parts = [_item(item, stored, least, seen, key) for item in _items(stored)]
    whole = [part for part in parts if part is not None]
    return WhyNot(
        declaration_id=declaration_id,
        office=row["office"] or "",
        day=row["declaration_date"],
        lane=row["lane"],
        selected_by=veil.step(row["selected_by"], hidden(user, "profile")) or "",
        expected_value=row["expected_value"] or 0.0,
        currency=row["currency"] or "",
        policy_changed=run is not None and its_own is None,
        lanes=lanes,
        draw=None if key is None else chance.draw_one(declaration_id, key),
        random_rate=policy.random_rate,
        near=_nearest([one for part in whole for one in part.near]),
        changes=_smallest([one for part in whole for one in part.changes]),
        against=_heaviest([one for part in whole for one in part.against]),
        computed=len(whole) == stored.height,
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """What one item contributes."""

    near: list[tuple[tuple[int, float], NearProfile]]
    changes: list[whynot.Change]
    against: list[whynot.Against]


def _items(stored: pl.DataFrame) -> list[pl.DataFrame]:
    """The declared items as they were assessed, one row each; none of what is gone."""
    named = pl.col("declaration_id") == stored["declaration_id"][0]
    declared = lake().scan(DECLARATIONS).filter(named).collect()
    versions = stored.select("key", version="declaration_version")
    found = declared.join(versions, on=["key", "version"], how="semi").sort("item_no")
    return [found[number] for number in range(found.height)]


def _item(
    item: pl.DataFrame,
    stored: pl.DataFrame,
    least: float | None,
    seen: frozenset[str],
    key: str | None,
) -> _Part | None:
    own = stored.filter(pl.col("item_no") == item["item_no"][0])
    pins = pins_of(own["run_id"][0])
    if pins is None:
        return None
    facts = compute_facts(item, pins.baselines)
    others = float(stored["expected_value"].sum() - own["expected_value"].sum())
    drawn = _drawn(item["declaration_id"][0], pins, key)
    judge = whynot.Judge(pins, least, others, drawn)
    near = [
        one
        for one in whynot.nearest(facts.row(0, named=True), pins.profiles)
        if one.profile.code in seen
    ]
    told = [
        (
            one.distance,
            NearProfile(
                item["item_no"][0], one.profile.code, one.profile.title, one.in_scope, one.failed
            ),
        )
        for one in near
    ]
    within_scope = [one for one in near if one.in_scope]
    return _Part(
        told, whynot.changes(facts, within_scope, judge), whynot.spoke_against(facts, judge)
    )


def _drawn(declaration_id: str, pins: Pinned, key: str | None) -> frozenset[str]:
    """Profiles whose share would have taken this declaration; none before its day is over."""
    if key is None:
        return frozenset()
    return frozenset(
        p.code
        for p in pins.profiles.profiles
        if p.select_rate and chance.draw_one(random_id(p.code, declaration_id), key) < p.select_rate
    )


def _visible(user: User) -> frozenset[str]:
    """Codes of the profiles whose conditions the officer may read."""
    if not user.may("profiles.read"):
        return frozenset()
    return frozenset(RiskProfile.objects.visible_to(user).values_list("code", flat=True))


def _nearest(near: list[tuple[tuple[int, float], NearProfile]]) -> list[NearProfile]:
    """Each profile once, with the item that came nearest to it."""
    near.sort(key=lambda one: (not one[1].in_scope, one[0], one[1].code))
    firsts: dict[str, NearProfile] = {}
    for _distance, one in near:
        firsts.setdefault(one.code, one)
    return list(firsts.values())[:MOST_PROFILES]


def _smallest(changes: list[whynot.Change]) -> list[whynot.Change]:
    """Those that would have selected first, then by how little has to change; each profile once."""

    def order(one: whynot.Change) -> tuple[bool, float]:
        if one.needed is None or not isinstance(one.actual, int | float):
            return not one.selects, 1.0
        size = max(abs(one.actual), abs(one.needed)) or 1.0
        return not one.selects, abs(one.actual - one.needed) / size

    firsts: dict[str, whynot.Change] = {}
    for one in sorted(changes, key=order):
        firsts.setdefault(one.profile, one)
    return list(firsts.values())[:MOST_CHANGES]


def _heaviest(against: list[whynot.Against]) -> list[whynot.Against]:
    """What took most of the expected value of the declaration."""
    return sorted(against, key=lambda one: -one.expected_value)[:MOST_AGAINST]


def _same_place(row: dict[str, Any]) -> pl.DataFrame:
    """Selections in force of the declaration's office and day."""
    day = row["declaration_date"]
    here = pl.col("office").eq_missing(pl.lit(row["office"], dtype=pl.String))
    return lake().current(SELECTIONS, within(day, day)).filter(here).collect()


def _capacity(office: str | None) -> dict[str, float]:
    rows = capacity_frame().filter(pl.col("office") == (office or ""))
    return dict(rows.select("control", "minutes_per_day").iter_rows())


def _least(lanes: list[whynot.LaneDistance]) -> float | None:
    """The expected value from which some lane would have taken it."""
    return min((one.needed for one in lanes if one.needed is not None), default=None)


def _over(day: date) -> bool:
    """Draws are told when the day is over, as its key is."""
    return day < timezone.localdate()
