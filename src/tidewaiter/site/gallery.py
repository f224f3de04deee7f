"""Every component with its states on one page: looked at, tested by axe, copied from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from tidewaiter.platform.accounts.access import signed_in
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.charts import Chart, Series
from tidewaiter.platform.pages.tables import Chip, Column, Order, Pages, Row, Table

if TYPE_CHECKING:
    from django.http import HttpRequest

GOODS = (
    ("26DE002104711", "red", "Telefones móveis", "851713", 48_200, 12_950.5, 0.87),
    ("26FR000871164", "orange", "Children's shoes", "640411", 12_480, 3_310, 0.62),
    ("26NL000553002", "yellow", "Polyester fabric, dyed", "540752", 96_015.25, 2_204.1, 0.41),
    ("26ES000190877", "blue", "Olive oil, virgin", "150920", 23_700, 480, 0.18),
    ("26IT000448310", "green", "Ceramic tiles", "690721", 8_640, 12, 0.02),
)
MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06")


class ExampleForm(forms.Form):
    title = forms.CharField(label="Title", max_length=80, help_text="As officers will see it.")
    lane = forms.ChoiceField(label="Lane", choices=[("red", "Red"), ("yellow", "Yellow")])
    controls = forms.MultipleChoiceField(
        label="Controls",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("document", "Documents"), ("scan", "Scan"), ("open", "Open the container")],
    )
    rate = forms.DecimalField(label="Share to select", max_value=1, help_text="Between 0 and 1.")
    note = forms.CharField(label="Reason", widget=forms.Textarea, required=False)
    mandatory = forms.BooleanField(label="Mandatory: capacity does not limit it", required=False)


def _table(request: HttpRequest) -> Table:
    columns = [
        Column("Declaration", "code", sort="declaration"),
        Column("Lane", "shrink", sort="lane"),
        Column("Goods", "clip"),
        Column("HS code", "code"),
        Column("Customs value", "number", sort="value"),
        Column("Expected value", "number", sort="expected"),
        Column("Probability", "number", sort="probability"),
        Column("Received", "shrink"),
    ]
    start = timezone.now() - timedelta(minutes=7)
    rows = [
        Row(
            [
                code,
                cells.lane(lane),
                goods,
                hs,
                formats.money(value, "EUR"),
                formats.money(expected, "EUR", 0),
                formats.percent(share),
                cells.when(start - timedelta(hours=3 * at)),
            ],
            url=f"?open={code}",
            id=code,
        )
        for at, (code, lane, goods, hs, value, expected, share) in enumerate(GOODS)
    ]
    order = Order.of(
        request, ["declaration", "lane", "value", "expected", "probability"], "-expected"
    )
    return Table(columns, rows, order, pick="declaration")


def _charts() -> dict[str, Chart]:
    random = Series("Random share", [0.02, 0.021, 0.019, 0.022, 0.02, 0.021], tone="neutral")
    hits = Series(
        "Selected",
        [0.11, 0.13, 0.12, 0.17, 0.19, 0.21],
        low=[0.09, 0.11, 0.1, 0.14, 0.16, 0.18],
        high=[0.13, 0.15, 0.14, 0.2, 0.22, 0.24],
    )
    lanes = [
        Series(cells.LANE_WORDS[lane], values, tone=lane)
        for lane, values in (
            ("red", [41, 38, 52, 47, 44, 40]),
            ("orange", [80, 92, 85, 77, 90, 95]),
            ("yellow", [130, 141, 120, 155, 149, 160]),
        )
    ]
    days = Series("Monday", [4, 9, 12, 7]), Series("Tuesday", [6, 11, 15, 9])
    return {
        "line": Chart("line", MONTHS, [hits, random], "percent", axis="Month"),
        "bar": Chart("bar", MONTHS, lanes, stacked=True, axis="Month"),
        "heatmap": Chart("heatmap", ["00-06", "06-12", "12-18", "18-24"], days, axis="Hours"),
        "scatter": Chart(
            "scatter", [1.2, 2.4, 3.1, 4.8], [Series("EUR/kg", [4, 7, 2, 9])], axis="kg"
        ),
    }


def _context(request: HttpRequest) -> dict[str, Any]:
    return {
        "table": _table(request),
        "nothing": Table([Column("Declaration")], []),
        "pages": Pages(2, 50, 50, 12_480, more=True, query=request.GET),
        "chips": [Chip("Office: DE002101", "?"), Chip("Lane: red", "?")],
        "form": ExampleForm({"title": "Undervalued phones", "lane": "red"}),
        "charts": _charts(),
        "moment": datetime(2026, 3, 14, 9, 5, tzinfo=UTC),
        "lanes": list(cells.LANE_WORDS),
        "tones": ["neutral", "info", "good", "warn", "bad"],
        "diff": [(" ", "lane = red"), ("-", "rate = 0.5"), ("+", "rate = 0.8")],
        "views": [{"name": "My office, red", "url": "?lane=red"}],
    }


@signed_in
def show(request: HttpRequest) -> HttpResponse:
    """For developers only: nothing there in production."""
    if not (settings.DEBUG or settings.GALLERY):
        raise Http404
    return render(request, "gallery.html", _context(request))
