"""Selecting a day or a month at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tidewaiter.engine.records import SELECTIONS
from tidewaiter.engine.risk.selection import picks
from tidewaiter.engine.risk.selection.capacity import room, workload
from tidewaiter.engine.risk.selection.fill import Drawn, Ranking, Room, fill, would_pick
from tidewaiter.engine.risk.selection.policy import GREEN, WHOLE
from tidewaiter.engine.risk.selection.traffic import Terms, Traffic, prepare

if TYPE_CHECKING:
    from datetime import date, datetime

    from tidewaiter.engine.risk.selection.fill import Ints
    from tidewaiter.engine.risk.selection.picks import SelectingProfiles
    from tidewaiter.engine.risk.selection.policy import SelectionPolicy


@dataclass(frozen=True, slots=True)
class Selection:
    """What was selected, and what the next declarations are measured against.

    `rows`: SELECTIONS columns but key, version and month, in the order of the declarations given.
    `cutoffs`: declaration_date, office, lane, value_per_minute: the value per minute that the last
    declaration taken into the lane had; missing where the lane had no room. `workload`:
    declaration_date, office, control, capacity (missing where none is entered), minutes, over.
    """

    rows: pl.DataFrame
    cutoffs: pl.DataFrame
    workload: pl.DataFrame


def select(
    declarations: pl.DataFrame,
    *,
    profiles: SelectingProfiles,
    capacity: pl.DataFrame,
    policy: SelectionPolicy,
    day_keys: dict[date, str],
    run_id: str,
    at: datetime,
) -> Selection:
    """Choose lane and controls of each declaration.

    `declarations`: one row each, columns declaration_id, declaration_date, office, importer, items,
    score, expected_value, currency, risk_area, profiles; others of SELECTIONS are carried over.
    `capacity`: office, control, minutes_per_day. The result depends on neither the order of the rows nor the size of the batch,
    as long as a day and office are whole. Raises ValueError on a day without key, a declaration
    given twice, or mixed currencies.
    """
    terms = Terms(policy, capacity, day_keys)
    traffic = prepare(declarations, terms)
    early, rated = _early(traffic, profiles, terms)
    space = room(traffic, early, terms)
    ranking, ranked = _ranking(traffic, early, policy)
    segments = fill(ranking, space)
    by_value = _value_picks(ranked.filter(pl.col("step").is_null()), segments, policy)
    picked = pl.concat([early, by_value])
    certain = _certain(ranking, ranked, space, policy)
    decided = _decided(traffic, picked, _by_chance(rated, policy), certain, policy)
    rows = declarations.with_columns(decided, run_id=pl.lit(run_id), selected_at=pl.lit(at))
    return Selection(
        rows=rows.select(
            (pl.col(name) if name in rows.columns else pl.lit(None)).cast(dtype).alias(name)
            for name, dtype in SELECTIONS.incoming.items()
        ),
        cutoffs=_cutoffs(traffic.groups, ranking, space, segments, policy),
        workload=workload(traffic, picked, terms),
    )


def _early(
    traffic: Traffic, profiles: SelectingProfiles, terms: Terms
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The picks that do not look at value, and all matches of profiles with a select rate."""
    found = picks.matches(traffic.rows, picks.selecting(profiles, terms.policy))
    forced = picks.by_profile(found.filter("mandatory"), picks.MANDATORY)
    rated = picks.with_draws(
        found.filter(~pl.col("mandatory")).join(forced, on="row", how="anti"), terms
    )
    by_rate = picks.by_profile(rated.filter("drawn"), picks.RATE)
    at_random = picks.at_random(traffic.rows, terms.policy)
    by_random = at_random.join(pl.concat([forced, by_rate]), on="row", how="anti")
    return pl.concat([forced, by_rate, by_random]), rated


def _ranking(
    traffic: Traffic, early: pl.DataFrame, policy: SelectionPolicy
) -> tuple[Ranking, pl.DataFrame]:
    """The ranking of candidates, and the sorted frame of candidates and picks of chance alike."""
    ranked = (
        traffic.rows.select("row", "group", "size", "value", "tie")
        .filter(pl.col("value") > 0)
        .join(early.select("row", "step", "lane", "controls"), on="row", how="left")
        .filter(pl.col("step").is_null() | (pl.col("step") != picks.MANDATORY))
        .sort("group", "value", "tie", descending=[False, True, False])
    )
    free = ranked.filter(pl.col("step").is_null())
    ranking = Ranking.of(
        free["group"].cast(pl.Int64).to_numpy(),
        free["value"].to_numpy(),
        free["size"].to_numpy(),
        group_count=traffic.groups.height,
        floors=np.array(
            [policy.cost_per_minute * policy.minutes_of(r.control) / WHOLE for r in policy.lanes]
        ),
    )
    return ranking, ranked


