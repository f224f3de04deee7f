"""What a month yielded, counted once: a few rows per day and office instead of millions.

Each count can be added to others, so that any period and office is a sum of rows; controlled
declarations, which are few, keep a row each, for what cannot be added up: intervals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, OUTCOMES, SELECTIONS
from tidewaiter.engine.risk.measurement.traffic import CERTAIN, CHANCE, OUTSIDE

if TYPE_CHECKING:
    from tidewaiter.engine.records.lake import Lake

BY = ["day", "office", "lane", "step", "pins"]
COUNTS = [
    "declarations", "items", "controlled", "found", "revenue", "minutes", "released",
    "release_days",
]  # fmt: skip
BY_SET = ["day", "office", "profiles"]
SET_COUNTS = ["declarations", "controlled", "found", "revenue", "minutes"]
STRATA = ("office", "lane", "chapter", "origin", "size")
# Declarations of an importer at the office in the month: least number and name of each size.
SIZES = ((1, "1"), (2, "2-9"), (10, "10-99"), (100, "100+"))


class Month(NamedTuple):
    """days: rows by BY with COUNTS. sets: by BY_SET with SET_COUNTS; `profiles` are the codes that
    matched, in order, separated by spaces. strata: day, office, by (one of STRATA), name, part,
    declarations. controls: one row a controlled declaration; a column for each of STRATA, and what
    the engine's measurement asks of it."""

    days: pl.DataFrame
    sets: pl.DataFrame
    strata: pl.DataFrame
    controls: pl.DataFrame


def of_month(lake: Lake, month: str, currency: str) -> Month:
    """currency: the administration's; revenue in another one is not added.

    lane and step are empty for what was not selected yet. step: mandatory, rate, value, random,
    override or none. pins: those of the assessment (see targeting), empty if there is none.
    """
    results, matched = _results(lake, month, currency), _matched(lake, month)
    whole = (
        _declared(lake, month)
        .join(_selected(lake, month), on="declaration_id", how="left")
        .join(_judged(lake, month), on="declaration_id", how="left")
        .join(results, on="declaration_id", how="left")
        .join(matched, on="declaration_id", how="left")
        .with_columns(pl.col("lane", "step", "pins", "office", "profiles").fill_null(""))
        .with_columns(_sizes(), probability=_probability())
        .with_columns(part=_part())
    )
    frames = [
        whole.group_by(BY).agg(_counts()).sort(BY),
        whole.filter(pl.col("profiles") != "").group_by(BY_SET).agg(_set_counts()).sort(BY_SET),
        _strata(whole.with_columns(lane=_lane_of_risk())),
        _controls(whole.with_columns(risk_lane=_lane_of_risk())),
    ]
    return Month(*pl.collect_all(frames, engine="streaming"))


def _hits() -> list[pl.Expr]:
    return [
        pl.col("found").count().alias("controlled"),
        pl.col("found").sum(),
        pl.col("revenue").sum(),
        pl.col("minutes").sum(),
    ]


def _set_counts() -> list[pl.Expr]:
    return [pl.len().alias("declarations"), *_hits()]


def _counts() -> list[pl.Expr]:
    release = (pl.col("release_date") - pl.col("day")).dt.total_days()
    return [
        pl.len().alias("declarations"),
        pl.col("items").sum(),
        *_hits(),
        release.count().alias("released"),
        release.sum().alias("release_days"),
    ]


def _probability() -> pl.Expr:
    """With which a controlled declaration was selected: as it was recorded with its result, or with
    its selection. One that nobody selected was controlled for a reason of its own, and stands for
    itself alone. Others: that of their selection, if there is one."""
    controlled = pl.col("found").is_not_null()
    chosen = ~pl.col("step").is_in(["", "none"])
    known = pl.coalesce("probability", pl.when(chosen).then("chance"), pl.lit(1.0))
    own = pl.when(known.is_between(0, 1, closed="right")).then(known).otherwise(1.0)
    return pl.when(controlled).then(own).otherwise("chance")


