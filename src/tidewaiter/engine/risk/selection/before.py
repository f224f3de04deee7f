"""What the days before a day say of traders and profiles: nothing of the day itself, so that what
chance picks on it changes neither a limit nor what is due."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engine.risk.selection.policy import GREEN
from tidewaiter.engine.risk.selection.traffic import TRADERS, WAITING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from tidewaiter.engine.risk.selection.policy import SelectionPolicy

WAITING_DAYS = 92  # a profile without a selection for longer counts what it matched in these days


def since(day: date, policy: SelectionPolicy) -> date:
    """The first day that a selection of this day looks back to."""
    days = max(policy.trader_limit.days, WAITING_DAYS if policy.select_after else 0)
    return day - timedelta(days=days)


def by_trader(selections: pl.LazyFrame) -> pl.LazyFrame:
    """importer, declaration_date, declared, controlled: what each day brought of each trader."""
    return (
        selections.filter(pl.col("importer").is_not_null())
        .group_by("importer", "declaration_date")
        .agg(
            pl.len().cast(pl.Int64).alias("declared"),
            (pl.col("lane") != GREEN).sum().cast(pl.Int64).alias("controlled"),
        )
    )


def traders(
    days: pl.LazyFrame, day: date, policy: SelectionPolicy, authorised: Iterable[str]
) -> pl.DataFrame:
    """TRADERS before a day, from days as `by_trader` counts them."""
    inside = pl.col("declaration_date").is_between(
        day - timedelta(days=policy.trader_limit.days), day, closed="left"
    )
    counted = (
        days.filter(inside)
        .group_by("importer")
        .agg(pl.col("declared", "controlled").sum())
        .collect(engine="streaming")
    )
    members = pl.DataFrame({"importer": sorted(authorised)}, schema={"importer": pl.String})
    both = counted.join(
        members.with_columns(authorised=pl.lit(True)),  # noqa: FBT003
        on="importer",
        how="full",
        coalesce=True,
    )
    return both.select(
        pl.col(name).fill_null(False if dtype == pl.Boolean else 0).cast(dtype)
        if name != "importer"
        else pl.col(name)
        for name, dtype in TRADERS.items()
    )


def waiting(
    matches: pl.LazyFrame, selections: pl.LazyFrame, day: date, policy: SelectionPolicy
) -> pl.DataFrame:
    """WAITING before a day: matches on the days after the last one with a selected match.

    matches: columns declaration_id, declaration_date, profiles; selections: declaration_id, lane.
    """
    inside = pl.col("declaration_date").is_between(
        day - timedelta(days=WAITING_DAYS), day, closed="left"
    )
    hits = (
        matches.filter(inside & (pl.col("profiles").list.len() > 0))
        .select("declaration_id", "declaration_date", profile="profiles")
        .explode("profile")
        .filter(pl.col("profile").is_in(list(policy.select_after)))
        .unique()
        .join(selections.select("declaration_id", "lane"), on="declaration_id", how="left")
        .with_columns(picked=pl.col("lane").fill_null(GREEN) != GREEN)
    )
    last = pl.col("declaration_date").filter("picked").max()
    return (
        hits.group_by("profile")
        .agg(matches=(last.is_null() | (pl.col("declaration_date") > last)).sum().cast(pl.Int64))
        .select(*WAITING)
        .sort("profile")
        .collect()
    )
