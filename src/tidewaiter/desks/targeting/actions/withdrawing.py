"""What a cancelled declaration takes back: its place in the lists, and its control order."""

from __future__ import annotations

from dataclasses import dataclass
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

    from tidewaiter.platform.accounts.models import User

GONE = pl.col("function") == "cancellation"


@dataclass(frozen=True, slots=True)
class Withdrawals:
    """items: key, declaration_id, received_at of cancelled goods items. ended: selections in force
    (SELECTIONS) of declarations of which nothing is left. shrunk: those, selected before, of which
    something is. What was controlled is in neither: it stays as it is."""

    items: pl.DataFrame
    ended: pl.DataFrame
    shrunk: pl.DataFrame

    @property
    def days(self) -> set[date]:
        return {day for part in (self.ended, self.shrunk) for day in part["declaration_date"]}

    @property
    def is_shrunk(self) -> pl.Expr:
        """Whether a declaration is one of `shrunk`."""
        return pl.col("declaration_id").is_in(self.shrunk["declaration_id"].implode())

    def facts(self, run_id: str) -> pl.DataFrame:
        """What ends the selections: released, by nobody's choice."""
        return self.ended.with_columns(
            lane=pl.lit(GREEN),
            controls=pl.lit([], pl.List(pl.String)),
            selected_by=pl.lit(CANCELLED),
            selection_probability=pl.lit(0.0),
            run_id=pl.lit(run_id),
            selected_at=pl.lit(timezone.now()),
            version=pl.col("version") + 1,
        )


def withdrawals(actor: User, day: date | None) -> Withdrawals:
    """Of declarations of one day, or of all, at the offices of the actor."""
    items = _cancelled(within(day, day) & actor.scope().frame())
    nothing = SELECTIONS.empty()
    if items.is_empty():
        return Withdrawals(items, nothing, nothing)
    named = pl.col("declaration_id").is_in(items["declaration_id"].unique().implode())
    controlled = lake().current(OUTCOMES, named).select("declaration_id").collect()
    standing = lake().current(DECLARATIONS, named).filter(~GONE).select("declaration_id").collect()
    selected = (
        lake().current(SELECTIONS, named).filter(pl.col("selected_by") != CANCELLED).collect()
        .join(controlled, on="declaration_id", how="anti")
    )  # fmt: skip
    last = items.group_by("declaration_id").agg(pl.col("received_at").max())
    shrunk = (
        selected.join(standing, on="declaration_id", how="semi")
        .join(last, on="declaration_id")
        .filter(pl.col("received_at") > pl.col("selected_at"))
        .drop("received_at")
    )
    return Withdrawals(items, selected.join(standing, on="declaration_id", how="anti"), shrunk)


def _cancelled(where: pl.Expr) -> pl.DataFrame:
    about = ("key", "declaration_id", "received_at")
    # Few files have a cancellation; the statistics of the others tell that they need no reading.
    written = lake().scan(DECLARATIONS).filter(where & GONE).select(about).collect()
    if written.is_empty():
        return written
    named = pl.col("key").is_in(written["key"].implode())
    return lake().current(DECLARATIONS, named).filter(GONE).select(about).collect()
