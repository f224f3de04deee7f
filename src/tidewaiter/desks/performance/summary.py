"""What a month yielded, counted once: a few rows per day, office, lane and step instead of millions.

Each count can be added to others, so that any period and office is a sum of rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, OUTCOMES, SELECTIONS

if TYPE_CHECKING:
    from tidewaiter.engine.records.lake import Lake

BY = ["day", "office", "lane", "step", "pins"]
COUNTS = [
    "declarations", "items", "controlled", "found", "weighted_found", "weighted_found_variance",
    "weighted_revenue", "weighted_revenue_variance", "weighted", "revenue", "minutes", "released",
    "release_days",
]  # fmt: skip
BY_PROFILE = ["day", "office", "profile"]
PROFILE_COUNTS = ["declarations", "controlled", "found", "revenue"]


def of_month(lake: Lake, month: str, currency: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows by BY with COUNTS, and rows by BY_PROFILE with PROFILE_COUNTS.

    currency: the administration's; revenue in another one is not added.

    lane and step are empty for what was not selected yet. step: mandatory, rate, value, random,
    override or none. pins: those of the assessment (see targeting), empty if there is none.
    """
    declared, judged = _declared(lake, month), _judged(lake, month)
    results, matched = _results(lake, month, currency), _matched(lake, month)
    selected = _selected(lake, month)
    whole = (
        declared.join(selected, on="declaration_id", how="left")
        .join(judged, on="declaration_id", how="left")
        .join(results, on="declaration_id", how="left")
        .with_columns(pl.col("lane", "step", "pins", "office").fill_null(""))
    )
    profiles = matched.join(declared, on="declaration_id").join(
        results, on="declaration_id", how="left"
    )
    return (
        whole.group_by(BY).agg(_counts()).sort(BY).collect(engine="streaming"),
        profiles.group_by(BY_PROFILE)
        .agg(pl.len().alias("declarations"), *_hits())
        .sort(BY_PROFILE)
        .collect(engine="streaming"),
    )


def _hits() -> list[pl.Expr]:
    return [
        pl.col("found").count().alias("controlled"),
        pl.col("found").sum(),
        pl.col("revenue").sum(),
    ]


def _counts() -> list[pl.Expr]:
    """Weighted figures are Horvitz and Thompson's: a result stands for 1 / p declarations."""
    p = pl.coalesce("probability", "chance")
    known = pl.col("found").is_not_null() & (p > 0)
    found, revenue = pl.col("found").cast(pl.Float64) / p, pl.col("revenue") / p
    release = (pl.col("release_date") - pl.col("day")).dt.total_days()
    return [
        pl.len().alias("declarations"),
        pl.col("items").sum(),
        *_hits(),
        found.filter(known).sum().alias("weighted_found"),
        ((1 - p) * found**2).filter(known).sum().alias("weighted_found_variance"),
        revenue.filter(known).sum().alias("weighted_revenue"),
        ((1 - p) * revenue**2).filter(known).sum().alias("weighted_revenue_variance"),
        known.sum().alias("weighted"),
        pl.col("minutes").sum(),
        release.count().alias("released"),
        release.sum().alias("release_days"),
    ]


def _in(month: str) -> pl.Expr:
    return pl.col("month") == month


def _declared(lake: Lake, month: str) -> pl.LazyFrame:
    rows = lake.current(DECLARATIONS, _in(month)).filter(pl.col("function") != "cancellation")
    return rows.group_by("declaration_id").agg(
        pl.col("declaration_date").first().alias("day"),
        pl.col("office").first(),
        pl.col("release_date").max(),
        pl.len().cast(pl.Int64).alias("items"),
    )


def _selected(lake: Lake, month: str) -> pl.LazyFrame:
    step = pl.col("selected_by").str.split(":").list.first()
    return lake.current(SELECTIONS, _in(month)).select(
        "declaration_id", "lane", step.alias("step"), chance="selection_probability"
    )


def _judged(lake: Lake, month: str) -> pl.LazyFrame:
    return (
        lake.current(ASSESSMENTS, _in(month))
        .group_by("declaration_id")
        .agg(pl.col("run_id").max().alias("pins"))
    )


def _matched(lake: Lake, month: str) -> pl.LazyFrame:
    """Which profiles matched which declarations, each once."""
    return (
        lake.current(ASSESSMENTS, _in(month))
        .select("declaration_id", profile="profiles")
        .filter(pl.col("profile").list.len() > 0)
        .explode("profile")
        .unique()
    )


def _results(lake: Lake, month: str, currency: str) -> pl.LazyFrame:
    """One row a controlled declaration; probability as it was when it was selected."""
    at_home = pl.col("currency").fill_null(currency) == currency
    return (
        lake.current(OUTCOMES, _in(month))
        .filter(pl.col("found").is_not_null())
        .group_by("declaration_id")
        .agg(
            pl.col("found").any(),
            pl.col("revenue").filter(at_home).sum(),
            pl.col("minutes").sum(),
            pl.col("selection_probability").max().alias("probability"),
        )
    )
