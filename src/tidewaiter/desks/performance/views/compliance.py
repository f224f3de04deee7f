"""The state of compliance: how much is missed, where, and how well the ranking finds it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from django.conf import settings
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_GET

from tidewaiter.desks.performance.charts import of_months, of_strata
from tidewaiter.desks.performance.exporting import strata_rows
from tidewaiter.desks.performance.queries import compliance as queries
from tidewaiter.desks.performance.queries.reports import last_months, reports_of
from tidewaiter.desks.performance.views.parts import filtered, tabs
from tidewaiter.desks.performance.words import (
    headline,
    number,
    rate,
    stratum_name,
    told,
    worth,
    worth_bounds,
)
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.files import frame_answer
from tidewaiter.platform.pages.tables import Column, Order, Row, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from tidewaiter.desks.performance.models import ComplianceReport
    from tidewaiter.engine.risk.measurement.inspecting import Inspected

STRATA = {
    "office": gettext_lazy("Offices"),
    "chapter": gettext_lazy("Chapters of goods"),
    "origin": gettext_lazy("Origins"),
    "lane": gettext_lazy("Lanes"),
    "size": gettext_lazy("Size of trader"),
}
NAMES = {
    "office": gettext_lazy("Office"),
    "chapter": gettext_lazy("HS chapter"),
    "origin": gettext_lazy("Origin"),
    "lane": gettext_lazy("Lane by risk"),
    "size": gettext_lazy("Declarations of the importer, office and month"),
}
KEYS: dict[str, Callable[[queries.Estimate], float | str]] = {
    "name": lambda one: one.name,
    "declarations": lambda one: one.declarations,
    "by_chance": lambda one: one.by_chance,
    "rate": lambda one: one.rate.value,
    "missed": lambda one: one.missed.value,
    "lost": lambda one: one.lost.value,
    "found": lambda one: one.found,
    "revenue": lambda one: one.revenue,
}


@requires("performance.read")
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    form, context = filtered(request)
    by = _by(request)
    order = Order.of(request, list(KEYS), "-missed")
    shown = queries.compliance(request.user, form.wanted(), by)
    form.fill(shown.since, shown.until)
    lines = _sorted(shown.lines, order)
    context |= {
        "shown": shown,
        "headline": headline(shown.whole),
        "stats": _stats(shown.whole),
        "months": of_months(shown.months) if len(shown.months) > 1 else None,
        "chart": of_strata(lines, by),
        "table": Table(_columns(by), [_row(by, one) for one in lines], order),
        "tabs": tabs(request, STRATA, by, "where"),
        "by": by,
        "ranking": Table(RANKED, _ranked(shown)),
        "may_export": request.user.may("performance.export"),
        "reports": Table(REPORTED, [_report(one) for one in reports_of(request.user)[:12]]),
        "report_months": last_months(request.user),
    }
    return render(request, "performance/compliance.html", context)


@requires("performance.export")
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    form, _context = filtered(request)
    by = _by(request)
    return frame_answer(f"compliance-{by}.csv", strata_rows(request.user, form.wanted(), by))


def _by(request: HttpRequest) -> queries.Stratum:
    by = request.GET.get("by", "office")
    return by if by in STRATA else "office"


def _sorted(lines: list[queries.Estimate], order: Order) -> list[queries.Estimate]:
    """What is unknown stands last, whichever way round."""
    key = KEYS[order.key]

    def unknown(one: queries.Estimate) -> bool:
        figure = key(one)
        return isinstance(figure, float) and math.isnan(figure)

    known = [one for one in lines if not unknown(one)]
    known.sort(key=lambda one: one.name)
    known.sort(key=key, reverse=order.descending)
    return known + [one for one in lines if unknown(one)]


def _stats(whole: queries.Estimate) -> list[tuple[str, str, str]]:
    """Label, figure, note."""
    few, poor = gettext("too few controls by chance"), gettext("too few finds by chance")
    return [
        (gettext("Non-compliant, estimated"), formats.percent(whole.rate.value), told(whole.rate, few)),
        (gettext("Non-compliant and not found"), formats.number(whole.missed.value, 0), worth_bounds(whole.missed, few)),
        (gettext("Revenue not assessed"), formats.money(whole.lost.value, settings.CURRENCY, 0), worth_bounds(whole.lost, poor)),
        (gettext("Found by controls"), formats.number(whole.found, 0),
         gettext("%(n)s controls") % {"n": formats.number(whole.controlled)}),
        (gettext("Revenue assessed"), formats.money(whole.revenue, settings.CURRENCY, 0), ""),
        (gettext("Controls by chance"), formats.number(whole.by_chance),
         gettext("of %(n)s declarations") % {"n": formats.number(whole.declarations)}),
    ]  # fmt: skip


def _columns(by: str) -> list[Column]:
    return [
        Column(NAMES[by], "shrink" if by == "lane" else "text", sort="name"),
        Column(gettext_lazy("Declarations"), "number", sort="declarations"),
        Column(gettext_lazy("Controls by chance"), "number", sort="by_chance"),
        Column(gettext_lazy("Non-compliant (95 % interval)"), "number", sort="rate"),
        Column(gettext_lazy("Not found (95 % interval)"), "number", sort="missed"),
        Column(gettext_lazy("Revenue not assessed (95 % interval)"), "number", sort="lost"),
        Column(gettext_lazy("Found"), "number", sort="found"),
        Column(gettext_lazy("Revenue assessed"), "number", sort="revenue"),
    ]


def _row(by: str, one: queries.Estimate) -> Row:
    few = gettext("too few controls by chance")
    return Row(
        [
            cells.lane(one.name) if by == "lane" else stratum_name(by, one.name),
            formats.number(one.declarations),
            formats.number(one.by_chance),
            rate(one.rate) if one.rate.known else few,
            number(one.missed),
            worth(one.lost),
            formats.number(one.found),
            formats.money(one.revenue, settings.CURRENCY, 0),
        ]
    )


RANKED = [
    Column(gettext_lazy("Had we inspected the best"), "text"),
    Column(gettext_lazy("Precision (95 % interval)"), "number"),
    Column(gettext_lazy("Recall (95 % interval)"), "number"),
    Column(gettext_lazy("Share of revenue (95 % interval)"), "number"),
    Column(gettext_lazy("Times better than chance"), "number"),
    Column(gettext_lazy("Declarations a day"), "number"),
    Column(gettext_lazy("Hours a day"), "number"),
]


def _ranked(shown: queries.Compliance) -> list[Row]:
    by_value = gettext("%(share)s by expected value")
    by_score = gettext("%(share)s by risk score")
    return [
        _ranked_row(words, one, max(shown.days, 1))
        for words, lines in ((by_value, shown.by_value), (by_score, shown.by_score))
        for one in lines
    ]


def _ranked_row(words: str, one: Inspected, days: int) -> Row:
    lift = one.lift
    times = {
        "value": formats.number(lift.value, 1),
        "low": formats.number(lift.low, 1),
        "high": formats.number(lift.high, 1),
    }
    return Row(
        [
            words % {"share": formats.percent(one.share, 0)},
            rate(one.precision),
            rate(one.recall),
            rate(one.revenue),
            gettext("%(value)s (%(low)s to %(high)s)") % times if lift.known else formats.NOTHING,
            formats.number(one.controls / days, 1),
            formats.number(one.minutes / 60 / days, 1),
        ]
    )


REPORTED = [
    Column(gettext_lazy("Month"), "code"),
    Column(gettext_lazy("What it says"), "long"),
    Column(gettext_lazy("Written"), "shrink"),
    Column(gettext_lazy("By"), "code"),
    Column(gettext_lazy("SHA-256"), "code"),
]


def _report(report: ComplianceReport) -> Row:
    return Row(
        [
            f"{report.month:%Y-%m}",
            report.headline,
            cells.when(report.written_at),
            str(report.written_by),
            report.file_id[:16],
        ],
        url=reverse("performance:report", args=[report.pk]),
    )
