"""Selecting one declaration as it arrives: the same draws as the batch, value against cut-offs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from tidewaiter.engine.records import SELECTIONS
from tidewaiter.engine.risk import chance
from tidewaiter.engine.risk.selection import picks
from tidewaiter.engine.risk.selection.policy import GREEN, WHOLE
from tidewaiter.engine.risk.selection.traffic import random_id, size_one, unseen_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from tidewaiter.engine.risk.selection.picks import SelectingProfile, SelectingProfiles
    from tidewaiter.engine.risk.selection.policy import SelectionPolicy

Cutoffs = dict[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class Trader:
    """One trader before the day, as in TRADERS: `declared` and `controlled` in the limit's days."""

    declared: int = 0
    controlled: int = 0
    authorised: bool = False

    def limit(self, policy: SelectionPolicy) -> str | None:
        """The step that says so, where its limit allows no control by value of one declaration more."""
        limit, declared = policy.trader_limit, self.declared + 1
        if self.controlled < max(math.floor(declared * limit.rate), limit.least):
            return None
        return (
            f"{picks.LIMIT}:{self.controlled}/{declared} in {limit.days} d, {100 * limit.rate:g} %"
        )


def typical(cutoffs: pl.DataFrame) -> Cutoffs:
    """The median value per minute by office and lane over the days of a batch's cut-offs.

    A day without room counts as beyond any value; an office or lane that is absent stays closed.
    """
    medians = (
        cutoffs.with_columns(pl.col("value_per_minute").fill_null(float("inf")))
        .group_by("office", "lane")
        .agg(pl.col("value_per_minute").median())
    )
    return {(office, lane): value for office, lane, value in medians.iter_rows()}


def select_one(
    declaration: Mapping[str, Any],
    *,
    profiles: SelectingProfiles,
    policy: SelectionPolicy,
    day_key: str,
    cutoffs: Mapping[tuple[str, str], float],
    run_id: str,
    at: datetime,
    trader: Trader | None = None,
) -> dict[str, Any]:
    """Lane and controls of one declaration, in SELECTIONS columns but key, version and month.

    `declaration` has the columns that `select` takes. `cutoffs`: least value per minute by office
    and lane (see `typical`). `trader`: what is known of its trader, None for nothing. Profiles that
    wait are served by the batch alone.
    """
    hits = set(declaration["profiles"] or ())
    hit = [p for p in profiles.profiles if p.code in hits and p.lane != GREEN]
    forced = [p for p in hit if p.mandatory]
    rated = [] if forced else [p for p in hit if p.select_rate]
    record = declaration["declaration_id"]
    drawn = [
        p
        for p in rated
        if chance.draw_one(random_id(p.code, record), day_key) < (p.select_rate or 0)
    ]
    first = policy.authorised_from if trader and trader.authorised else 0
    by_share = (
        (_milder(policy.random_lane(chance.draw_one(record, day_key)), first), picks.RANDOM),
        (_milder(_unseen_lane(record, day_key, trader, policy), first), picks.UNSEEN),
    )
    of_value = _value_lane(declaration, policy, cutoffs, first)
    limit = trader.limit(policy) if trader else None
    missed = 1 - policy.random_rate
    if trader and not trader.controlled:
        missed *= 1 - policy.unseen_rate
    for profile in rated:
        missed *= 1 - (profile.select_rate or 0)
    if forced:
        decision = (*_of_profiles(forced, policy, picks.MANDATORY), 1.0)
    else:
        by_value = None if limit else of_value
        probability = 1.0 if by_value is not None else 1 - missed
        chosen = _chosen(drawn, (*by_share, (by_value, picks.VALUE)), policy)
        if limit and of_value is not None and chosen[2] == picks.NONE:
            chosen = (GREEN, [], limit)
        decision = (*chosen, probability)
    lane, controls, selected_by, probability = decision
    return {
        **{name: declaration.get(name) for name in SELECTIONS.incoming},
        "lane": lane,
        "controls": controls,
        "selected_by": selected_by,
        "selection_probability": probability,
        "run_id": run_id,
        "selected_at": at,
        "policy": policy.version,
    }


def _milder(lane: int | None, first: int) -> int | None:
    return None if lane is None else max(lane, first)


def _unseen_lane(
    record: str, day_key: str, trader: Trader | None, policy: SelectionPolicy
) -> int | None:
    if not policy.unseen_rate or trader is None or trader.controlled:
        return None
    return policy.unseen_lane(chance.draw_one(unseen_id(record), day_key))


def _chosen(
    drawn: list[SelectingProfile],
    steps: Iterable[tuple[int | None, str]],
    policy: SelectionPolicy,
) -> tuple[str, list[str], str]:
    """The first step that picks: rate, then these in turn, else none."""
    if drawn:
        return _of_profiles(drawn, policy, picks.RATE)
    for lane, step in steps:
        if lane is not None:
            return policy.lanes[lane].lane, [policy.lanes[lane].control], step
    return GREEN, [], picks.NONE


def _of_profiles(
    chosen: Iterable[SelectingProfile], policy: SelectionPolicy, step: str
) -> tuple[str, list[str], str]:
    lanes = {rule.lane: index for index, rule in enumerate(policy.lanes)}
    ordered = sorted(chosen, key=lambda p: (lanes.get(p.lane or "", 0), p.code))
    controls: dict[str, None] = {}
    for profile in ordered:
        controls[policy.lanes[lanes.get(profile.lane or "", 0)].control] = None
        controls.update(dict.fromkeys(profile.controls))
    first = ordered[0]
    lane = policy.lanes[lanes.get(first.lane or "", 0)].lane
    return lane, list(controls), f"{step}:{first.code}"


def _value_lane(
    declaration: Mapping[str, Any],
    policy: SelectionPolicy,
    cutoffs: Mapping[tuple[str, str], float],
    first: int,
) -> int | None:
    weight = policy.weights.get(declaration["risk_area"] or "", 1.0)
    value = (declaration["expected_value"] or 0.0) * weight
    units = size_one(declaration["items"], policy)
    for index, rule in list(enumerate(policy.lanes))[first:]:
        per_minute = value / units * WHOLE / policy.minutes_of(rule.control)
        least = cutoffs.get((declaration["office"] or "", rule.lane), float("inf"))
        if per_minute >= least and per_minute > policy.cost_per_minute:
            return index
    return None
