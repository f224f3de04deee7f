"""Origin, preference and route."""

from __future__ import annotations

import polars as pl

from tidewaiter.engine.risk.baselines.keys import positive
from tidewaiter.engine.risk.indicators.indicator import Indicator
from tidewaiter.engine.wording import gettext_noop

GROUP = "route"
RARE = 1.0  # per cent of the traffic compared with
SUPPORT = 100

INDICATORS = (
    Indicator(
        "origin_differs", "flag", gettext_noop("Origin is not the country of dispatch"),
        gettext_noop("Goods of {origin} dispatched from {dispatch_country}"),
        pl.col("origin") != pl.col("dispatch_country"), GROUP, facts=("origin", "dispatch_country"),
        raised=pl.col("origin_differs"), weight=0.4,
        source="WCO Guidelines on risk indicators of false origin: transhipment",
    ),
    Indicator(
        "preference_claimed", "flag", gettext_noop("Preference claimed"),
        gettext_noop("Preference {preference} claimed for origin {origin}"),
        pl.col("preference").is_not_null() & ~pl.col("preference").is_in(["", "100"]), GROUP,
        facts=("preference", "origin"),
    ),
    Indicator(
        "preference_first_use", "flag", gettext_noop("First preference of the importer for this origin"),
        gettext_noop("{importer} claims preference {preference} for {origin} for the first time"),
        pl.col("preference_claimed") & (pl.col("origin_preference_items") == 0), GROUP,
        facts=("importer", "preference", "origin"), raised=pl.col("preference_first_use"), weight=0.56,
        source="WCO Guidelines on preferential origin verification",
    ),
    Indicator(
        "origin_share", "number", gettext_noop("Share of this origin in the commodity"),
        gettext_noop("{origin_share} % of {commodity} comes from {origin}"),
        100 * pl.col("commodity_origin_items") / positive(pl.col("commodity_items")), GROUP, unit="%",
        facts=("commodity", "origin"),
        raised=(pl.col("origin_share") < RARE) & (pl.col("commodity_items") >= SUPPORT), weight=0.56,
    ),
    Indicator(
        "route_share", "number", gettext_noop("Share of this route among the office's traffic"),
        gettext_noop("{route_share} % of the traffic of {office} comes from {dispatch_country} this way"),
        100 * pl.col("route_items") / positive(pl.col("office_items")), GROUP, unit="%",
        facts=("office", "dispatch_country", "transport_mode"),
        raised=(pl.col("route_share") < RARE) & (pl.col("office_items") >= SUPPORT), weight=0.22,
    ),
    Indicator(
        "importer_new_to_origin", "flag", gettext_noop("Importer's first goods from this origin"),
        gettext_noop("{importer} never declared goods of {origin} before"),
        (pl.col("importer_origin_items") == 0) & (pl.col("importer_items") > 0), GROUP,
        facts=("importer", "origin"), raised=pl.col("importer_new_to_origin"), weight=0.4,
    ),
)  # fmt: skip
