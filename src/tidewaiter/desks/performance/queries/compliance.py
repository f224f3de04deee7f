"""How much non-compliance there is in the whole traffic, where, and how well the ranking finds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from tidewaiter.desks.performance.queries.counts import Counts, Wanted, counts
from tidewaiter.engine.risk.measurement import Interval
from tidewaiter.engine.risk.measurement.inspecting import Inspected, inspected
from tidewaiter.engine.risk.measurement.traffic import estimates
from tidewaiter.platform.accounts.access import check

if TYPE_CHECKING:
    from datetime import date

    from tidewaiter.platform.accounts.models import User

DAYS = 90  # of the default window: a month of a small house has too few controls by chance
MONTHS = 12  # of the trend
Stratum = Literal["office", "chapter", "origin", "lane", "size"]
FIGURES = ("rate", "missed", "gap", "lost")
NOT_ESTIMATES = ("declarations", "outside", "controlled", "by_chance", "found", "revenue")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A stratum, or the whole (name empty).

    declarations: of which something can be said; outside: which chance cannot reach. rate: share
    non-compliant; missed: non-compliant ones that no control found; gap: revenue at stake in all; lost:
    of it, what was not assessed. Unknown where too little was controlled by chance.
    """

    name: Any
    declarations: int
    outside: int
    controlled: int
    by_chance: int
    found: float
    revenue: float
    rate: Interval
    missed: Interval
    gap: Interval
    lost: Interval


@dataclass(frozen=True, slots=True)
class Compliance:
    """months: the last twelve up to the end of the window, name their first day. by_value, by_score:
    had the best few by expected value, or by risk score, been inspected."""

    since: date | None
    until: date | None
    days: int
    whole: Estimate
    months: list[Estimate]
    lines: list[Estimate]
    by_value: list[Inspected]
    by_score: list[Inspected]


def compliance(user: User, wanted: Wanted, by: Stratum = "office") -> Compliance:
    """Raises Denied."""
    counted = counts(user, wanted, days=DAYS)
    return Compliance(
        since=counted.since,
        until=counted.until,
        days=counted.length,
        whole=estimates_by(counted)[0],
        months=_months(counted),
        lines=estimates_by(counted, by),
        by_value=_inspected(counted, "by_value"),
        by_score=_inspected(counted, "by_score"),
    )


def strata(user: User, wanted: Wanted, by: Stratum) -> list[Estimate]:
    """The lines alone, for a file. Raises Denied."""
    check(user, "performance.export")
    return estimates_by(counts(user, wanted, days=DAYS), by)


def estimates_by(counted: Counts, by: Stratum | None = None) -> list[Estimate]:
    """One for each stratum in the window, by name; without `by` one for the whole."""
    controls = counted.read("controls").collect()
    traffic = counted.read("strata").filter(pl.col("by") == (by or "office")).collect()
    if by is None:
        return _estimates(controls, traffic, pl.lit(""))
    column = "risk_lane" if by == "lane" else by
    return _estimates(controls.with_columns(name=column), traffic, pl.col("name"))


def _months(counted: Counts) -> list[Estimate]:
    if counted.until is None:
        return []
    first = counted.until.replace(day=1)
    year, month = divmod(first.year * 12 + first.month - MONTHS, 12)
    longer = Counts(
        first.replace(year=year, month=month + 1), counted.until, counted.user, counted.office
    )
    month_of = pl.col("day").dt.month_start()
    office = pl.col("by") == "office"
    return _estimates(
        longer.read("controls").collect(), longer.read("strata").filter(office).collect(), month_of
    )


def _estimates(controls: pl.DataFrame, traffic: pl.DataFrame, name: pl.Expr) -> list[Estimate]:
    if traffic.is_empty():
        return [] if name.meta.root_names() else [_NOTHING]
    by = name.alias("name")
    rows = estimates(controls.with_columns(by), traffic.with_columns(by), ["name"])
    return [_estimate(row) for row in rows.iter_rows(named=True)]


def _estimate(row: dict[str, Any]) -> Estimate:
    return Estimate(
        row["name"],
        *(row[name] for name in NOT_ESTIMATES),
        *(Interval(row[name], row[f"{name}_low"], row[f"{name}_high"]) for name in FIGURES),
    )


_UNKNOWN = Interval(float("nan"), float("nan"), float("nan"))
_NOTHING = Estimate("", 0, 0, 0, 0, 0.0, 0.0, _UNKNOWN, _UNKNOWN, _UNKNOWN, _UNKNOWN)


def _inspected(counted: Counts, rank: str) -> list[Inspected]:
    traffic = counted.read("strata").filter(pl.col("by") == "office").collect()
    controls = counted.read("controls").collect()
    return inspected(controls, traffic, rank)
