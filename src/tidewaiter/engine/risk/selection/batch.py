"""Selecting a day or a month at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tidewaiter.engine.records import SELECTIONS
from tidewaiter.engine.risk.selection import picks
from tidewaiter.engine.risk.selection.capacity import room, workload
from tidewaiter.engine.risk.selection.fill import (
    Asked,
    Freed,
    Ranking,
    Room,
    fill,
    lane_of,
    would_pick,
)
from tidewaiter.engine.risk.selection.policy import GREEN, WHOLE
from tidewaiter.engine.risk.selection.traffic import Terms, Traffic, prepare

if TYPE_CHECKING:
    from datetime import date, datetime

    from tidewaiter.engine.risk.selection.fill import Taken
    from tidewaiter.engine.risk.selection.picks import SelectingProfiles
    from tidewaiter.engine.risk.selection.policy import SelectionPolicy


@dataclass(frozen=True, slots=True)
class Selection:
    """What was selected, and what the next declarations are measured against.

    `rows`: SELECTIONS columns but key, version and month, in the order of the declarations given.
    `cutoffs`: declaration_date, office, shift, lane, value_per_minute: the value per minute that the
    last declaration had that the lane took before one did not fit; missing where it had no room.
    Authorised traders, who have their own part, do not show here. `workload`: declaration_date,
    office, shift, control, capacity (missing where none is entered), minutes, over.
    """

    rows: pl.DataFrame
    cutoffs: pl.DataFrame
    workload: pl.DataFrame


def select(  # noqa: PLR0913  one name for each thing that decides, all by keyword
    declarations: pl.DataFrame,
    *,
    profiles: SelectingProfiles,
    capacity: pl.DataFrame,
    policy: SelectionPolicy,
    day_keys: dict[date, str],
    run_id: str,
    at: datetime,
    traders: pl.DataFrame | None = None,
    waiting: pl.DataFrame | None = None,
) -> Selection:
    """Choose lane and controls of each declaration.

    `declarations`: one row each, columns declaration_id, declaration_date, office, importer, items,
    score, expected_value, currency, risk_area, profiles; received_time (pl.Time, local) where the
    policy has shifts; others of SELECTIONS are carried over. `capacity`: office, control,
    minutes_per_day. `traders`, `waiting`: columns TRADERS and WAITING, as known before the day. The
    result depends on neither the order of the rows nor the size of the batch, as long as a day and
    office are whole. Raises ValueError on a day without key, a declaration given twice, or mixed
    currencies.
    """
    terms = Terms(policy, capacity, day_keys, traders, waiting)
    traffic = prepare(declarations, terms)
    early = _early(traffic, profiles, terms)
    space = room(traffic, early.picked, terms)
    ranking, ranked = _ranking(traffic, early, policy)
    taken = fill(ranking, space)
    by_value = _value_picks(ranked.filter("free"), taken, policy)
    picked = pl.concat([early.picked, by_value])
    certain = _certain(ranking, ranked, space, policy)
    sure = pl.concat([certain, early.due["row"]])
    chances = _by_chance(traffic, early.rated, policy)
    limited = _limited(ranking, ranked, traffic, space, policy)
    decided = _decided(traffic, picked, chances, sure, limited, policy)
    rows = declarations.with_columns(
        decided, run_id=pl.lit(run_id), selected_at=pl.lit(at), policy=pl.lit(policy.version)
    )
    return Selection(
        rows=rows.select(
            (pl.col(name) if name in rows.columns else pl.lit(None)).cast(dtype).alias(name)
            for name, dtype in SELECTIONS.incoming.items()
        ),
        cutoffs=_cutoffs(traffic.groups, ranking, taken, policy),
        workload=workload(traffic, picked, terms),
    )


@dataclass(frozen=True, slots=True)
class _Early:
    """`picked`: the picks made before value; `rated`: all matches of profiles with a select rate;
    `due`: what profiles that waited are owed, also where chance picked it first."""

    picked: pl.DataFrame
    rated: pl.DataFrame
    due: pl.DataFrame


def _early(traffic: Traffic, profiles: SelectingProfiles, terms: Terms) -> _Early:
    found = picks.matches(traffic.rows, picks.selecting(profiles, terms.policy))
    forced = picks.by_profile(found.filter("mandatory"), picks.MANDATORY)
    others = found.filter(~pl.col("mandatory")).join(forced, on="row", how="anti")
    rated = picks.with_draws(others.filter(pl.col("rate") > 0), terms)
    due = picks.due(others, found, traffic.rows, terms)
    steps = [
        forced,
        picks.by_profile(rated.filter("drawn"), picks.RATE),
        picks.at_random(traffic.rows, terms.policy),
        picks.of_unseen(traffic.rows, terms.policy),
        due,
    ]
    return _Early(pl.concat(steps).unique("row", keep="first", maintain_order=True), rated, due)


def _ranking(
    traffic: Traffic, early: _Early, policy: SelectionPolicy
) -> tuple[Ranking, pl.DataFrame]:
    """The ranking of candidates, and the sorted frame of candidates and others that might have been.

    `free`: a candidate. The others were picked by chance, or are beyond what their trader's limit
    allows (`beyond`): of a trader's declarations of a day those of least value are, whether chance
    picked some of them or not.
    """
    mine = ["declaration_date", "importer"]
    worth = traffic.rows.filter(pl.col("value") > 0)
    place = pl.int_range(pl.len()).over(mine, order_by=[-pl.col("value"), pl.col("tie")])
    ranked = (
        worth.join(early.picked.select("row", "step", "lane", "controls"), on="row", how="left")
        .filter(pl.col("step").is_null() | (pl.col("step") != picks.MANDATORY))
        .join(early.due, on="row", how="anti")
        .with_columns(beyond=(place >= pl.col("allowed")).fill_null(value=False))
        .with_columns(free=pl.col("step").is_null() & ~pl.col("beyond"))
        .select(
            "row", "group", "size", "value", "tie", "step", "lane", "controls", "beyond", "free"
        )
        .sort("group", "value", "tie", descending=[False, True, False])
        .with_columns(position=pl.col("free").cum_sum().cast(pl.Int64) - pl.col("free"))
    )
    free = ranked.filter("free")
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


def _value_picks(free: pl.DataFrame, taken: list[Taken], policy: SelectionPolicy) -> pl.DataFrame:
    """Picks by value: what each lane takes of each group's ranking."""
    lanes = lane_of(taken, free.height)
    chosen = free.select("row", lane=pl.Series(lanes)).filter(pl.col("lane") >= 0)
    return chosen.join(picks.standard_controls(policy), on="lane", how="left").select(
        "row",
        pl.lit(picks.VALUE).alias("step"),
        "lane",
        "controls",
        selected_by=pl.lit(picks.VALUE),
    )


