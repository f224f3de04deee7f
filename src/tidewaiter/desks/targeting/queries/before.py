"""What earlier days say of traders and profiles. For selection, not for people: of all offices."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl
from django.utils import timezone

from tidewaiter.desks.targeting.actions.lists import current_lists
from tidewaiter.desks.targeting.window import within
from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, SELECTIONS
from tidewaiter.engine.risk.selection import before
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from datetime import date

    from tidewaiter.engine.risk.selection import SelectionPolicy


def traders_before(day: date, policy: SelectionPolicy) -> pl.DataFrame:
    """Columns TRADERS of the engine: what each trader declared and was controlled before the day."""
    days = before.by_trader(_selected(day, policy))
    return before.traders(days, day, policy, authorised(day, policy))


def days_of_traders(first: date, last: date, policy: SelectionPolicy) -> pl.DataFrame:
    """What the days that selections of these days look back to brought of each trader."""
    rows = lake().current(SELECTIONS, within(before.since(first, policy), last))
    return before.by_trader(rows).collect(engine="streaming")


def authorised(day: date, policy: SelectionPolicy) -> frozenset[str]:
    """Codes of the authorised traders of a day; none while the policy's list does not exist."""
    return current_lists(day).get(policy.authorised.members, frozenset())


def waiting_before(day: date, policy: SelectionPolicy) -> pl.DataFrame | None:
    """Columns WAITING of the engine; None where the policy names no profile."""
    if not policy.select_after:
        return None
    window = within(before.since(day, policy), day - timedelta(days=1))
    matches = lake().current(ASSESSMENTS, window)
    return before.waiting(matches, _selected(day, policy), day, policy)


def with_times(
    declarations: pl.DataFrame, window: pl.Expr, policy: SelectionPolicy
) -> pl.DataFrame:
    """Adds `received_time`, the administration's time of day, where the policy divides the day."""
    if not policy.shifts:
        return declarations
    zone = timezone.get_current_timezone_name()
    received = pl.col("received_at").max().dt.convert_time_zone(zone).dt.time()
    times = (
        lake().current(DECLARATIONS, window)
        .group_by("declaration_id").agg(received_time=received)
        .collect(engine="streaming")
    )  # fmt: skip
    return declarations.join(times, on="declaration_id", how="left", maintain_order="left")


def _selected(day: date, policy: SelectionPolicy) -> pl.LazyFrame:
    return lake().current(SELECTIONS, within(before.since(day, policy), day - timedelta(days=1)))
