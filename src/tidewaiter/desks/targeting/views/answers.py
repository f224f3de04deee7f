"""The answer of a backtest in figures, charts and tables."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidewaiter.desks.targeting.forms.profiles import CONTROLS
from tidewaiter.desks.targeting.queries.studies import seen_codes
from tidewaiter.desks.targeting.views.profile import RESULTS
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.charts import Chart, Series
from tidewaiter.platform.pages.tables import Column, Row, Table

if TYPE_CHECKING:
    from django.http import HttpRequest

    from tidewaiter.desks.targeting.models import Study

MOST_DAYS = 92  # bars; longer windows are drawn by week
OFFICES = [
    Column(gettext_lazy("Office"), "code"),
    Column(gettext_lazy("Declarations hit"), "number"),
    Column(gettext_lazy("Not controlled then"), "number"),
    Column(gettext_lazy("Minutes a day"), "number"),
    Column(gettext_lazy("Busiest day"), "number"),
    Column(gettext_lazy("Capacity a day"), "number"),
    Column(gettext_lazy("Share of capacity"), "number"),
]
OVERLAP = [
    Column(gettext_lazy("Risk profile"), "code"),
    Column(gettext_lazy("Items it hits"), "number"),
    Column(gettext_lazy("Items both hit"), "number"),
    Column(gettext_lazy("Share of this profile"), "number"),
    Column(gettext_lazy("Share of the other"), "number"),
]
EXAMPLES = [
    Column(gettext_lazy("Declaration"), "code"),
    Column(gettext_lazy("Item"), "number"),
    Column(gettext_lazy("Day"), "code"),
    Column(gettext_lazy("Office"), "code"),
    Column(gettext_lazy("Importer"), "clip"),
    Column(gettext_lazy("Commodity"), "code"),
    Column(gettext_lazy("Goods"), "clip"),
    Column(gettext_lazy("Origin"), "code"),
    Column(gettext_lazy("Customs value"), "number"),
    Column(gettext_lazy("Result"), "shrink"),
    Column(gettext_lazy("Revenue"), "number"),
    Column(gettext_lazy("Other profiles"), "shrink"),
]


def shown_answer(request: HttpRequest, study: Study) -> dict[str, Any]:
    """Context of the page."""
    result = study.result or {}
    if not result.get("items"):
        return {"answer": result, "empty": True}
    return {
        "answer": result,
        "stats": _stats(result),
        "charts": _charts(result),
        "thresholds": [_threshold(one) for one in result["thresholds"]],
        "offices": Table(OFFICES, [_office(one) for one in result["work"]["offices"]]),
        "overlap": Table(OVERLAP, _overlap(request, result)),
        "examples": Table(EXAMPLES, [_example(request, one) for one in result["examples"]]),
        "control": CONTROLS.get(result["work"]["control"], result["work"]["control"]),
    }


def _stats(result: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Label, figure, note."""
    ours, alone = result["ours"], result["alone"]
    money = settings.CURRENCY
    return [
        (_("Items hit"), formats.number(ours["items"]),
         _("of %(items)s, %(share)s") % {"items": formats.number(result["items"]), "share": formats.percent(ours["items"] / result["items"], 2)}),
        (_("Declarations"), formats.number(ours["declarations"]),
         _("%(n)s of them not controlled then") % {"n": formats.number(ours["unselected"])}),
        (_("Known finds"), formats.number(ours["finds"]),
         _("of %(n)s items controlled") % {"n": formats.number(ours["controlled"])}),
        (_("Nobody looked"), formats.number(ours["unknown"]), _("hit, but never controlled")),
        (_("Precision"), formats.percent(ours["precision"][0]), _bounds(ours["precision"])),
        (_("Precision of all controls"), formats.percent(result["base"][0]), _bounds(result["base"])),
        (_("Revenue in its finds"), formats.money(ours["revenue"][0], money, 0),
         _("%(low)s to %(high)s") % {"low": formats.money(ours["revenue"][1], money, 0), "high": formats.money(ours["revenue"][2], money, 0)}),
        (_("Hit by no other profile"), formats.number(alone["items"]),
         _("%(finds)s finds, %(revenue)s") % {"finds": formats.number(alone["finds"]), "revenue": formats.money(alone["revenue"][0], money, 0)}),
        (_("Could not be judged"), formats.number(result["unjudged"]), _("a fact is missing")),
    ]  # fmt: skip


def _bounds(interval: list[float | None]) -> str:
    if interval[0] is None:
        return _("no controls")
    bounds = {"low": formats.percent(interval[1]), "high": formats.percent(interval[2])}
    return _("%(low)s to %(high)s") % bounds


