"""Counts, sums and results per trader, place, code and combination, as of a date."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engine.risk.baselines.keys import NO_KEY, VALUE, positive, with_keys

if TYPE_CHECKING:
    from tidewaiter.engine.risk.baselines.histories import History

RECENT_HALF_LIFE_DAYS = 60.0
WEIGHT_ONE = 1 << 20  # recent weights are kept as whole numbers of 2^-20, so that sums are exact
LOG_STEPS = 1 << 10  # logs, and their squares, are kept in steps of 2^-10 for the same reason
DAY_ZERO = date(1970, 1, 1)


def _money(expression: pl.Expr) -> pl.Expr:
    """Whole units of currency: sums of whole numbers do not depend on their order."""
    return expression.fill_nan(None).fill_null(0.0).round().cast(pl.Int64)


def traffic(declarations: pl.LazyFrame, history: History, as_of: date) -> pl.DataFrame:
    """One row a key: items, value, first and last day seen, items and value in the windows before
    `as_of`, sums of means and logs. All of it adds up over days, or is a least or greatest."""
    if history.days:
        oldest = as_of - timedelta(days=history.days)
        declarations = declarations.filter(pl.col("declaration_date") >= oldest)
    return (
        with_keys(declarations)
        .with_columns(history.key.number().alias("key"))
        .filter(pl.col("key") != NO_KEY)
        .group_by("key")
        .agg(_figures(history, as_of))
        .collect(engine="streaming")
    )


def _figures(history: History, as_of: date) -> list[pl.Expr]:
    day = pl.col("declaration_date")
    number = day.cast(pl.Int32).cast(pl.Int64)
    figures = [pl.len().cast(pl.Int64).alias("items"), number.min().alias("first_day")]
    if history.last:
        figures.append(number.max().alias("last_day"))
    for days in history.windows:
        inside = day >= as_of - timedelta(days=days)
        figures.append(inside.sum().cast(pl.Int64).alias(f"items_{days}d"))
        figures.append(_money(VALUE).filter(inside).sum().alias(f"value_{days}d"))
    for column in history.means:
        thousandths = (pl.col(column).fill_nan(None) * 1000).round().cast(pl.Int64)
        figures.append(thousandths.sum().alias(f"{column}_sum"))
        figures.append(
            pl.col(column).fill_nan(None).count().cast(pl.Int64).alias(f"{column}_count")
        )
    for column in history.logs:
        steps = (positive(pl.col(column)).log() * LOG_STEPS).round().cast(pl.Int64)
        figures.append(steps.count().cast(pl.Int64).alias(f"{column}_logs"))
        figures.append(steps.sum().alias(f"{column}_log_sum"))
        figures.append((steps * steps).sum().alias(f"{column}_log_squares"))
    return figures


def results(labelled: pl.DataFrame, history: History, as_of: date) -> pl.DataFrame:
    """One row a key: controls and finds, all and with weights halving every 60 days."""
    age = (pl.lit(as_of) - pl.col("known_on")).dt.total_days().cast(pl.Float64)
    weight = ((0.5 ** (age / RECENT_HALF_LIFE_DAYS)) * WEIGHT_ONE).round().cast(pl.Int64)
    return (
        labelled.lazy()
        .with_columns(history.key.number().alias("key"), weight.alias("weight"))
        .filter(pl.col("key") != NO_KEY)
        .group_by("key")
        .agg(
            pl.len().cast(pl.Int64).alias("controls"),
            pl.col("found").sum().cast(pl.Int64).alias("finds"),
            pl.col("weight").sum().alias("recent_controls"),
            pl.col("weight").filter(pl.col("found")).sum().alias("recent_finds"),
        )
        .collect()
    )


def joined(seen: pl.DataFrame | None, found: pl.DataFrame | None, as_of: date) -> pl.DataFrame:
    """The table of one history from `traffic` and `results`, sorted by key; counts absent on one
    side are zero. None: the history keeps none of these."""
    if seen is None or found is None:
        kept = found if seen is None else seen
        if kept is None:
            raise ValueError("a history keeps traffic, results or both")
        return kept.sort("key")
    both = seen.join(found, on="key", how="full", coalesce=True)
    first = pl.col("first_day").fill_null((as_of - DAY_ZERO).days)
    return both.with_columns(first).fill_null(0).sort("key")
