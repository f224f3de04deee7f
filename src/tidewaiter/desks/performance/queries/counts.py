"""Reading what `summary` counted, within what the asking officer may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.desks.performance.actions.summaries import folder, refresh_if_quick
from tidewaiter.desks.performance.summary import BY, BY_SET, COUNTS, SET_COUNTS
from tidewaiter.platform.accounts.access import check

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

_TEXTS = (
    "office", "lane", "step", "pins", "profiles", "by", "name", "part", "risk_lane", "chapter",
    "origin", "size", "control_ref", "declaration_id",
)  # fmt: skip
_FIGURES = ("probability", "revenue", "minutes", "by_value", "by_score")
_TYPES: dict[str, pl.DataType] = {
    "day": pl.Date(),
    "found": pl.Boolean(),
    **dict.fromkeys(_TEXTS, pl.String()),
    **dict.fromkeys(_FIGURES, pl.Float64()),
}
_COLUMNS = {
    "days": [*BY, *COUNTS],
    "sets": [*BY_SET, *SET_COUNTS],
    "strata": ["day", "office", "by", "name", "part", "declarations"],
    "controls": [
        "day", "office", "lane", "step", "pins", "profiles", "risk_lane", "chapter", "origin",
        "size", "part", "probability", "found", "revenue", "minutes", "control_ref", "by_value",
        "by_score", "declaration_id",
    ],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """Days (both included) and office; None and empty mean the last days with traffic and all."""

    since: date | None = None
    until: date | None = None
    office: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of the days looked at, of the offices that the officer sees."""

    since: date | None
    until: date | None
    user: User
    office: str

    def read(self, name: str) -> pl.LazyFrame:
        """days, sets, strata or controls (see `summary.Month`)."""
        rows = read_national(name).filter(self.user.scope().frame())
        if self.since is not None:
            rows = rows.filter(pl.col("day") >= self.since)
        if self.until is not None:
            rows = rows.filter(pl.col("day") <= self.until)
        return rows.filter(pl.col("office") == self.office) if self.office else rows

    @property
    def length(self) -> int:
        """Days in the window, both ends included."""
        return (self.until - self.since).days + 1 if self.since and self.until else 0


def counts(user: User, wanted: Wanted, *, days: int) -> Counts:
    """By default the last so many days that end with the newest traffic. Raises Denied."""
    check(user, "performance.read")
    refresh_if_quick()
    until = wanted.until or _newest(user)
    since = wanted.since or (until - timedelta(days=days - 1) if until else None)
    return Counts(since, until, user, wanted.office)


def offices(user: User) -> list[str]:
    """Offices with traffic that the officer may see."""
    refresh_if_quick()
    rows = read_national("days").filter(user.scope().frame(), pl.col("office") != "")
    return rows.select(pl.col("office").unique().sort()).collect().to_series().to_list()


def _newest(user: User) -> date | None:
    rows = read_national("days").filter(user.scope().frame())
    return rows.select(pl.col("day").max()).collect().item()


def read_national(name: str) -> pl.LazyFrame:
    """The counts of all offices: for the house itself, not for people."""
    files = sorted((folder() / name).glob("*.parquet"))
    if not files:
        schema = {one: _TYPES.get(one, pl.Int64()) for one in _COLUMNS[name]}
        return pl.LazyFrame(schema=schema)
    return pl.concat([pl.scan_parquet(file) for file in files], how="vertical_relaxed")
