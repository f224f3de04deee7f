"""The performance page: what was declared, selected, controlled and found, and what it brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_GET

from tidewaiter.desks.performance import queries
from tidewaiter.desks.performance.charts import charts
from tidewaiter.desks.performance.exporting import write_daily
from tidewaiter.desks.performance.forms import FilterForm
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.tables import Column, Row, Table, chips

if TYPE_CHECKING:
    from django.http import HttpRequest

    from tidewaiter.engine.risk.measurement import Interval

GROUPINGS = {
    "lane": gettext_lazy("Lanes"),
    "office": gettext_lazy("Offices"),
    "profile": gettext_lazy("Risk profiles"),
    "model": gettext_lazy("Models"),
}
NAMES = {
    "lane": gettext_lazy("Lane"),
    "office": gettext_lazy("Office"),
    "profile": gettext_lazy("Risk profile"),
    "model": gettext_lazy("Model"),
}


@requires("performance.read")
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    form = FilterForm(request.GET, offices=queries.offices(request.user))
    by = request.GET.get("by", "lane")
    by = by if by in GROUPINGS else "lane"
    shown = queries.overview(request.user, form.wanted(), by)
    context = {
        "form": form,
        "chips": chips(request.GET, {name: str(f.label) for name, f in form.fields.items()}),
        "shown": shown,
        "stats": _stats(shown),
        "charts": charts(shown),
        "table": Table(_columns(by), [_row(request, by, line) for line in shown.lines]),
        "tabs": _tabs(request, by),
        "by": by,
        "query": request.GET.urlencode(),
        "may_export": request.user.may("performance.export"),
    }
    return render(request, "performance/performance.html", context)


@requires("performance.export")
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    form = FilterForm(request.GET, offices=queries.offices(request.user))
    response = HttpResponse(
        write_daily(request.user, form.wanted()), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="performance.csv"'
    return response


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
        (gettext("Hit rate"), formats.percent(shown.targeted.value), _bounds(shown.targeted)),
        (gettext("Hit rate by chance"), formats.percent(shown.random.value), _bounds(shown.random)),
        (gettext("Revenue assessed"), formats.money(totals["revenue"], currency, 0),
         gettext("%(found)s finds") % {"found": formats.number(totals["found"])}),
        (gettext("Days to release"), formats.number(mean, 1),
         gettext("%(n)s released") % {"n": formats.number(released)}),
        (gettext("Non-compliant, estimated"), formats.percent(shown.estimated.value), _bounds(shown.estimated, gettext("too few controls by chance"))),
        (gettext("Revenue missed, estimated"), formats.money(shown.gap.value, currency, 0),
         gettext("whole traffic, before what was found")),
    ]  # fmt: skip


def _bounds(interval: Interval, unknown: str = "") -> str:
    if interval.value != interval.value:
        return unknown or gettext("no controls")
    bounds = {"low": formats.percent(interval.low), "high": formats.percent(interval.high)}
    return gettext("%(low)s to %(high)s") % bounds


def _columns(by: str) -> list[Column]:
    return [
        Column(NAMES[by], "shrink" if by == "lane" else "code"),
        Column(gettext_lazy("Declarations"), "number"),
        Column(gettext_lazy("Controlled"), "number"),
        Column(gettext_lazy("Finds"), "number"),
        Column(gettext_lazy("Hit rate (95 % interval)"), "number"),
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
            _rate(line.targeted),
            _rate(line.random),
            formats.money(line.revenue, settings.CURRENCY, 0),
        ],
        url=url,
    )


def _rate(interval: Interval) -> str:
    return formats.interval(interval.value, interval.low, interval.high)


def _tabs(request: HttpRequest, by: str) -> list[tuple[str, str, bool]]:
    """Label, address, whether it is the one shown."""
    tabs = []
    for code, label in GROUPINGS.items():
        query = request.GET.copy()
        query["by"] = code
        tabs.append((str(label), f"?{query.urlencode()}#yield", code == by))
    return tabs
