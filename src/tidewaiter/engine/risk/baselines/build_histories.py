"""Counts, sums and results per trader, place, code and combination, as of a date.

What is kept of rows adds up: `traffic`, `recent` and `results` of any shares of the rows, put together,
are those of all of them. Only `finished` knows the day that all is as of.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engine.risk.baselines.adding import added
from tidewaiter.engine.risk.baselines.changing import DAY_ZERO, current_rates
from tidewaiter.engine.risk.baselines.keys import NO_KEY, VALUE, positive

if TYPE_CHECKING:
    from tidewaiter.engine.risk.baselines.histories import History

RECENT_HALF_LIFE_DAYS = 60.0
WEIGHT_ONE = 1 << 20  # recent weights are kept as whole numbers of 2^-20, so that sums are exact
LOG_STEPS = 1 << 10  # logs, and their squares, are kept in steps of 2^-10 for the same reason
_DECLARED = pl.col("declaration_date").cast(pl.Int32).cast(pl.Int64)


def _money(expression: pl.Expr) -> pl.Expr:
    """Whole units of currency: sums of whole numbers do not depend on their order."""
    return expression.fill_nan(None).fill_null(0.0).round().cast(pl.Int64)


def traffic(declarations: pl.LazyFrame, history: History, as_of: date) -> pl.DataFrame:
    """One row a key: items, first and last day seen, sums of means and logs. A history that forgets
    has one row a key and `day` (since 1970) that it still knows.

    declarations: `with_keys`.
    """
    by = ["key"]
    if history.days:
        by.append("day")
        oldest = as_of - timedelta(days=history.days)
        declarations = declarations.filter(pl.col("declaration_date") >= oldest)
    return _by(declarations, history, by, _figures(history))


def recent(declarations: pl.LazyFrame, history: History, as_of: date) -> pl.DataFrame:
    """One row a key and `day` in the longest window before `as_of`: items and value."""
    oldest = as_of - timedelta(days=max(history.windows))
    lately = declarations.filter(pl.col("declaration_date") >= oldest)
    items, value = pl.len().cast(pl.Int64).alias("items"), _money(VALUE).sum().alias("value")
    return _by(lately, history, ["key", "day"], [items, value])


def _by(
    declarations: pl.LazyFrame, history: History, by: list[str], figures: list[pl.Expr]
) -> pl.DataFrame:
    return (
        declarations.with_columns(history.key.number().alias("key"), _DECLARED.alias("day"))
        .filter(pl.col("key") != NO_KEY)
        .group_by(by)
        .agg(figures)
        .collect(engine="streaming")
    )


def _figures(history: History) -> list[pl.Expr]:
    figures = [pl.len().cast(pl.Int64).alias("items"), _DECLARED.min().alias("first_day")]
    if history.last:
        figures.append(_DECLARED.max().alias("last_day"))
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


def results(labelled: pl.DataFrame, history: History) -> pl.DataFrame:
    """One row a key and `day` on which results became known: controls and finds.

    labelled: `with_keys`.
    """
    known = pl.col("known_on").cast(pl.Int32).cast(pl.Int64)
    return (
        labelled.lazy()
        .select(history.key.number().alias("key"), known.alias("day"), "found")
        .filter(pl.col("key") != NO_KEY)
        .group_by("key", "day")
        .agg(
            pl.len().cast(pl.Int64).alias("controls"),
            pl.col("found").sum().cast(pl.Int64).alias("finds"),
        )
        .collect()
    )


def finished(
    history: History,
    seen: pl.DataFrame | None,
    lately: pl.DataFrame | None,
    found: pl.DataFrame | None,
    as_of: date,
    overall: float,
) -> pl.DataFrame:
    """The table of one history, sorted by key, from `traffic`, `recent` and `results`; counts absent
    on one side are zero. None: the history keeps none of these. overall: finds per control."""
    results = None if found is None else _weighed(found, as_of)
    if results is not None and found is not None and history.changing:
        results = results.join(current_rates(found, overall, as_of), on="key")
    if seen is None:
        if results is None:
            raise ValueError("a history keeps traffic, results or both")
        return results.sort("key")
    if history.days:
        seen = _remembered(history, seen, as_of)
    if lately is not None:
        seen = _with_windows(history, seen, lately, as_of)
    if results is None:
        return seen.sort("key")
    both = seen.join(results, on="key", how="full", coalesce=True)
    first = pl.col("first_day").fill_null(_number(as_of))
    return both.with_columns(first).fill_null(0).sort("key")


def _number(day: date) -> int:
    return (day - DAY_ZERO).days


def _remembered(history: History, seen: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """One row a key: the days of a history that are not forgotten yet, added up."""
    days = seen.filter(pl.col("day") >= _number(as_of) - history.days)
    return added([days.drop("day")])


def _with_windows(
    history: History, seen: pl.DataFrame, lately: pl.DataFrame, as_of: date
) -> pl.DataFrame:
    """Items and value of each window, behind the days seen."""
    figures = []
    for days in history.windows:
        inside = pl.col("day") >= _number(as_of) - days
        figures.append(pl.col("items").filter(inside).sum().alias(f"items_{days}d"))
        figures.append(pl.col("value").filter(inside).sum().alias(f"value_{days}d"))
    windows = lately.group_by("key").agg(figures)
    names = [name for name in windows.columns if name != "key"]
    head = [name for name in seen.columns if name in ("key", "items", "first_day", "last_day")]
    rest = [name for name in seen.columns if name not in head]
    joined = seen.join(windows, on="key", how="left").with_columns(pl.col(names).fill_null(0))
    return joined.select(*head, *names, *rest)


def _weighed(found: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """One row a key: controls and finds, all and with weights halving every 60 days."""
    age = (_number(as_of) - pl.col("day")).cast(pl.Float64)
    weight = ((0.5 ** (age / RECENT_HALF_LIFE_DAYS)) * WEIGHT_ONE).round().cast(pl.Int64)
    return (
        found.lazy()
        .with_columns(weight.alias("weight"))
        .group_by("key")
        .agg(
            pl.col("controls", "finds").sum(),
            (pl.col("weight") * pl.col("controls")).sum().alias("recent_controls"),
            (pl.col("weight") * pl.col("finds")).sum().alias("recent_finds"),
        )
        .collect()
    )
