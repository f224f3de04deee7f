"""What each risk profile finds, what it shares with others, and what it adds that no other finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.desks.performance.queries.counts import Wanted, counts
from tidewaiter.engine.risk.measurement import Interval, overlap, wilson
from tidewaiter.platform.handling import hidden

if TYPE_CHECKING:
    from datetime import date

    from tidewaiter.platform.accounts.models import User

DAYS = 90  # of the default window


@dataclass(frozen=True, slots=True)
class Added:
    """One profile. alone_…: what no other profile matched. a_day: declarations matched; minutes: of
    controls of what it matched."""

    code: str
    declarations: int
    a_day: float
    controlled: int
    found: int
    revenue: float
    minutes: float
    rate: Interval
    alone: int
    alone_controlled: int
    alone_found: int
    alone_revenue: float
    alone_rate: Interval


@dataclass(frozen=True, slots=True)
class Overlap:
    """random: hit rate of chance, to compare with. shared: profile, other, declarations, found, share."""

    since: date | None
    until: date | None
    random: Interval
    profiles: list[Added]
    shared: pl.DataFrame


def profile_overlap(user: User, wanted: Wanted) -> Overlap:
    """Raises Denied."""
    counted = counts(user, wanted, days=DAYS)
    sets = counted.read("sets").group_by("profiles").agg(pl.col(overlap.COUNTS).sum()).collect()
    sets = sets.sort("profiles").with_columns(pl.col("profiles").str.split(" "))
    unread = hidden(user, "profile")
    chance = counted.read("controls").filter(pl.col("step") == "random").collect()
    return Overlap(
        since=counted.since,
        until=counted.until,
        random=wilson(int(chance["found"].sum()), chance.height),
        profiles=[
            _added(row, counted.length)
            for row in overlap.added(sets).iter_rows(named=True)
            if row["profile"] not in unread
        ],
        shared=overlap.shared(sets).filter(
            ~pl.col("profile").is_in(sorted(unread)), ~pl.col("other").is_in(sorted(unread))
        ),
    )


def _added(row: dict[str, object], days: int) -> Added:
    return Added(
        code=row["profile"],
        declarations=row["declarations"],
        a_day=row["declarations"] / max(days, 1),
        controlled=row["controlled"],
        found=row["found"],
        revenue=row["revenue"],
        minutes=row["minutes"],
        rate=wilson(row["found"], row["controlled"]),
        alone=row["alone_declarations"],
        alone_controlled=row["alone_controlled"],
        alone_found=row["alone_found"],
        alone_revenue=row["alone_revenue"],
        alone_rate=wilson(row["alone_found"], row["alone_controlled"]),
    )
