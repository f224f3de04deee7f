"""What each risk profile adds that no other finds, and what they share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from django.conf import settings
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from tidewaiter.desks.performance.charts import of_overlap
from tidewaiter.desks.performance.exporting import profile_rows
from tidewaiter.desks.performance.queries.profiles import Added, profile_overlap
from tidewaiter.desks.performance.views.parts import filtered
from tidewaiter.desks.performance.words import rate
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.pages import formats
from tidewaiter.platform.pages.files import frame_answer
from tidewaiter.platform.pages.tables import Column, Order, Row, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

MOST_IN_MATRIX = 16
COLUMNS = [
    Column(gettext_lazy("Risk profile"), "code", sort="profile"),
    Column(gettext_lazy("Declarations a day"), "number", sort="a_day"),
    Column(gettext_lazy("Controlled"), "number", sort="controlled"),
    Column(gettext_lazy("Finds"), "number", sort="found"),
    Column(gettext_lazy("Hit rate (95 % interval)"), "number", sort="rate"),
    Column(gettext_lazy("Alone: controlled"), "number", sort="alone_controlled"),
    Column(gettext_lazy("Alone: finds"), "number", sort="alone_found"),
    Column(gettext_lazy("Alone: hit rate (95 % interval)"), "number", sort="alone_rate"),
    Column(gettext_lazy("Alone: revenue"), "number", sort="alone_revenue"),
    Column(gettext_lazy("Hours of controls"), "number", sort="minutes"),
]
KEYS: dict[str, Callable[[Added], float | str]] = {
    "profile": lambda one: one.code,
    "a_day": lambda one: one.a_day,
    "controlled": lambda one: one.controlled,
    "found": lambda one: one.found,
    "rate": lambda one: _known(one.rate.value),
    "alone_controlled": lambda one: one.alone_controlled,
    "alone_found": lambda one: one.alone_found,
    "alone_rate": lambda one: _known(one.alone_rate.value),
    "alone_revenue": lambda one: one.alone_revenue,
    "minutes": lambda one: one.minutes,
}


@requires("performance.read")
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    form, context = filtered(request)
    order = Order.of(request, list(KEYS), "-alone_found")
    shown = profile_overlap(request.user, form.wanted())
    form.fill(shown.since, shown.until)
    lines = sorted(shown.profiles, key=KEYS[order.key], reverse=order.descending)
    codes = sorted(one.code for one in shown.profiles[:MOST_IN_MATRIX])
    context |= {
        "shown": shown,
        "random": rate(shown.random),
        "table": Table(COLUMNS, [_row(request, one) for one in lines], order),
        "chart": of_overlap(codes, shown.shared) if len(codes) > 1 else None,
        "all_shown": len(shown.profiles) <= MOST_IN_MATRIX,
        "may_export": request.user.may("performance.export"),
    }
    return render(request, "performance/profiles.html", context)


@requires("performance.export")
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    form, _context = filtered(request)
    return frame_answer("profiles.csv", profile_rows(request.user, form.wanted()))


def _known(figure: float) -> float:
    """What is unknown stands below everything."""
    return -1.0 if math.isnan(figure) else figure


def _row(request: HttpRequest, one: Added) -> Row:
    may = request.user.may("profiles.read")
    return Row(
        [
            one.code,
            formats.number(one.a_day, 1),
            formats.number(one.controlled),
            formats.number(one.found),
            rate(one.rate),
            formats.number(one.alone_controlled),
            formats.number(one.alone_found),
            rate(one.alone_rate),
            formats.money(one.alone_revenue, settings.CURRENCY, 0),
            formats.number(one.minutes / 60, 0),
        ],
        url=reverse("targeting:profile", args=[one.code]) if may else "",
    )