def _part() -> pl.Expr:
    """See the engine's measurement of traffic; what is not selected yet is left to chance."""
    p = pl.col("probability")
    return (
        pl.when(p >= 1)
        .then(pl.lit(CERTAIN))
        .when(p <= 0)
        .then(pl.lit(OUTSIDE))
        .otherwise(pl.lit(CHANCE))
    )


def _lane_of_risk() -> pl.Expr:
    """The lane that risk alone gives: what only chance would pick is green."""
    selected = pl.col("lane") != ""
    green = selected & (pl.col("part") != CERTAIN)
    return pl.when(green).then(pl.lit("green")).otherwise("lane")


def _sizes() -> pl.Expr:
    number = pl.len().over("office", "importer")
    size = pl.lit(SIZES[0][1])
    for least, name in SIZES[1:]:
        size = pl.when(number >= least).then(pl.lit(name)).otherwise(size)
    return pl.when(pl.col("importer") == "").then(pl.lit("")).otherwise(size).alias("size")


def _strata(whole: pl.LazyFrame) -> pl.LazyFrame:
    return pl.concat(
        whole.group_by("day", "office", "part", name=pl.col(by))
        .agg(pl.len().cast(pl.Int64).alias("declarations"))
        .select("day", "office", pl.lit(by).alias("by"), "name", "part", "declarations")
        for by in STRATA
    ).sort("day", "office", "by", "name", "part")


def _controls(whole: pl.LazyFrame) -> pl.LazyFrame:
    return (
        whole.filter(pl.col("found").is_not_null())
        .select(
            "day", "office", "lane", "step", "pins", "profiles", "risk_lane", "chapter", "origin",
            "size", "part", "probability", "found", "revenue", "minutes", "control_ref", "by_value",
            "by_score", "declaration_id",
        )
        .sort("day", "declaration_id")
    )  # fmt: skip


def _in(month: str) -> pl.Expr:
    return pl.col("month") == month


def _declared(lake: Lake, month: str) -> pl.LazyFrame:
    """One row a declaration; its goods are those of its most valuable item."""
    rows = lake.current(DECLARATIONS, _in(month)).filter(pl.col("function") != "cancellation")
    worth = pl.coalesce("customs_value", "statistical_value").fill_null(0.0)
    goods = pl.col("hs6").fill_null("").str.slice(0, 2)
    return rows.group_by("declaration_id").agg(
        pl.col("declaration_date").first().alias("day"),
        pl.col("office").first(),
        pl.col("importer").first().fill_null(""),
        pl.col("release_date").max(),
        pl.len().cast(pl.Int64).alias("items"),
        goods.max_by(worth).alias("chapter"),
        pl.col("origin").fill_null("").max_by(worth),
    )


def _selected(lake: Lake, month: str) -> pl.LazyFrame:
    """by_value, by_score: place among the office's declarations of the month, the best first."""
    step = pl.col("selected_by").str.split(":").list.first()
    return lake.current(SELECTIONS, _in(month)).select(
        "declaration_id",
        "lane",
        step.alias("step"),
        chance="selection_probability",
        by_value=_place("expected_value"),
        by_score=_place("score"),
    )


def _place(figure: str) -> pl.Expr:
    known = pl.col(figure).fill_null(0.0).fill_nan(0.0)
    return (known.rank("ordinal", descending=True) / pl.len()).over("office")


def _judged(lake: Lake, month: str) -> pl.LazyFrame:
    return (
        lake.current(ASSESSMENTS, _in(month))
        .group_by("declaration_id")
        .agg(pl.col("run_id").max().alias("pins"))
    )


def _matched(lake: Lake, month: str) -> pl.LazyFrame:
    """declaration_id, profiles: the codes that matched any of its items."""
    return (
        lake.current(ASSESSMENTS, _in(month))
        .select("declaration_id", "profiles")
        .filter(pl.col("profiles").list.len() > 0)
        .explode("profiles")
        .group_by("declaration_id")
        .agg(pl.col("profiles").unique().sort().str.join(" "))
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
            pl.col("control_ref").min(),
        )
    )
