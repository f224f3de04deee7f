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

    from tidewaiter.engine.risk.selection.policy import LaneRule
    from tidewaiter.engine.risk.selection.traffic import Terms, Traffic

    Ints = NDArray[np.int64]


def room(traffic: Traffic, early: pl.DataFrame, terms: Terms) -> Room:
    """What the picks made so far leave for value; below zero where they took too much.

    Where a capacity is entered for office and control it limits the lane; elsewhere the lane's
    expected rate limits the number of declarations.
    """
    groups = traffic.groups
    work = early.join(traffic.rows.select("row", "group", "size"), on="row")
    sizes, counts = [], []
    for index, rule in enumerate(terms.policy.lanes):
        entered = _entered(groups, rule.control, terms.capacity)
        limited = ~np.isnan(entered)
        units = np.floor(np.nan_to_num(entered) * WHOLE / terms.policy.minutes_of(rule.control))
        takes = work.filter(pl.col("controls").list.contains(rule.control))
        used = _per_group(takes.group_by("group").agg(n=pl.col("size").sum()), groups.height)
        sizes.append(np.where(limited, units.astype(np.int64) - used, UNLIMITED))
        in_lane = work.filter(pl.col("lane") == index).group_by("group").agg(n=pl.len())
        expected = _expected(groups, rule, terms) - _per_group(in_lane, groups.height)
        counts.append(np.where(limited, UNLIMITED, expected))
    return Room(np.column_stack(sizes), np.column_stack(counts))


def _entered(groups: pl.DataFrame, control: str, capacity: pl.DataFrame) -> NDArray[np.float64]:
    """Minutes a day for each group's office, NaN where none are entered."""
    of_control = capacity.filter(pl.col("control") == control).select("office", "minutes_per_day")
    joined = groups.join(of_control, on="office", how="left", maintain_order="left")
    return joined["minutes_per_day"].cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _per_group(found: pl.DataFrame, group_count: int) -> Ints:
    result = np.zeros(group_count, dtype=np.int64)
    result[found["group"].to_numpy()] = found["n"].to_numpy()
    return result


def _expected(groups: pl.DataFrame, rule: LaneRule, terms: Terms) -> Ints:
    """Expected number in the lane; the fraction is settled by a keyed hash of office and lane, so
    that small offices are neither always nor never visited."""
    if rule.expected_rate == 0:
        return np.zeros(groups.height, dtype=np.int64)
    fractions = [
        chance.draw_one(f"room:{office}:{rule.lane}", terms.key(day))
        for day, office in groups.select("declaration_date", "office").iter_rows()
    ]
    expected = groups["traffic"].to_numpy() * rule.expected_rate
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
    """Columns declaration_date, office, control, capacity, minutes, over.

    A row for each office, day and control that has work or capacity. `over` are the minutes that
    mandatory and random picks ask for beyond the capacity; value picks never do.
    """
    work = (
        picked.join(traffic.rows.select("row", "group", "size"), on="row")
        .explode("controls")
        .group_by("group", control="controls")
        .agg(pl.col("size").sum())
    )
    minutes = work.join(_minutes(work["control"], terms), on="control").select(
        "group", "control", minutes=pl.col("size") * pl.col("per_item") / WHOLE
    )
    offered = traffic.groups.join(terms.capacity, on="office").select(
        "group", "control", capacity=pl.col("minutes_per_day").cast(pl.Float64)
    )
    both = offered.join(minutes, on=["group", "control"], how="full", coalesce=True)
    return (
        both.join(traffic.groups, on="group")
        .with_columns(pl.col("minutes").fill_null(0.0))
        .with_columns(over=(pl.col("minutes") - pl.col("capacity")).clip(0.0).fill_null(0.0))
        .select("declaration_date", "office", "control", "capacity", "minutes", "over")
        .sort("declaration_date", "office", "control")
    )
