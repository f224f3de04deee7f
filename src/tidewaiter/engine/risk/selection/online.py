"""Selecting one declaration as it arrives: the same draws as the batch, value against cut-offs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tidewaiter.engine.records import SELECTIONS
from tidewaiter.engine.risk import chance
from tidewaiter.engine.risk.selection import picks
from tidewaiter.engine.risk.selection.policy import GREEN, WHOLE
from tidewaiter.engine.risk.selection.traffic import random_id, size_one

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from tidewaiter.engine.risk.selection.picks import SelectingProfile, SelectingProfiles
    from tidewaiter.engine.risk.selection.policy import SelectionPolicy

Cutoffs = dict[tuple[str, str], float]


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
) -> dict[str, Any]:
    """Lane and controls of one declaration, in SELECTIONS columns but key, version and month.

    `declaration` has the columns that `select` takes. `cutoffs`: least value per minute by office
    and lane (see `typical`).
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
    at_random = policy.random_lane(chance.draw_one(record, day_key))
    of_value = _value_lane(declaration, policy, cutoffs)
    missed = 1 - policy.random_rate
    for profile in rated:
        missed *= 1 - (profile.select_rate or 0)
    if forced:
        decision = (*_of_profiles(forced, policy, picks.MANDATORY), 1.0)
    else:
        probability = 1.0 if of_value is not None else 1 - missed
        decision = (*_chosen(drawn, at_random, of_value, policy), probability)
    lane, controls, selected_by, probability = decision
    return {
        **{name: declaration.get(name) for name in SELECTIONS.incoming},
        "lane": lane,
        "controls": controls,
        "selected_by": selected_by,
        "selection_probability": probability,
        "run_id": run_id,
        "selected_at": at,
    }


def _chosen(
    drawn: list[SelectingProfile],
    at_random: int | None,
    of_value: int | None,
    policy: SelectionPolicy,
) -> tuple[str, list[str], str]:
    """The first step that picks: rate, random, value, none."""
    if drawn:
        return _of_profiles(drawn, policy, picks.RATE)
    for lane, step in ((at_random, picks.RANDOM), (of_value, picks.VALUE)):
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
) -> int | None:
    value = declaration["expected_value"] or 0.0
    units = size_one(declaration["items"], policy)
    for index, rule in enumerate(policy.lanes):
        per_minute = value / units * WHOLE / policy.minutes_of(rule.control)
        least = cutoffs.get((declaration["office"] or "", rule.lane), float("inf"))
        if per_minute >= least and per_minute > policy.cost_per_minute:
            return index
    return None
