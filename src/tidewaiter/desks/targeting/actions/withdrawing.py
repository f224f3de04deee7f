"""What a cancelled declaration takes back: its place in the lists, and its control order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from django.utils import timezone

from tidewaiter.desks.targeting.window import within
from tidewaiter.engine.records import DECLARATIONS, OUTCOMES, SELECTIONS
from tidewaiter.engine.risk.selection.picks import CANCELLED
from tidewaiter.engine.risk.selection.policy import GREEN
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from datetime import date


def cancelled_items(day: date | None) -> pl.DataFrame:
    """key, declaration_id: goods items (of one day, or of all) that were cancelled, and are still."""
    about = ("key", "declaration_id")
    gone = pl.col("function") == "cancellation"
    # Few files have a cancellation; the statistics of the others tell that they need no reading.
    written = lake().scan(DECLARATIONS).filter(within(day, day) & gone).select(about).collect()
    if written.is_empty():
        return written
    named = pl.col("key").is_in(written["key"].implode())
    return lake().current(DECLARATIONS, named).filter(gone).select(about).collect()


def ended_selections(cancelled: pl.DataFrame) -> pl.DataFrame:
    """Selections in force (SELECTIONS) of declarations cancelled since. One that was controlled
    stays as it is."""
    if cancelled.is_empty():
        return SELECTIONS.empty()
    named = pl.col("declaration_id").is_in(cancelled["declaration_id"].unique().implode())
    controlled = lake().current(OUTCOMES, named).select("declaration_id").unique()
    standing = lake().current(DECLARATIONS, named).filter(pl.col("function") != "cancellation")
    return (
        lake().current(SELECTIONS, named)
        .filter(pl.col("selected_by") != CANCELLED)
        .join(controlled, on="declaration_id", how="anti")
        .join(standing.select("declaration_id"), on="declaration_id", how="anti")
        .collect()
    )  # fmt: skip


def withdrawn(ended: pl.DataFrame, run_id: str) -> pl.DataFrame:
    """The facts that end them: released, by nobody's choice."""
    return ended.with_columns(
        lane=pl.lit(GREEN),
        controls=pl.lit([], pl.List(pl.String)),
        selected_by=pl.lit(CANCELLED),
        selection_probability=pl.lit(0.0),
        run_id=pl.lit(run_id),
        selected_at=pl.lit(timezone.now()),
        version=pl.col("version") + 1,
    )
