"""The charts of the desk."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext

from tidewaiter.desks.performance.queries.yields import LANES, wider
from tidewaiter.desks.performance.words import stratum_name
from tidewaiter.platform.pages import formats
from tidewaiter.platform.pages.cells import LANE_WORDS
from tidewaiter.platform.pages.charts import Chart, Series

if TYPE_CHECKING:
    import polars as pl

    from tidewaiter.desks.performance.queries.compliance import Estimate
    from tidewaiter.desks.performance.queries.yields import Overview, Period
    from tidewaiter.engine.risk.measurement import Interval


def charts(shown: Overview) -> dict[str, Chart]:
    """lanes, hits, revenue and, where releases are declared, release; empty with nothing to draw."""
    if not shown.periods:
        return {}
    starts = [_start(period, shown.step) for period in shown.periods]
    axis = _axis(shown.step)
    drawn = {
        "lanes": Chart("bar", starts, _lanes(shown), stacked=True, axis=axis),
        "hits": _hits(shown),
        "revenue": Chart(
            "bar", starts, [Series(gettext("Revenue assessed"), [p.revenue for p in shown.periods])],
            unit="money", currency=settings.CURRENCY, axis=axis,
        ),
    }  # fmt: skip
    if shown.totals["released"]:
        mean = [_known(period.release_days) for period in shown.periods]
        days = Series(gettext("Mean days from acceptance to release"), mean)
        drawn["release"] = Chart("line", starts, [days], axis=axis)
    return drawn


MOST_BARS = 15


def of_months(months: list[Estimate]) -> Chart:
    """The share non-compliant, a month at a time; months with too little to tell leave a gap."""
    starts = [date_format(one.name, "YEAR_MONTH_FORMAT") for one in months]
    series = _rates(gettext("Non-compliant, estimated"), [one.rate for one in months])
    return Chart("line", starts, [series], unit="percent", axis=gettext("Month"))


def of_strata(lines: list[Estimate], by: str) -> Chart | None:
    """The strata in the order given, as bars: how many non-compliant were found, and how many not."""
    told = [one for one in lines if one.missed.known][:MOST_BARS]
    if not told:
        return None
    names = [
        str(LANE_WORDS.get(o.name, o.name)) if by == "lane" else stratum_name(by, o.name)
        for o in told
    ]
    return Chart(
        "bar",
        [name or gettext("not selected") for name in names],
        [
            Series(gettext("Found by controls"), [one.found for one in told], tone="good"),
            Series(
                gettext("Not found, estimated"),
                [round(one.missed.value) for one in told],
                tone="bad",
            ),
        ],
        stacked=True,
        horizontal=True,
        axis=gettext("Where"),
    )


def of_overlap(codes: list[str], shared: pl.DataFrame) -> Chart:
    """Share of the row's declarations that the column's profile matched too."""
    pairs = {
        (a, b): share for a, b, share in shared.select("profile", "other", "share").iter_rows()
    }
    rows = [
        Series(row, [None if row == one else pairs.get((row, one), 0.0) for one in codes])
        for row in codes
    ]
    return Chart("heatmap", codes, rows, unit="percent", places=0, axis=gettext("Also matched by"))


def _hits(shown: Overview) -> Chart:
    step = wider(shown.step)
    return Chart(
        "line",
        [_start(period, step) for period in shown.hits],
        [
            _rates(
                gettext("Selected by profiles, value or officers"),
                [period.targeted for period in shown.hits],
            ),
            _rates(gettext("Selected by chance"), [p.random for p in shown.hits], "neutral"),
        ],
        unit="percent",
        axis=_axis(step),
    )


def _start(period: Period, step: str) -> str:
    return (
        date_format(period.start, "YEAR_MONTH_FORMAT")
        if step == "1mo"
        else formats.day(period.start)
    )


def _axis(step: str) -> str:
    words = {"1d": gettext("Day"), "1w": gettext("Week of"), "1mo": gettext("Month")}
    return words[step]


def _lanes(shown: Overview) -> list[Series]:
    series = [
        Series(LANE_WORDS[lane], [p.lanes[lane] for p in shown.periods], tone=lane)
        for lane in LANES
    ]
    waiting = [p.lanes[""] for p in shown.periods]
    if any(waiting):
        series.append(Series(gettext("not selected"), waiting, tone="neutral"))
    return series


def _rates(name: str, intervals: list[Interval], tone: str = "") -> Series:
    """Periods without controls leave a gap."""
    return Series(
        name,
        [_known(i.value) for i in intervals],
        [_known(i.low) if _known(i.value) is not None else None for i in intervals],
        [_known(i.high) if _known(i.value) is not None else None for i in intervals],
        tone,
    )


def _known(figure: float) -> float | None:
    return None if math.isnan(figure) else figure
