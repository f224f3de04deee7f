"""Why a declaration is controlled: the reasons of its riskiest items, from the assessments."""

from __future__ import annotations

import polars as pl

from tidewaiter.engine.records.streams import ASSESSMENTS
from tidewaiter.platform.store import lake

MOST_ITEMS = 3


def with_reasons(selected: pl.DataFrame) -> pl.DataFrame:
    """The frame with `reasons`: JSON array of {item_no, reasons: [{code, facts, weight}]}.

    A column that the caller brought, in the form of the assessments, is kept under item 0.
    """
    if "reasons" in selected.columns:
        given = pl.format('[{{"item_no":0,"reasons":{}}}]', pl.col("reasons"))
        return selected.with_columns(reasons=given.fill_null("[]"))
    months = selected["declaration_date"].dt.strftime("%Y-%m").unique().to_list()
    ids = selected.select("declaration_id").unique()
    told = (
        lake()
        .current(ASSESSMENTS, pl.col("month").is_in(months))
        .join(ids.lazy(), on="declaration_id", how="semi")
        .filter(pl.col("reasons").str.len_bytes() > 2)
        .sort(["declaration_id", "score", "item_no"], descending=[False, True, False])
        .group_by("declaration_id", maintain_order=True)
        .head(MOST_ITEMS)
        .group_by("declaration_id", maintain_order=True)
        .agg(told=pl.format('{{"item_no":{},"reasons":{}}}', pl.col("item_no"), pl.col("reasons")))
        .select("declaration_id", reasons=pl.format("[{}]", pl.col("told").list.join(",")))
        .collect()
    )
    return selected.join(told, on="declaration_id", how="left", maintain_order="left").with_columns(
        pl.col("reasons").fill_null("[]")
    )