def _value_picks(
    free: pl.DataFrame, segments: tuple[Ints, Ints], policy: SelectionPolicy
) -> pl.DataFrame:
    """Picks by value: each lane's segment of each group's ranking."""
    lane_of = np.full(free.height, -1, dtype=np.int64)
    for lane in range(len(policy.lanes)):
        marks = np.zeros(free.height + 1, dtype=np.int64)
        np.add.at(marks, segments[0][lane], 1)
        np.add.at(marks, segments[1][lane], -1)
        lane_of[np.cumsum(marks)[:-1] > 0] = lane
    chosen = free.select("row", lane=pl.Series(lane_of)).filter(pl.col("lane") >= 0)
    return chosen.join(picks.standard_controls(policy), on="lane", how="left").select(
        "row",
        pl.lit(picks.VALUE).alias("step"),
        "lane",
        "controls",
        selected_by=pl.lit(picks.VALUE),
    )


def _certain(
    ranking: Ranking, ranked: pl.DataFrame, space: Room, policy: SelectionPolicy
) -> pl.Series:
    """Rows that chance picked and value would have picked anyway: their probability is 1."""
    chosen = pl.col("step").is_not_null()
    drawn = ranked.with_columns(position=(~chosen).cum_sum() - (~chosen)).filter(chosen)
    takes = [pl.col("controls").list.contains(rule.control) for rule in policy.lanes]
    sizes = drawn.select(
        (take * pl.col("size")).alias(str(index)) for index, take in enumerate(takes)
    )
    counts = drawn.select(
        (pl.col("lane") == index).cast(pl.Int64).alias(str(index))
        for index in range(len(policy.lanes))
    )
    query = Drawn(
        groups=drawn["group"].cast(pl.Int64).to_numpy(),
        positions=drawn["position"].cast(pl.Int64).to_numpy(),
        values=drawn["value"].to_numpy(),
        sizes=drawn["size"].to_numpy(),
        freed=Room(sizes.to_numpy(), counts.to_numpy()),
    )
    return drawn["row"].filter(pl.Series(would_pick(ranking, space, query)))


def _by_chance(rated: pl.DataFrame, policy: SelectionPolicy) -> pl.DataFrame:
    """row, chance: the probability that a select rate or the random share picks, where rates hit."""
    missed = (1 - pl.col("rate")).product() * (1 - policy.random_rate)
    return rated.group_by("row").agg(chance=1 - missed)


def _decided(
    traffic: Traffic,
    picked: pl.DataFrame,
    by_chance: pl.DataFrame,
    certain: pl.Series,
    policy: SelectionPolicy,
) -> pl.DataFrame:
    """lane, controls, selected_by and selection_probability of each row of the traffic."""
    sure = pl.DataFrame(
        {"row": certain, "sure": True}, schema={"row": pl.UInt32, "sure": pl.Boolean}
    )
    is_sure = pl.col("step").is_in([picks.MANDATORY, picks.VALUE]) | pl.col("sure")
    codes = dict(enumerate(rule.lane for rule in policy.lanes))
    decided = traffic.rows.select("row")
    for frame in (picked, by_chance, sure):
        decided = decided.join(frame, on="row", how="left", maintain_order="left")
    return decided.select(
        lane=pl.col("lane").replace_strict(codes, default=GREEN, return_dtype=pl.String),
        controls=pl.col("controls").fill_null(pl.lit([], pl.List(pl.String))),
        selected_by=pl.col("selected_by").fill_null(picks.NONE),
        selection_probability=pl.when(is_sure)
        .then(1.0)
        .otherwise(pl.col("chance").fill_null(policy.random_rate)),
    )


def _cutoffs(
    groups: pl.DataFrame,
    ranking: Ranking,
    space: Room,
    segments: tuple[Ints, Ints],
    policy: SelectionPolicy,
) -> pl.DataFrame:
    frames = []
    for index, rule in enumerate(policy.lanes):
        per_minute = WHOLE / policy.minutes_of(rule.control)
        start, end = segments[0][index], segments[1][index]
        left = space.sizes[:, index] - (ranking.before[end] - ranking.before[start]) >= WHOLE
        open_still = left & (space.counts[:, index] > end - start)
        open_still &= end >= ranking.worthwhile_end(index)
        last = np.append(ranking.values, 0.0)[np.maximum(end - 1, 0)] * per_minute
        cut = np.where(open_still, policy.cost_per_minute, np.where(end > start, last, np.nan))
        frames.append(
            groups.select(
                "declaration_date",
                "office",
                lane=pl.lit(rule.lane),
                value_per_minute=pl.Series(cut, dtype=pl.Float64).fill_nan(None),
            )
        )
    return pl.concat(frames)
