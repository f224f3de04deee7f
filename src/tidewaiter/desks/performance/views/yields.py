"""The performance page: what was declared, selected, controlled and found, and what it brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_GET

from tidewaiter.desks.performance.charts import charts
from tidewaiter.desks.performance.exporting import daily_rows
from tidewaiter.desks.performance.queries import yields as queries
from tidewaiter.desks.performance.views.parts import filtered, tabs
from tidewaiter.desks.performance.words import rate, told, worth, worth_bounds
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.files import frame_answer
from tidewaiter.platform.pages.tables import Column, Row, Table

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

GROUPINGS = {
    "lane": gettext_lazy("Lanes"),
    "office": gettext_lazy("Offices"),
    "profile": gettext_lazy("Risk profiles"),
    "model": gettext_lazy("Models"),
    "inspector": gettext_lazy("Inspectors"),
}
NAMES = {
    "lane": gettext_lazy("Lane"),
    "office": gettext_lazy("Office"),
    "profile": gettext_lazy("Risk profile"),
    "model": gettext_lazy("Model"),
    "inspector": gettext_lazy("Inspector"),
}


@requires("performance.read")
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    form, context = filtered(request)
    groupings = {
        code: label
        for code, label in GROUPINGS.items()
        if code != "inspector" or request.user.may("performance.officers")
    }
    by = request.GET.get("by", "lane")
    by = by if by in groupings else "lane"
    shown = queries.overview(request.user, form.wanted(), by)
    form.fill(shown.since, shown.until)
    context |= {
        "shown": shown,
        "stats": _stats(shown),
        "charts": charts(shown),
        "table": Table(_columns(by), [_row(request, by, line) for line in shown.lines]),
        "tabs": tabs(request, groupings, by, "yield"),
        "by": by,
        "may_export": request.user.may("performance.export"),
    }
    return render(request, "performance/performance.html", context)


@requires("performance.export")
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    form, _context = filtered(request)
    return frame_answer("performance.csv", daily_rows(request.user, form.wanted()))


def _stats(shown: queries.Overview) -> list[tuple[str, str, str]]:
    """Label, figure, note."""
    totals, currency = shown.totals, settings.CURRENCY
    released = totals["released"]
    mean = totals["release_days"] / released if released else None
    share = totals["controlled"] / totals["declarations"] if totals["declarations"] else None
    return [
        (gettext("Declarations"), formats.number(totals["declarations"]),
         gettext("%(items)s goods items") % {"items": formats.number(totals["items"])}),
        (gettext("Controlled"), formats.number(totals["controlled"]), formats.percent(share)),
        (gettext("Hit rate"), formats.percent(shown.targeted.value), told(shown.targeted, gettext("no controls"))),
        (gettext("Hit rate by chance"), formats.percent(shown.random.value), told(shown.random, gettext("no controls"))),
        (gettext("Revenue assessed"), formats.money(totals["revenue"], currency, 0),
         gettext("%(found)s finds") % {"found": formats.number(totals["found"])}),
        (gettext("Days to release"), formats.number(mean, 1),
         gettext("%(n)s released") % {"n": formats.number(released)}),
        (gettext("Non-compliant, estimated"), formats.percent(shown.estimated.rate.value),
         told(shown.estimated.rate, gettext("too few controls by chance"))),
        (gettext("Revenue missed, estimated"), formats.money(shown.estimated.lost.value, currency, 0),
         worth_bounds(shown.estimated.lost, gettext("too few finds by chance"))),
    ]  # fmt: skip


def _columns(by: str) -> list[Column]:
    return [
        Column(NAMES[by], "shrink" if by == "lane" else "code"),
        Column(gettext_lazy("Declarations"), "number"),
        Column(gettext_lazy("Controlled"), "number"),
        Column(gettext_lazy("Finds"), "number"),
        Column(gettext_lazy("Hit rate (95 % interval)"), "number"),
        Column(gettext_lazy("By chance (95 % interval)"), "number"),
        Column(gettext_lazy("Revenue a control (95 % interval)"), "number"),
        Column(gettext_lazy("By chance (95 % interval)"), "number"),
        Column(gettext_lazy("Revenue assessed"), "number"),
    ]


def _row(request: HttpRequest, by: str, line: queries.Line) -> Row:
    name, url = line.name, ""
    if by == "lane":
        name = cells.lane(line.name)
    elif by == "model":
        name = line.name[:12] or gettext("no model")
        if line.name and request.user.may("models.read"):
            url = reverse("targeting:model", args=[line.name])
    elif by == "profile" and request.user.may("profiles.read"):
        url = reverse("targeting:profile", args=[line.name])
    return Row(
        [
            name or formats.NOTHING,
            formats.number(line.declarations),
            formats.number(line.controlled),
            formats.number(line.found),
            rate(line.targeted),
            rate(line.random),
            worth(line.worth),
            worth(line.random_worth),
            formats.money(line.revenue, settings.CURRENCY, 0),
        ],
        url=url,
    )