def _charts(result: dict[str, Any]) -> dict[str, Chart]:
    """daily and work; by week where the days are many."""
    daily, work = result["daily"], result["work"]
    weekly = len(daily) > MOST_DAYS
    axis = _("Week of") if weekly else _("Day")
    step = _week if weekly else str
    hits = _summed(daily, step, "declarations", "extra", "finds")
    minutes = _summed(work["days"], step, "minutes")
    series = [Series(_("Extra minutes"), [values["minutes"] for values in minutes.values()])]
    if work["capacity"]:
        room = work["capacity"] * (7 if weekly else 1)
        series.append(Series(_("Capacity"), [room] * len(minutes), tone="neutral"))
    return {
        "daily": Chart(
            "bar",
            [formats.day(date.fromisoformat(day)) for day in hits],
            [
                Series(_("Declarations hit"), [v["declarations"] for v in hits.values()]),
                Series(_("Not controlled then"), [v["extra"] for v in hits.values()], tone="neutral"),
                Series(_("Items with a find"), [v["finds"] for v in hits.values()], tone="bad"),
            ],
            axis=axis,
        ),
        "work": Chart(
            "line", [formats.day(date.fromisoformat(day)) for day in minutes], series, axis=axis
        ),
    }  # fmt: skip


def _threshold(one: dict[str, Any]) -> dict[str, Any]:
    """Precision against hits for other numbers in a comparison."""
    points = one["points"]
    share = _shares(points)
    precision, low, high = ([point[n] for point in points] for n in (4, 5, 6))
    known = [value is not None for value in precision]
    return {
        "comparison": one["comparison"],
        "current": formats.number(one["current"]),
        "proposed": None if one["proposed"] is None else formats.number(one["proposed"]),
        "proposed_text": one["proposed_text"],
        "chart": Chart(
            "line",
            [
                _("%(value)s (%(hits)s hits)")
                % {"value": formats.number(point[0]), "hits": formats.number(point[1])}
                for point in points
            ],
            [
                Series(
                    _("Precision"),
                    precision,
                    [v if k else None for v, k in zip(low, known, strict=True)],
                    [v if k else None for v, k in zip(high, known, strict=True)],
                ),
                Series(_("Hits, of the most"), share, tone="neutral"),
            ],
            unit="percent",
            axis=_("Number in the comparison"),
        ),
    }


def _shares(points: list[list[Any]]) -> list[float]:
    """Hits as shares of the most, so that they fit beside a precision."""
    most = max((point[1] for point in points), default=0) or 1
    return [point[1] / most for point in points]


def _week(day: str) -> str:
    found = date.fromisoformat(day)
    return date.fromordinal(found.toordinal() - found.weekday()).isoformat()


def _summed(rows: list[dict[str, Any]], step: Any, *names: str) -> dict[str, dict[str, float]]:
    sums: dict[str, dict[str, float]] = {}
    for one in rows:
        held = sums.setdefault(step(one["day"]), dict.fromkeys(names, 0))
        for name in names:
            held[name] += one[name] or 0
    return sums


def _office(one: dict[str, Any]) -> Row:
    capacity = one["capacity"]
    return Row(
        [
            one["office"] or formats.NOTHING,
            formats.number(one["declarations"]),
            formats.number(one["extra"]),
            formats.number(one["minutes"], 0),
            formats.number(one["most"], 0),
            formats.number(capacity, 0) if capacity else _("not entered"),
            formats.percent(one["minutes"] / capacity if capacity else None),
        ],
        tone="bad" if capacity and one["minutes"] > capacity else "",
    )


def _overlap(request: HttpRequest, result: dict[str, Any]) -> list[Row]:
    seen = seen_codes(request.user, [code for code, _hits, _shared in result["overlap"]])
    return [
        Row(
            [
                code,
                formats.number(hits),
                formats.number(shared),
                formats.percent(shared / max(result["ours"]["items"], 1)),
                formats.percent(shared / max(hits, 1)),
            ],
            url=reverse("targeting:profile", args=[code]),
        )
        for code, hits, shared in result["overlap"]
        if code in seen
    ]


def _example(request: HttpRequest, one: dict[str, Any]) -> Row:
    may_open = request.user.may("targeting.read")
    return Row(
        [
            one["declaration_id"],
            str(one["item_no"]),
            formats.day(date.fromisoformat(one["declaration_date"])),
            one["office"] or formats.NOTHING,
            one["importer"] or formats.NOTHING,
            one["hs"] or formats.NOTHING,
            one["description"] or formats.NOTHING,
            one["origin"] or formats.NOTHING,
            formats.money(one["customs_value"], one["currency"] or ""),
            cells.badge(*RESULTS[one["found"]]),
            formats.money(one["revenue"], settings.CURRENCY, 0),
            _("yes") if one["others"] else _("no"),
        ],
        url=reverse("targeting:declaration", args=[one["declaration_id"]]) if may_open else "",
    )
