"""Drift: what has changed since the model in force learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_GET

from tidewaiter.desks.performance.actions.drift import SCORE
from tidewaiter.desks.performance.queries.drift import newest_check
from tidewaiter.engine.risk.measurement.drift import ALARM, WATCH
from tidewaiter.engine.risk.models.features import features
from tidewaiter.engine.risk.reasons import catalogue
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.charts import Chart, Series
from tidewaiter.platform.pages.tables import Column, Order, Row, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from tidewaiter.desks.performance.models import DriftCheck

SCORE_NAME = "score"  # in addresses, where a name may not be empty
STATES = {
    "steady": (gettext_lazy("steady"), "good"),
    "watch": (gettext_lazy("watch"), "warn"),
    "alarm": (gettext_lazy("alarm"), "bad"),
    "unknown": (gettext_lazy("too few rows"), "neutral"),
}
VERDICTS = {
    "steady": (gettext_lazy("Controls selected for their value find as much as before."), "good"),
    "model_weaker": (
        gettext_lazy("Controls selected for their value find less than before, while chance finds as much: train and compare a new model."),
        "bad",
    ),
    "less_to_find": (
        gettext_lazy("Chance finds less than before: there is less to be found, whoever selects."),
        "info",
    ),
    "more_to_find": (
        gettext_lazy("Chance finds more than before: something new goes unseen. Look at where it was found."),
        "bad",
    ),
    "unknown": (
        gettext_lazy("Too few results in these days to compare hit rates: at least 30 of each kind on both sides."),
        "info",
    ),
}  # fmt: skip
COLUMNS = [
    Column(gettext_lazy("Fact"), "text", sort="fact"),
    Column(gettext_lazy("State"), "shrink", sort="state"),
    Column(gettext_lazy("Stability index"), "number", sort="psi"),
    Column(gettext_lazy("By chance up to"), "number"),
    Column(gettext_lazy("Median before"), "number"),
    Column(gettext_lazy("Median now"), "number"),
    Column(gettext_lazy("Missing before"), "number"),
    Column(gettext_lazy("Missing now"), "number", sort="missing"),
]
_SEVERITY = {"alarm": 3, "watch": 2, "steady": 1, "unknown": 0}
KEYS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "fact": lambda row: label(row["fact"]),
    "state": lambda row: (_SEVERITY[row["state"]], row["psi"] or 0),
    "psi": lambda row: -1 if row["psi"] is None else row["psi"],
    "missing": lambda row: row["missing_now"] or 0,
}
RATES = [
    Column(gettext_lazy("Selected by"), "text"),
    Column(gettext_lazy("Hit rate before"), "number"),
    Column(gettext_lazy("Hit rate now"), "number"),
    Column(gettext_lazy("Change (99 % interval)"), "number"),
]


@requires("models.read")
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    check = newest_check(request.user)
    context: dict[str, Any] = {"check": check, "watch": WATCH, "alarm": ALARM}
    if check is not None:
        order = Order.of(request, list(KEYS), "-state")
        rows = sorted(check.facts, key=KEYS[order.key], reverse=order.descending)
        words, tone = VERDICTS[check.hit_rates["verdict"]]
        context |= {
            "table": Table(COLUMNS, [_row(row) for row in rows], order),
            "rates": Table(RATES, _rates(check)),
            "verdict": words,
            "tone": tone,
        }
    return render(request, "performance/drift.html", context)


@requires("models.read")
@require_GET
def fact(request: HttpRequest, fact: str) -> HttpResponse:
    check = newest_check(request.user)
    name = SCORE if fact == SCORE_NAME else fact
    row = next((one for one in check.facts if one["fact"] == name), None) if check else None
    if row is None:
        raise Http404
    words, tone = STATES[row["state"]]
    bins = [*row["bins"][:-1], gettext("missing")]
    chart = Chart(
        "bar",
        bins,
        [
            Series(gettext("When the model learnt"), row["before"], tone="neutral"),
            Series(gettext("In the last weeks"), row["now"]),
        ],
        unit="percent",
        axis=gettext("Value"),
    )
    context = {
        "check": check,
        "row": row,
        "label": label(name),
        "chart": chart,
        "state": words,
        "tone": tone,
    }
    return render(request, "performance/drift_fact.html", context)


def label(name: str) -> str:
    """What a figure of the model is about, and its name."""
    if name == SCORE:
        return gettext("Score of the model")
    reasons = {one.name: one.reason for one in features()}
    known = catalogue().get(reasons.get(name, ""))
    return f"{capfirst(gettext(known.label))} ({name})" if known else name


def _row(row: dict[str, Any]) -> Row:
    words, tone = STATES[row["state"]]
    return Row(
        [
            label(row["fact"]),
            cells.badge(words, tone),
            formats.number(row["psi"], 3),
            formats.number(row["by_chance"], 3),
            formats.number(row["median_before"], 3),
            formats.number(row["median_now"], 3),
            formats.percent(row["missing_before"]),
            formats.percent(row["missing_now"]),
        ],
        url=reverse("performance:drift_fact", args=[row["fact"] or SCORE_NAME]),
    )


def _rates(check: DriftCheck) -> list[Row]:
    before, now = check.hit_rates["before"], check.hit_rates["now"]
    changes = check.hit_rates["changes"]
    kinds = (
        (gettext("Value"), "", "targeted"),
        (gettext("Chance"), "random_", "random"),
    )
    return [
        Row(
            [
                words,
                _hits(before[f"{prefix}found"], before[f"{prefix}controls"]),
                _hits(now[f"{prefix}found"], now[f"{prefix}controls"]),
                formats.interval(*changes[name]) if name in changes else formats.NOTHING,
            ]
        )
        for words, prefix, name in kinds
    ]


def _hits(found: int, controls: int) -> str:
    share = formats.percent(found / controls if controls else None)
    return gettext("%(share)s (%(found)s of %(controls)s)") % {
        "share": share,
        "found": formats.number(found),
        "controls": formats.number(controls),
    }
