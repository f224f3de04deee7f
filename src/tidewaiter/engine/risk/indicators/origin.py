"""Origin and preference."""

from __future__ import annotations

import polars as pl

from tidewaiter.engine.risk.baselines.keys import positive
from tidewaiter.engine.risk.indicators import documents
from tidewaiter.engine.risk.indicators.indicator import Indicator
from tidewaiter.engine.wording import gettext_noop

GROUP = "origin"
PREFERENCE = "preference"
RARE = 1.0  # per cent of the traffic compared with
SUPPORT = 100
FALSE_ORIGIN = "WCO Guidelines on risk indicators of false origin: transhipment"
VERIFICATION = "WCO Guidelines on preferential origin verification"
DIFFERS = pl.col("origin") != pl.col("dispatch_country")
OWN = (pl.col("origin") == pl.col("destination_country")) & (pl.col("flow") == "import")
CLAIMED = (
    pl.col("preference").is_not_null()
    & (pl.col("preference") != "")
    & (pl.col("preference") != "100")
)

INDICATORS = (
    Indicator(
        code="origin_differs", kind="flag", group=GROUP, label=gettext_noop("Origin is not the country of dispatch"),
        sentence=gettext_noop("Goods of {origin} dispatched from {dispatch_country}"),
        formula="the country of origin is not the country of dispatch",
        expression=DIFFERS, facts=("origin", "dispatch_country"), weight=0.4,
        source=FALSE_ORIGIN,
    ),
    Indicator(
        code="origin_share", kind="number", group=GROUP, label=gettext_noop("Share of this origin in the commodity"),
        sentence=gettext_noop("{origin_share} % of {commodity} comes from {origin}"),
        formula="earlier items of the commodity from this origin over all its items",
        unit="%", facts=("commodity", "origin"),
        raised=(pl.col("origin_share") < RARE) & (pl.col("commodity_items") >= SUPPORT), weight=0.56, source=FALSE_ORIGIN,
    ),
    Indicator(
        code="importer_new_to_origin", kind="flag", group=GROUP, label=gettext_noop("Importer's first goods from this origin"),
        sentence=gettext_noop("{importer} never declared goods of {origin} before"),
        formula="no earlier item of the importer of this origin, though he has declared before",
        facts=("importer", "origin"), weight=0.4, source=FALSE_ORIGIN,
    ),
    Indicator(
        code="supplier_new_to_origin", kind="flag", group=GROUP, label=gettext_noop("Seller's first goods of this origin"),
        sentence=gettext_noop("Seller {supplier} never sold goods of {origin} before"),
        formula="no earlier item of the seller of this origin, though he has sold before",
        facts=("supplier", "origin"), weight=0.56, source=FALSE_ORIGIN,
    ),
    Indicator(
        code="invoice_currency_share", kind="number", group=GROUP, label=gettext_noop("Share of this currency in invoices for this origin"),
        sentence=gettext_noop("{invoice_currency_share} % of goods of {origin} are invoiced in {invoice_currency}"),
        formula="earlier items of the origin invoiced in this currency over all its items",
        unit="%", facts=("origin", "invoice_currency"),
        raised=(pl.col("invoice_currency_share") < 5.0) & (pl.col("origin_items") >= SUPPORT), weight=0.56, source=FALSE_ORIGIN,
    ),
    Indicator(
        code="origin_own_country", kind="flag", group=GROUP, label=gettext_noop("Goods of one's own country coming back"),
        sentence=gettext_noop("Goods of {origin} are imported into {destination_country}"),
        formula="imported goods originate in the country of destination",
        expression=OWN,
        facts=("origin", "destination_country"), weight=0.22, source="Revised Kyoto Convention, Specific Annex B, chapter 2",
    ),
    Indicator(
        code="preference_claimed", kind="flag", group=PREFERENCE, label=gettext_noop("Preference claimed"),
        sentence=gettext_noop("Preference {preference} claimed for origin {origin}"),
        formula="a preference other than 100 (none) is declared",
        expression=CLAIMED,
        facts=("preference", "origin"), source=VERIFICATION,
    ),
    Indicator(
        code="preference_first_use", kind="flag", group=PREFERENCE, label=gettext_noop("First preference of the importer for this origin"),
        sentence=gettext_noop("{importer} claims preference {preference} for {origin} for the first time"),
        formula="a preference is claimed that the importer never claimed for this origin",
        expression=CLAIMED & (pl.col("origin_preference_items") == 0),
        facts=("importer", "preference", "origin"), weight=0.56, source=VERIFICATION,
    ),
    Indicator(
        code="preference_share", kind="number", group=PREFERENCE, label=gettext_noop("Share of the same goods and origin with this preference"),
        sentence=gettext_noop("{preference_share} % of {commodity} from {origin} claims preference {preference}"),
        formula="earlier items of the commodity and origin with this preference over all its items",
        unit="%", facts=("commodity", "origin", "preference"),
        raised=CLAIMED & (pl.col("preference_share") < 5.0) & (pl.col("commodity_origin_items") >= 20), weight=0.56,
        source=VERIFICATION,
    ),
    Indicator(
        code="preference_indirect", kind="flag", group=PREFERENCE, label=gettext_noop("Preference for goods that did not come directly"),
        sentence=gettext_noop("Preference {preference} claimed for goods of {origin} dispatched from {dispatch_country}"),
        formula="a preference is claimed, and the country of dispatch is not the origin",
        expression=CLAIMED & DIFFERS, facts=("preference", "origin", "dispatch_country"), weight=0.69,
        source="Revised Kyoto Convention, Specific Annex K, chapter 1: direct transport",
    ),
    Indicator(
        code="preference_without_documents", kind="flag", group=PREFERENCE, label=gettext_noop("Preference without documents"),
        sentence=gettext_noop("Preference {preference} claimed without any document"),
        formula="a preference is claimed, and no document is declared",
        expression=CLAIMED & (documents.COUNT == 0), facts=("preference",), weight=0.69,
        source="Revised Kyoto Convention, Specific Annex K, chapter 2: evidence of origin",
    ),
    Indicator(
        code="preference_saving", kind="money", group=PREFERENCE, label=gettext_noop("Duty saved by the preference"),
        sentence=gettext_noop("The preference saves {preference_saving} {currency}: {commodity} usually pays {commodity_duty_rate_mean} %"),
        formula="where a preference is claimed: mean duty rate of the commodity less the declared rate, times the value; not below zero",
        expression=pl.when(CLAIMED).then(
            (pl.col("commodity_duty_rate_mean") - pl.col("duty_rate")).clip(lower_bound=0.0) * positive(pl.col("value")) / 100
        ),
        currency="currency", facts=("currency", "commodity", "commodity_duty_rate_mean"), source=VERIFICATION,
    ),
)  # fmt: skip
