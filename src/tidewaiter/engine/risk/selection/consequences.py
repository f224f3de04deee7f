"""What a policy would have brought, beside another: the same declarations selected twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engine.risk.selection.policy import GREEN

if TYPE_CHECKING:
    from collections.abc import Mapping

FIGURES = ("controls", "finds", "revenue", "known", "found", "revenue_found")
MOST_TRADERS = 50


def compared(selections: Mapping[str, pl.DataFrame], by: str) -> pl.DataFrame:
    """name, declared, and FIGURES of each policy, as `controls_now`, in the order of their names.

    selections: a frame for each policy of the same declarations: columns declaration_date, office,
    importer, lane, selected_by, probability, expected_revenue, controlled, found, revenue_found.
    controls: selected for one; finds and revenue: expected of these; known: of these, controlled in
    fact, with what was found then. by: lane, step, office, day or trader; of traders the most
    controlled ones.
    """
    names = {
        "all": pl.lit(""),
        "lane": pl.col("lane"),
        "step": pl.col("selected_by").str.split(":").list.first(),
        "office": pl.col("office").fill_null(""),
        "day": pl.col("declaration_date").cast(pl.String),
        "trader": pl.col("importer"),
    }
    sides = []
    for policy, picked in selections.items():
        chosen = pl.col("lane") != GREEN
        known = chosen & pl.col("controlled")
        sides.append(
            picked.group_by(name=names[by])
            .agg(
                pl.len().alias(f"declared_{policy}"),
                chosen.sum().alias(f"controls_{policy}"),
                pl.col("probability").filter(chosen).sum().alias(f"finds_{policy}"),
                pl.col("expected_revenue").filter(chosen).sum().alias(f"revenue_{policy}"),
                known.sum().alias(f"known_{policy}"),
                pl.col("found").filter(known).sum().alias(f"found_{policy}"),
                pl.col("revenue_found").filter(known).sum().alias(f"revenue_found_{policy}"),
            )
            .filter(pl.col("name").is_not_null())
        )
    both = sides[0]
    for side in sides[1:]:
        both = both.join(side, on="name", how="full", coalesce=True)
    filled = both.with_columns(pl.exclude("name").fill_null(0))
    if by != "trader":
        return filled.sort("name")
    most = pl.max_horizontal(f"controls_{policy}" for policy in selections)
    return filled.filter(most > 0).sort(most, "name", descending=[True, False]).head(MOST_TRADERS)


def load(workloads: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """office, control, and per policy the mean minutes a day asked and there, and days beyond.

    workloads: for each policy, the rows of `Selection.workload` of all days.
    """
    key = ["office", "control"]
    both = None
    for policy, rows in workloads.items():
        a_day = rows.group_by("declaration_date", *key).agg(
            pl.col("minutes", "over").sum(), pl.col("capacity").sum()
        )
        side = a_day.group_by(key).agg(
            pl.col("minutes").mean().alias(f"minutes_{policy}"),
            pl.col("capacity").mean().alias(f"capacity_{policy}"),
            (pl.col("over") > 0).sum().alias(f"over_{policy}"),
        )
        both = side if both is None else both.join(side, on=key, how="full", coalesce=True)
    return pl.DataFrame() if both is None else both.fill_null(0).sort(key)
