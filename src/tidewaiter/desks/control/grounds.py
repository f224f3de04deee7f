"""Why and how a declaration is controlled: reasons of its riskiest items, its profiles' instructions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engine.records.streams import ASSESSMENTS
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_ITEMS = 3


def with_grounds(selected: pl.DataFrame, instructions: Mapping[str, str]) -> pl.DataFrame:
    """The frame with `reasons` and `instructions`, from the assessments in force.

    reasons: JSON array of {item_no, reasons: [{code, facts, weight}]}, the riskiest items first; a
    column that the caller brought, in the form of the assessments, is kept under item 0.
    instructions: what the profiles that were hit ask for (text by profile code), unless the caller
    brought a column.
    """
    told = selected.join(_told(selected), on="declaration_id", how="left", maintain_order="left")
    return told.with_columns(
        reasons=_given("reasons", selected, pl.format('[{{"item_no":0,"reasons":{}}}]', "reasons"))
        .fill_null(pl.format("[{}]", pl.col("told").list.join(",")))
        .fill_null("[]"),
        instructions=_given("instructions", selected, pl.col("instructions"))
        .fill_null(_texts(instructions))
        .fill_null(""),
    )


def _given(column: str, selected: pl.DataFrame, form: pl.Expr) -> pl.Expr:
    return form if column in selected.columns else pl.lit(None, dtype=pl.String)


def _texts(instructions: Mapping[str, str]) -> pl.Expr:
    """The texts of the column `hit`, a paragraph each, none twice."""
    if not instructions:
        return pl.lit("")
    text = pl.element().replace_strict(instructions, default=None, return_dtype=pl.String)
    texts = pl.col("hit").list.eval(text).list.drop_nulls().list.unique(maintain_order=True)
    return texts.list.join("\n\n")


def _told(selected: pl.DataFrame) -> pl.DataFrame:
    """declaration_id, told (JSON objects of the riskiest items), hit (codes of profiles hit)."""
    days = selected["declaration_date"].unique()
    window = pl.col("month").is_in(days.dt.strftime("%Y-%m").unique().to_list()) & pl.col(
        "declaration_date"
    ).is_between(days.min(), days.max())
    ids = selected.select("declaration_id").unique()
    item = pl.format('{{"item_no":{},"reasons":{}}}', "item_no", "reasons")
    return (
        lake()
        .current(ASSESSMENTS, window)
        .join(ids.lazy(), on="declaration_id", how="semi")
        .sort(["declaration_id", "score", "item_no"], descending=[False, True, False])
        .group_by("declaration_id", maintain_order=True)
        .agg(
            told=item.filter(pl.col("reasons").str.len_bytes() > 2).head(MOST_ITEMS),
            hit=pl.col("profiles").list.explode(keep_nulls=False, empty_as_null=False),
        )
        .collect()
    )