def _asked(rows: pl.DataFrame, freed: Freed | None = None) -> Asked:
    return Asked(
        groups=rows["group"].cast(pl.Int64).to_numpy(),
        positions=rows["position"].to_numpy(),
        values=rows["value"].to_numpy(),
        sizes=rows["size"].to_numpy(),
        freed=freed,
    )


def _certain(
    ranking: Ranking, ranked: pl.DataFrame, space: Room, policy: SelectionPolicy
) -> pl.Series:
    """Rows that chance picked and value would have picked anyway: their probability is 1."""
    drawn = ranked.filter(pl.col("step").is_not_null() & ~pl.col("beyond"))
    takes = [pl.col("controls").list.contains(rule.control) for rule in policy.lanes]
    sizes = drawn.select(
        (take * pl.col("size")).alias(str(index)) for index, take in enumerate(takes)
    )
    counts = drawn.select(
        (pl.col("lane") == index).cast(pl.Int64).alias(str(index))
        for index in range(len(policy.lanes))
    )
    freed = Freed(sizes.to_numpy(), counts.to_numpy())
    return drawn["row"].filter(pl.Series(would_pick(ranking, space, _asked(drawn, freed))))


def _limited(
    ranking: Ranking,
    ranked: pl.DataFrame,
    traffic: Traffic,
    space: Room,
    policy: SelectionPolicy,
) -> pl.DataFrame:
    """row, limit: what value would have picked had its trader not been controlled so often."""
    held = ranked.filter(pl.col("step").is_null() & pl.col("beyond"))
    rows = held.filter(pl.Series(would_pick(ranking, space, _asked(held))))["row"]
    limit = policy.trader_limit
    return traffic.rows.filter(pl.col("row").is_in(rows.implode())).select(
        "row",
        limit=pl.format(
            "{}:{}/{} in {} d, {} %", pl.lit(picks.LIMIT), "controlled", "declared",
            pl.lit(limit.days), pl.lit(f"{100 * limit.rate:g}"),
        ),
    )  # fmt: skip


