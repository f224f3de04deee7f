"""The figures as they go into files."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.desks.performance.queries.compliance import FIGURES, NOT_ESTIMATES, strata
from tidewaiter.desks.performance.queries.profiles import profile_overlap
from tidewaiter.desks.performance.queries.yields import daily
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from tidewaiter.desks.performance.queries.compliance import Estimate, Stratum
    from tidewaiter.desks.performance.queries.counts import Wanted
    from tidewaiter.platform.accounts.models import User


def daily_rows(user: User, wanted: Wanted) -> pl.DataFrame:
    """A row per day, office, lane and step. Raises Denied."""
    return _exported(user, wanted, daily(user, wanted), "daily")


def strata_rows(user: User, wanted: Wanted, by: Stratum) -> pl.DataFrame:
    """A row a stratum; unknown figures are empty. Raises Denied."""
    rows = [{by: one.name, **_row(one)} for one in strata(user, wanted, by)]
    return _exported(user, wanted, pl.DataFrame(rows, infer_schema_length=None), by)


def profile_rows(user: User, wanted: Wanted) -> pl.DataFrame:
    """A row a profile, with what it alone found. Raises Denied."""
    check(user, "performance.export")
    rows = []
    for one in profile_overlap(user, wanted).profiles:
        row = asdict(one)
        rate, alone = row.pop("rate"), row.pop("alone_rate")
        rows.append(row | _figure("rate", rate) | _figure("alone_rate", alone))
    return _exported(user, wanted, pl.DataFrame(rows, infer_schema_length=None), "profiles")


def _row(one: Estimate) -> dict[str, object]:
    row = asdict(one)
    known = {name: row[name] for name in NOT_ESTIMATES}
    for name in FIGURES:
        known |= _figure(name, row[name])
    return known


def _figure(name: str, interval: dict[str, float]) -> dict[str, float]:
    ends = {"": "value", "_low": "low", "_high": "high"}
    return {f"{name}{end}": interval[side] for end, side in ends.items()}


def _exported(user: User, wanted: Wanted, rows: pl.DataFrame, what: str) -> pl.DataFrame:
    asked = {name: value for name, value in asdict(wanted).items() if value}
    record(user, "performance.export", what, rows=rows.height, **asked)
    return rows.with_columns(pl.col(pl.Float64).fill_nan(None))
