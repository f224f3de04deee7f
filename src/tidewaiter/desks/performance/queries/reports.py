"""Reports that an officer may read, and the months there can be one of."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl
from django.utils.formats import date_format

from tidewaiter.desks.performance.models import ComplianceReport
from tidewaiter.desks.performance.queries.counts import Wanted, counts
from tidewaiter.platform.accounts.access import check

if TYPE_CHECKING:
    from datetime import date

    from tidewaiter.platform.accounts.models import User

MONTHS = 12


def reports_of(user: User) -> list[ComplianceReport]:
    """The newest month first. Raises Denied."""
    check(user, "performance.read")
    rows = ComplianceReport.objects.select_related("file", "written_by")
    return [one for one in rows if one.visible_to(user)]


def report_of(user: User, pk: int) -> ComplianceReport | None:
    """Raises Denied."""
    check(user, "performance.read")
    one = ComplianceReport.objects.select_related("file").filter(pk=pk).first()
    return one if one is not None and one.visible_to(user) else None


def last_months(user: User) -> list[tuple[str, str]]:
    """Months with traffic as (2026-03, March 2026), the newest first. Raises Denied."""
    starts = (
        counts(user, Wanted(), days=MONTHS * 31)
        .read("days")
        .select(pl.col("day").dt.month_start().unique().sort(descending=True))
    )
    months: list[date] = starts.collect().to_series().to_list()
    return [(f"{one:%Y-%m}", date_format(one, "YEAR_MONTH_FORMAT")) for one in months[:MONTHS]]


def month_of(first: date) -> Wanted:
    """The days of a month."""
    after = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    return Wanted(first, after - timedelta(days=1))
