"""Results of controls laid on the goods items they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from datetime import date

RESULT = ("found", "severity", "risk_area", "revenue", "known_on", "selection_probability")


def _merged(outcomes: pl.LazyFrame, by: list[str]) -> pl.LazyFrame:
    """Several results about the same thing: a find by any of them is a find, amounts add up, and
    the risk area is that of the worst find."""
    finds = pl.col("found")
    worst = [pl.col("severity").fill_null(0).filter(finds), pl.col("risk_area").filter(finds)]
    cents = (pl.col("revenue") * 100).round().cast(pl.Int64)  # whole numbers: exact in any order
    return outcomes.group_by(by).agg(
        pl.col("found").any(),
        pl.col("severity").max(),
        pl.col("risk_area")
        .filter(finds)
        .sort_by(worst, descending=[True, False], nulls_last=True)
        .first(),
        pl.when(pl.col("revenue").count() > 0).then(cents.sum() / 100).alias("revenue"),
        pl.col("known_on").min(),
        pl.col("selection_probability").max(),
    )


def labelled(
    declarations: pl.LazyFrame, outcomes: pl.LazyFrame, known_before: date | None = None
) -> pl.DataFrame:
    """The controlled items, all their columns, and what was found.

    A result for a whole declaration (item 0) counts for each of its items that has none of its
    own, its revenue divided among them. `known_before` leaves out what was recorded on that day
    or later. Columns added: found, severity, risk_area (of finds), revenue,
    known_on, selection_probability.
    """
    outcomes = outcomes.filter(pl.col("found").is_not_null() & pl.col("known_on").is_not_null())
    if known_before is not None:
        outcomes = outcomes.filter(pl.col("known_on") < known_before)
    columns = declarations.collect_schema().names()
    declarations = declarations.select(c for c in columns if c not in RESULT)
    item = ["declaration_id", "item_no"]
    own = _merged(outcomes.filter(pl.col("item_no") > 0), item)
    whole = _merged(outcomes.filter(pl.col("item_no").fill_null(0) == 0), ["declaration_id"])
    direct = declarations.join(own, on=item, how="inner").collect(engine="streaming")
    shared = (
        declarations.join(whole, on="declaration_id", how="inner")
        .collect(engine="streaming")
        .join(direct.select(item), on=item, how="anti")
        .with_columns(pl.col("revenue") / pl.len().over("declaration_id"))
    )
    return pl.concat([direct, shared.select(direct.columns)]).sort(item)