def _by_chance(traffic: Traffic, rated: pl.DataFrame, policy: SelectionPolicy) -> pl.DataFrame:
    """row, chance: the probability that select rates, the random share or that of unseen traders pick."""
    missed = rated.group_by("row").agg(missed=(1 - pl.col("rate")).product())
    unseen = pl.when("unseen").then(1 - policy.unseen_rate).otherwise(1.0)
    every = traffic.rows.select("row", shares=unseen * (1 - policy.random_rate))
    return every.join(missed, on="row", how="left", maintain_order="left").select(
        "row", chance=1 - pl.col("shares") * pl.col("missed").fill_null(1.0)
    )


def _decided(
    traffic: Traffic,
    picked: pl.DataFrame,
    by_chance: pl.DataFrame,
    certain: pl.Series,
    limited: pl.DataFrame,
    policy: SelectionPolicy,
) -> pl.DataFrame:
    """lane, controls, selected_by and selection_probability of each row of the traffic."""
    sure = pl.DataFrame(
        {"row": certain.unique(), "sure": True}, schema_overrides={"row": pl.UInt32}
    )
    is_sure = pl.col("step").is_in([picks.MANDATORY, picks.VALUE]) | pl.col("sure")
    codes = dict(enumerate(rule.lane for rule in policy.lanes))
    decided = traffic.rows.select("row")
    for frame in (picked, by_chance, sure, limited):
        decided = decided.join(frame, on="row", how="left", maintain_order="left")
    return decided.select(
        lane=pl.col("lane").replace_strict(codes, default=GREEN, return_dtype=pl.String),
        controls=pl.col("controls").fill_null(pl.lit([], pl.List(pl.String))),
        selected_by=pl.coalesce("selected_by", "limit", pl.lit(picks.NONE)),
        selection_probability=pl.when(is_sure).then(1.0).otherwise("chance"),
    )


def _cutoffs(
    groups: pl.DataFrame, ranking: Ranking, taken: list[Taken], policy: SelectionPolicy
) -> pl.DataFrame:
    frames = []
    values = np.append(ranking.values, 0.0)
    for index, (rule, one) in enumerate(zip(policy.lanes, taken, strict=True)):
        per_minute = WHOLE / policy.minutes_of(rule.control)
        sizes, counts = one.left(ranking)
        open_still = (sizes >= WHOLE) & (counts > 0) & (one.end >= ranking.worthwhile_end(index))
        none = len(ranking.values)
        single = np.where(one.singles >= 0, one.singles, none).min(axis=1, initial=none)
        last = np.where(one.end > one.start, one.end - 1, single)
        cut = np.where(last < none, values[last] * per_minute, np.nan)
        cut = np.where(open_still, policy.cost_per_minute, cut)
        frames.append(
            groups.select(
                "declaration_date",
                "office",
                "shift",
                "authorised",
                lane=pl.lit(rule.lane),
                value_per_minute=pl.Series(cut, dtype=pl.Float64).fill_nan(None),
            )
        )
    return pl.concat(frames).filter(~pl.col("authorised")).drop("authorised")
