"""A span of declaration days, as a filter that lets the lake skip the other months."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date


def within(since: date | None, until: date | None) -> pl.Expr:
    """Rows of the days from `since` to `until`, both included; None leaves that side open."""
    condition = pl.lit(value=True)
    if since is not None:
        condition &= (pl.col("month") >= since.strftime("%Y-%m")) & (
            pl.col("declaration_date") >= since
        )
    if until is not None:
        condition &= (pl.col("month") <= until.strftime("%Y-%m")) & (
            pl.col("declaration_date") <= until
        )
    return condition


def lots(days: pl.DataFrame, most: int) -> Iterator[tuple[date, date]]:
    """First and last day of stretches of about `most` items: what is done at once.

    days: `day` and `items`, by day.
    """
    lot = (pl.col("items").cum_sum() - pl.col("items")) // most
    for _, part in days.sort("day").group_by(lot.alias("lot"), maintain_order=True):
        yield part["day"][0], part["day"][-1]
