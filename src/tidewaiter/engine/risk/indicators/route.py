"""Route: how goods came, and whether they went the other way before."""

from __future__ import annotations

import polars as pl

from tidewaiter.engine.risk.indicators import origin
from tidewaiter.engine.risk.indicators.indicator import PRACTICE, Indicator
from tidewaiter.engine.wording import gettext_noop

GROUP = "route"
CIRCULAR = "circular trade"
RARE = 1.0  # per cent of the traffic compared with
SUPPORT = 100
CAROUSEL = "FATF Trade-Based Money Laundering: Risk Indicators (2021): carousel transactions"

INDICATORS = (
    Indicator(
        code="route_share", kind="number", group=GROUP, label=gettext_noop("Share of this route among the office's traffic"),
        sentence=gettext_noop("{route_share} % of the traffic of {office} comes from {dispatch_country} this way"),
        formula="earlier items of the office from this country of dispatch by this mode of transport over all its items",
        unit="%", facts=("office", "dispatch_country", "transport_mode"),
        raised=(pl.col("route_share") < RARE) & (pl.col("office_items") >= SUPPORT), weight=0.22, source=PRACTICE,
    ),
    Indicator(
        code="mode_share", kind="number", group=GROUP, label=gettext_noop("Share of this mode of transport in the heading"),
        sentence=gettext_noop("{mode_share} % of heading {heading} travels by mode {transport_mode}"),
        formula="earlier items of the heading by this mode of transport over all its items",
        unit="%", facts=("heading", "transport_mode"),
        raised=(pl.col("mode_share") < RARE) & (pl.col("heading_items") >= SUPPORT), weight=0.4,
        source="WCO cargo targeting practice: a mode that does not pay for the goods",
    ),
    Indicator(
        code="supplier_new_to_dispatch", kind="flag", group=GROUP, label=gettext_noop("Seller's first goods from this country"),
        sentence=gettext_noop("Seller {supplier} never dispatched from {dispatch_country} before"),
        formula="no earlier item of the seller from this country of dispatch, though he has sold before",
        facts=("supplier", "dispatch_country"), weight=0.22, source="WCO cargo targeting practice: change of route",
    ),
    Indicator(
        code="third_country_seller", kind="flag", group=GROUP, label=gettext_noop("Seller in a third country"),
        sentence=gettext_noop("Exporter in {exporter_country}, goods of {origin} from {dispatch_country}"),
        formula="the exporter's country is neither origin nor country of dispatch",
        expression=(pl.col("exporter_country") != pl.col("origin")) & (pl.col("exporter_country") != pl.col("dispatch_country")),
        facts=("exporter_country", "origin", "dispatch_country"), weight=0.22,
        source="FATF Trade-Based Money Laundering: Risk Indicators (2021): third-country invoicing",
    ),
    Indicator(
        code="loading_elsewhere", kind="flag", group=GROUP, label=gettext_noop("Loaded in another country than dispatched from"),
        sentence=gettext_noop("Loaded at {loading_place}, dispatched from {dispatch_country}"),
        formula="the country in the place of loading (UN/LOCODE) is not the country of dispatch",
        expression=pl.col("loading_place").str.slice(0, 2) != pl.col("dispatch_country"),
        facts=("loading_place", "dispatch_country"), weight=0.22, source="UN/LOCODE; WCO cargo targeting practice",
    ),
    Indicator(
        code="unloading_elsewhere", kind="flag", group=GROUP, label=gettext_noop("Unloaded in another country than destined for"),
        sentence=gettext_noop("Unloaded at {unloading_place}, destined for {destination_country}"),
        formula="the country in the place of unloading (UN/LOCODE) is not the country of destination",
        expression=pl.col("unloading_place").str.slice(0, 2) != pl.col("destination_country"),
        facts=("unloading_place", "destination_country"), weight=0.22, source="UN/LOCODE; WCO cargo targeting practice",
    ),
    Indicator(
        code="counterflow_items", kind="number", group=CIRCULAR, label=gettext_noop("Same goods the other way"),
        sentence=gettext_noop("{own_party} moved goods of heading {heading} the other way to or from {partner_country} {counterflow_items} times"),
        formula="earlier items of the same trader, heading and partner country in the other direction (export against import)",
        facts=("own_party", "heading", "partner_country"), raised=pl.col("counterflow_items") > 0, weight=0.4, source=CAROUSEL,
    ),
    Indicator(
        code="counterparty_items", kind="number", group=CIRCULAR, label=gettext_noop("Same goods back to the same party"),
        sentence=gettext_noop("{own_party} and {foreign_party} moved goods of heading {heading} the other way {counterparty_items} times"),
        formula="earlier items of the same trader, foreign party, heading and partner country in the other direction",
        facts=("own_party", "foreign_party", "heading"), raised=pl.col("counterparty_items") > 0, weight=0.69, source=CAROUSEL,
    ),
    Indicator(
        code="counterflow_value_per_kg_z", kind="number", group=CIRCULAR, label=gettext_noop("Value per kilogram against the same goods the other way"),
        sentence=gettext_noop(
            "Unit value {value_per_kg} {currency}/kg; the same goods went the other way at {counterflow_value_per_kg_usual}"
        ),
        formula="(ln p − mean of ln p) over the standard deviation (at least 0.05) of the same trader's items of the heading in the other direction, from 5 on",
        facts=("value_per_kg", "currency", "counterflow_value_per_kg_usual"),
        raised=pl.col("counterflow_value_per_kg_z").abs() > 3.5, weight=0.69, source=CAROUSEL,
    ),
    Indicator(
        code="returned_not_exported", kind="flag", group=CIRCULAR, label=gettext_noop("Goods come back that were never exported"),
        sentence=gettext_noop("Goods of {origin} come back from {dispatch_country}; {importer} never exported heading {heading} there"),
        formula="goods of one's own origin are imported by a trader without an earlier export of the heading to that country; missing while no export was declared at all",
        expression=pl.when(pl.col("direction_items") > 0).then(origin.OWN & (pl.col("counterflow_items") == 0)),
        facts=("origin", "dispatch_country", "importer", "heading"), weight=0.56,
        source="Revised Kyoto Convention, Specific Annex B, chapter 2: re-importation in the same state",
    ),
)  # fmt: skip
