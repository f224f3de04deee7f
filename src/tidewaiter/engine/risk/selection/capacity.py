"""What each office can do in a day, and what a selection asks of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tidewaiter.engine.risk import chance
from tidewaiter.engine.risk.selection.fill import UNLIMITED, Room
from tidewaiter.engine.risk.selection.policy import WHOLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tidewaiter.engine.risk.selection.policy import SelectionPolicy
    from tidewaiter.engine.risk.selection.traffic import Terms, Traffic

    Ints = NDArray[np.int64]


def room(traffic: Traffic, early: pl.DataFrame, terms: Terms) -> Room:
    """What the picks made so far leave for value; below zero where they took too much.

    Where a capacity is entered for office and control it limits the lane, shift by shift; elsewhere
    the lane's expected rate limits the number of declarations. Authorised traders have their part of
    either, where there are any.
    """
    groups = _offices(traffic.groups)
    work = early.join(traffic.rows.select("row", "group", "size"), on="row")
    sizes, counts, parts = [], [], []
    for index, rule in enumerate(terms.policy.lanes):
        entered = _entered(groups, rule.control, terms)
        limited = ~np.isnan(entered)
        units = np.floor(np.nan_to_num(entered) * WHOLE / terms.policy.minutes_of(rule.control))
        takes = work.filter(pl.col("controls").list.contains(rule.control))
        used = _per_group(takes.group_by("group").agg(n=pl.col("size").sum()), groups.height)
        together = _together(groups, used)
        part = _part(groups, index, terms.policy)
        sizes.append(np.where(limited, units.astype(np.int64) - together, UNLIMITED))
        in_lane = work.filter(pl.col("lane") == index).group_by("group").agg(n=pl.len())
        rate = rule.expected_rate * np.where(groups["authorised"], part, 1.0)
        expected = _expected(groups, rule.lane, rate, terms) - _per_group(in_lane, groups.height)
        counts.append(np.where(limited, UNLIMITED, expected))
        parts.append(np.where(limited, part, 1.0))
    return Room(np.column_stack(sizes), np.column_stack(parts), np.column_stack(counts))


def _offices(groups: pl.DataFrame) -> pl.DataFrame:
    """Adds `desk`, the number of day, office and shift, and `shared`: both authorised traders and
    others are there."""
    key = ["declaration_date", "office", "shift"]
    return groups.with_columns(
        desk=pl.struct(key).rank("dense") - 1, shared=pl.col("authorised").n_unique().over(key) > 1
    )


def _together(groups: pl.DataFrame, used: Ints) -> Ints:
    """Per group, what all groups of its day, office and shift use."""
    desk = groups["desk"].to_numpy().astype(np.int64)
    sums = np.zeros(int(desk.max(initial=-1)) + 1, dtype=np.int64)
    np.add.at(sums, desk, used)
    result: Ints = sums[desk]
    return result


def _part(groups: pl.DataFrame, lane: int, policy: SelectionPolicy) -> NDArray[np.float64]:
    """The group's part of a lane's minutes."""
    share = policy.authorised.share if lane >= policy.authorised_from else 0.0
    others = np.where(groups["shared"], 1.0 - share, 1.0)
    result: NDArray[np.float64] = np.where(groups["authorised"], share, others)
    return result


def by_shift(capacity: pl.DataFrame, policy: SelectionPolicy) -> pl.DataFrame:
    """office, shift, control, minutes_per_day: each capacity divided among the office's shifts."""
    shifts = policy.shifts_of
    rows = [
        (office, shift.name, shift.share) for office, held in shifts.items() for shift in held
    ] or [("", "", 1.0)]
    table = pl.DataFrame(
        rows, schema={"_office": pl.String, "shift": pl.String, "_share": pl.Float64}, orient="row"
    )
    own = [office for office in shifts if office]
    of = pl.when(pl.col("office").is_in(own)).then("office").otherwise(pl.lit(""))
    return (
        capacity.with_columns(_office=of)
        .join(table, on="_office", how="left")
        .select(
            "office",
            pl.col("shift").fill_null(""),
            "control",
            minutes_per_day=pl.col("minutes_per_day").cast(pl.Float64)
            * pl.col("_share").fill_null(1.0),
        )
    )


def _entered(groups: pl.DataFrame, control: str, terms: Terms) -> NDArray[np.float64]:
    """Minutes for each group's office and shift, NaN where none are entered."""
    held = by_shift(terms.capacity.filter(pl.col("control") == control), terms.policy)
    joined = groups.join(held, on=["office", "shift"], how="left", maintain_order="left")
    return joined["minutes_per_day"].cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _per_group(found: pl.DataFrame, group_count: int) -> Ints:
    result = np.zeros(group_count, dtype=np.int64)
    result[found["group"].to_numpy()] = found["n"].to_numpy()
    return result


def _expected(groups: pl.DataFrame, lane: str, rate: NDArray[np.float64], terms: Terms) -> Ints:
    """Expected number in the lane; the fraction is settled by a keyed hash of office and lane, so
    that small offices are neither always nor never visited."""
    if not rate.any():
        return np.zeros(groups.height, dtype=np.int64)
    fractions = [
        chance.draw_one(f"room:{office}:{lane}{':' + shift if shift else ''}", terms.key(day))
        for day, office, shift in groups.select("declaration_date", "office", "shift").iter_rows()
    ]
    expected = groups["traffic"].to_numpy() * rate
    counts: Ints = np.floor(expected + np.array(fractions)).astype(np.int64)
    return counts


def _minutes(controls: pl.Series, terms: Terms) -> pl.DataFrame:
    """control, per_item: standard minutes of each control that occurs."""
    names = controls.drop_nulls().unique().to_list()
    return pl.DataFrame(
        {"control": names, "per_item": [terms.policy.minutes_of(name) for name in names]},
        schema={"control": pl.String, "per_item": pl.Float64},
    )


def workload(traffic: Traffic, picked: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """Columns declaration_date, office, shift, control, capacity, minutes, over.

    A row for each office, day, shift and control that has work or capacity. `over` are the minutes that
    mandatory and random picks ask for beyond the capacity; value picks never do.
    """
    key = ["declaration_date", "office", "shift"]
    groups = _offices(traffic.groups)
    work = (
        picked.join(traffic.rows.select("row", "group", "size"), on="row")
        .join(groups.select("group", "desk"), on="group")
        .explode("controls")
        .group_by("desk", control="controls")
        .agg(pl.col("size").sum())
    )
    minutes = work.join(_minutes(work["control"], terms), on="control").select(
        "desk", "control", minutes=pl.col("size") * pl.col("per_item") / WHOLE
    )
    desks = groups.select("desk", *key).unique("desk")
    offered = desks.join(by_shift(terms.capacity, terms.policy), on=["office", "shift"]).select(
        "desk", "control", capacity="minutes_per_day"
    )
    both = offered.join(minutes, on=["desk", "control"], how="full", coalesce=True)
    return (
        both.join(desks, on="desk")
        .with_columns(pl.col("minutes").fill_null(0.0))
        .with_columns(over=(pl.col("minutes") - pl.col("capacity")).clip(0.0).fill_null(0.0))
        .select(*key, "control", "capacity", "minutes", "over")
        .sort(*key, "control")
    )
