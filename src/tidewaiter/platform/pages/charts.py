"""Charts as data: what `<c-chart :chart="chart" />` draws, and the table that says the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import orjson

from tidewaiter.platform.pages import formats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.functional import Promise

Unit = Literal["number", "percent", "money"]


@dataclass(frozen=True, slots=True)
class Series:
    """One line or set of bars; `values` go with the chart's categories, None leaves a gap.

    low, high: bounds of an interval, drawn as a band around a line. tone: a lane's colour, good,
    bad, neutral (dashed, for a comparison), or empty for the next colour of the palette.
    """

    name: str | Promise
    values: Sequence[float | None]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """kind bar, line or scatter over `categories`; heatmap: one series a row, its name is the label.

    Scatter takes its x values from `categories` (numbers).
    """

    kind: Literal["bar", "line", "scatter", "heatmap"]
    categories: Sequence[Any]
    series: Sequence[Series]
    unit: Unit = "number"
    currency: str = ""
    stacked: bool = False
    horizontal: bool = False
    axis: str | Promise = ""
    places: int = field(default=1)

    def payload(self) -> dict[str, Any]:
        """Plain data for the browser."""
        return {
            "kind": self.kind,
            "categories": [c if isinstance(c, (int, float)) else str(c) for c in self.categories],
            "unit": self.unit,
            "currency": self.currency,
            "stacked": self.stacked,
            "horizontal": self.horizontal,
            "axis": str(self.axis),
            "places": self.places,
            "series": [
                {
                    "name": str(s.name),
                    "values": list(s.values),
                    "tone": s.tone,
                    "low": list(s.low),
                    "high": list(s.high),
                }
                for s in self.series
            ],
        }

    @property
    def data(self) -> str:
        """The payload as JSON, for an attribute."""
        return orjson.dumps(self.payload(), option=orjson.OPT_SERIALIZE_NUMPY).decode()

    def write(self, value: float | None) -> str:
        if self.unit == "percent":
            return formats.percent(value, self.places)
        if self.unit == "money":
            return formats.money(value, self.currency, 0)
        return formats.number(value)

    def rows(self) -> list[tuple[str, list[str]]]:
        """The figures as a table: category, then one written value a series."""
        return [
            (str(category), [self._cell(series, at) for series in self.series])
            for at, category in enumerate(self.categories)
        ]

    def _cell(self, series: Series, at: int) -> str:
        if self.unit == "percent" and series.low and series.high:
            return formats.interval(series.values[at], series.low[at], series.high[at], self.places)
        return self.write(series.values[at])
