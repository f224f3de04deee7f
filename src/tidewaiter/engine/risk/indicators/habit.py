"""Sudden change of habit: a trader's present against his own past."""

from __future__ import annotations

import polars as pl

from tidewaiter.engine.risk.indicators.indicator import Indicator
from tidewaiter.engine.risk.indicators.parties import days_since, velocity
from tidewaiter.engine.risk.indicators.value import low
from tidewaiter.engine.wording import gettext_noop

GROUP = "habit"
RARE = 2.0  # per cent of the importer's own items
SURGE = 30.0  # points
SUPPORT = 50
KNOWN = pl.col("importer_items") >= SUPPORT
RECENT = pl.col("importer_items_30d") >= 10
CHANGE = "FATF Trade-Based Money Laundering: Risk Indicators (2021): activity out of line with the business"


def rare(share: str) -> pl.Expr:
    """How far an uncommon share is raised, for an importer with a past."""
    return (pl.col(share) < RARE) & KNOWN


INDICATORS = (
    Indicator(
        code="importer_chapter_share", kind="number", group=GROUP, label=gettext_noop("Share of this chapter among the importer's goods"),
        sentence=gettext_noop("{importer_chapter_share} % of {importer}'s {importer_items} items are of chapter {chapter}"),
        formula="the importer's earlier items of the chapter over all his items", unit="%",
        facts=("importer", "importer_items", "chapter"), raised=rare("importer_chapter_share"), weight=0.4, source=CHANGE,
    ),
    Indicator(
        code="importer_origin_share", kind="number", group=GROUP, label=gettext_noop("Share of this origin among the importer's goods"),
        sentence=gettext_noop("{importer_origin_share} % of {importer}'s {importer_items} items come from {origin}"),
        formula="the importer's earlier items of the origin over all his items", unit="%",
        facts=("importer", "importer_items", "origin"), raised=rare("importer_origin_share"), weight=0.4, source=CHANGE,
    ),
    Indicator(
        code="importer_office_share", kind="number", group=GROUP, label=gettext_noop("Share of this office among the importer's declarations"),
        sentence=gettext_noop("{importer_office_share} % of {importer}'s {importer_items} items were declared at {office}"),
        formula="the importer's earlier items at the office over all his items", unit="%",
        facts=("importer", "importer_items", "office"), raised=rare("importer_office_share"), weight=0.22,
        source="WCO cargo targeting practice: choice of the weakest office",
    ),
    Indicator(
        code="importer_declarant_share", kind="number", group=GROUP, label=gettext_noop("Share of this declarant among the importer's declarations"),
        sentence=gettext_noop("{importer_declarant_share} % of {importer}'s {importer_items} items were declared by {declarant}"),
        formula="the importer's earlier items by the declarant over all his items", unit="%",
        facts=("importer", "importer_items", "declarant"), raised=rare("importer_declarant_share"), weight=0.22, source=CHANGE,
    ),
    Indicator(
        code="heading_surge", kind="number", group=GROUP, label=gettext_noop("Surge of this heading among the importer's goods"),
        sentence=gettext_noop("Heading {heading} is {heading_surge} points more of {importer}'s goods in the last 30 days than before"),
        formula="share of the heading in the importer's items of the last 30 days less that in all his items", unit="points",
        facts=("heading", "importer"), raised=(pl.col("heading_surge") > SURGE) & RECENT & KNOWN, weight=0.4, source=CHANGE,
    ),
    Indicator(
        code="origin_surge", kind="number", group=GROUP, label=gettext_noop("Surge of this origin among the importer's goods"),
        sentence=gettext_noop("Origin {origin} is {origin_surge} points more of {importer}'s goods in the last 30 days than before"),
        formula="share of the origin in the importer's items of the last 30 days less that in all his items", unit="points",
        facts=("origin", "importer"), raised=(pl.col("origin_surge") > SURGE) & RECENT & KNOWN, weight=0.4, source=CHANGE,
    ),
    Indicator(
        code="importer_value_z", kind="number", group=GROUP, label=gettext_noop("Value of the item against the importer's other items"),
        sentence=gettext_noop("Value {value} {currency}; {importer}'s items are usually worth {importer_value_usual}"),
        formula="(ln v − mean of ln v) over the standard deviation (at least 0.05) of the values of the importer's earlier items, from 5 on",
        facts=("value", "currency", "importer", "importer_value_usual"), raised=pl.col("importer_value_z") > 3.5, weight=0.4,
        source=CHANGE,
    ),
    Indicator(
        code="importer_commodity_value_per_kg_z", kind="number", group=GROUP, label=gettext_noop("Value per kilogram against the importer's own"),
        sentence=gettext_noop(
            "Unit value {value_per_kg} {currency}/kg; {importer} usually declares {commodity} at {importer_commodity_value_per_kg_usual}"
        ),
        formula="(ln p − mean of ln p) over the standard deviation (at least 0.05) of the importer's earlier items of the commodity, from 5 on",
        facts=("value_per_kg", "currency", "importer", "commodity", "importer_commodity_value_per_kg_usual"),
        raised=low("importer_commodity_value_per_kg_z"), weight=0.8,
        source="WCO Guidelines on the risk indicators of undervaluation: the importer's earlier prices",
    ),
    Indicator(
        code="importer_value_velocity", kind="number", group=GROUP, label=gettext_noop("Importer's value of the last 30 days against the last 90"),
        sentence=gettext_noop("{importer} declared goods worth {importer_value_30d} {currency} in 30 days, {importer_value_velocity} times the usual"),
        formula="value of the last 30 days over a third of that of the last 90",
        expression=velocity("importer_value"), facts=("importer", "importer_value_30d", "currency"),
        raised=(pl.col("importer_value_velocity") > 2.5) & RECENT, weight=0.22, source=CHANGE,
    ),
    Indicator(
        code="importer_silent_days", kind="number", group=GROUP, label=gettext_noop("Days since the importer's last declaration"),
        sentence=gettext_noop("{importer} declares again after {importer_silent_days} days"),
        formula="days from the importer's last declaration known to this one",
        expression=days_since("importer_last_seen"), unit="days", facts=("importer",),
        raised=pl.col("importer_silent_days") > 180, weight=0.4, source="FATF 2021: dormant companies that become active",
    ),
)  # fmt: skip
