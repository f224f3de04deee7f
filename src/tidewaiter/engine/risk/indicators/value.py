"""Value: unit values, against peers, what the invoice says, round and threshold amounts.

A unit value far from its peers is a reason to ask the importer, never a customs value nor a reason
to reject one (WTO Valuation Agreement, Article 7.2; Decision 6.1).
"""

from __future__ import annotations

import polars as pl

from tidewaiter.engine.risk.baselines.keys import THRESHOLDS, just_under, positive
from tidewaiter.engine.risk.indicators.indicator import PRACTICE, Indicator
from tidewaiter.engine.wording import gettext_noop

FULLY_RAISED_Z = 5.0  # beyond the usual limit of 3.5 (Iglewicz and Hoaglin)
GROUP = "value"
WTO = "WCO Guidelines on the risk indicators of undervaluation; robust z: Iglewicz and Hoaglin 1993"
AGREEMENT = "WTO Valuation Agreement"
same_money = pl.col("invoice_currency") == pl.col("currency")
without_freight = pl.col("incoterm").is_in(["EXW", "FCA", "FAS", "FOB"])


def low(z: str) -> pl.Expr:
    """How far a low z is raised, from 0 at the median to 1, so that ranks survive."""
    return (-pl.col(z) / FULLY_RAISED_Z).clip(0.0, 1.0)


def _usual_value() -> pl.Expr:
    """By mass or by quantity, the higher."""
    return pl.max_horizontal(
        positive(pl.col(figure)) * pl.col(f"{price}_peer_median")
        for figure, price in (("mass", "value_per_kg"), ("quantity", "value_per_unit"))
    )


def _over_threshold() -> pl.Expr:
    """Like items, each under a threshold, that are worth more than it together."""
    value, past, items = pl.col("value"), pl.col("split_value_7d"), pl.col("split_items_7d")
    return pl.any_horizontal(
        (value < t) & (past < t * items) & (value + past > t) for t in THRESHOLDS
    )


INDICATORS = (
    Indicator(
        code="value_per_kg", kind="money", group=GROUP, label=gettext_noop("Value per kilogram"),
        sentence=gettext_noop("Value {value_per_kg} {currency}/kg"),
        formula="customs value (else statistical value, else invoice value in the same currency) over net mass (else gross mass)",
        unit="per kg", currency="currency", facts=("currency",), source=WTO,
    ),
    Indicator(
        code="value_per_unit", kind="money", group=GROUP, label=gettext_noop("Value per unit of quantity"),
        sentence=gettext_noop("Value {value_per_unit} {currency} per {quantity_unit}"),
        formula="value over quantity",
        unit="per unit", currency="currency", facts=("currency", "quantity_unit"), source=WTO,
    ),
    Indicator(
        code="value_per_kg_ratio", kind="number", group=GROUP, label=gettext_noop("Value per kilogram over the peers' median"),
        sentence=gettext_noop("Value per kilogram is {value_per_kg_ratio} times the median of its peers"),
        formula="value per kilogram over the median of its peers: same commodity and origin, else subheading, else heading, of the last 730 days, from 10 items on",
        source=WTO,
    ),
    Indicator(
        code="value_per_kg_z", kind="number", group=GROUP, label=gettext_noop("Value per kilogram against peers, robust z"),
        sentence=gettext_noop(
            "Unit value {value_per_kg} {currency}/kg; {value_per_kg_peers} peers ({value_per_kg_peer_group}):"
            " median {value_per_kg_peer_median}, and {value_per_kg_percentile} % of them are lower"
        ),
        formula="0.6745 (ln p − median of ln p) over the median absolute deviation; the interquartile range over 1.349 where that is zero; missing where both are",
        source=WTO,
        facts=(
            "value_per_kg", "currency", "value_per_kg_peers",
            "value_per_kg_peer_median", "value_per_kg_percentile", "value_per_kg_peer_group",
        ),
        raised=low("value_per_kg_z"), weight=3.0,
    ),
    Indicator(
        code="value_per_unit_ratio", kind="number", group=GROUP, label=gettext_noop("Value per unit over the peers' median"),
        sentence=gettext_noop("Value per unit is {value_per_unit_ratio} times the median of its peers"),
        formula="value per unit over the median of its peers in the same unit", source=WTO,
    ),
    Indicator(
        code="value_per_unit_z", kind="number", group=GROUP, label=gettext_noop("Value per unit against peers, robust z"),
        sentence=gettext_noop(
            "Unit value {value_per_unit} {currency} per {quantity_unit}; {value_per_unit_peers} peers ({value_per_unit_peer_group}):"
            " median {value_per_unit_peer_median}, and {value_per_unit_percentile} % of them are lower"
        ),
        formula="as the robust z of value per kilogram, per unit of quantity", source=WTO,
        facts=(
            "value_per_unit", "currency", "quantity_unit",
            "value_per_unit_peers", "value_per_unit_peer_median", "value_per_unit_percentile", "value_per_unit_peer_group",
        ),
        raised=low("value_per_unit_z"), weight=6.0,
    ),
    Indicator(
        code="value_excess_z", kind="number", group=GROUP, label=gettext_noop("Value above peers, by mass and by unit"),
        sentence=gettext_noop("The unit value is {value_excess_z} deviations above its peers' median, however it is measured"),
        formula="the lower of the two robust z of unit values",
        expression=pl.min_horizontal("value_per_kg_z", "value_per_unit_z"),
        raised=pl.col("value_excess_z") > 3.5, weight=0.4,
        source="FATF Trade-Based Money Laundering: Risk Indicators (2021): over-invoicing",
    ),
    Indicator(
        code="value_gap", kind="money", group=GROUP, label=gettext_noop("Value missing against the peers' median"),
        sentence=gettext_noop("At its peers' median the goods would be worth {value_gap} {currency} more"),
        formula="the peers' median times mass, or times quantity where that is more, less the value; not below zero",
        expression=(_usual_value() - pl.col("value")).clip(lower_bound=0.0),
        currency="currency", facts=("currency",), source=WTO,
    ),
    Indicator(
        code="supplier_commodity_value_per_kg_z", kind="number", group=GROUP, label=gettext_noop("Value per kilogram against the seller's other sales"),
        sentence=gettext_noop(
            "Unit value {value_per_kg} {currency}/kg; seller {supplier} usually sells {commodity} at {supplier_commodity_value_per_kg_usual}"
        ),
        formula="(ln p − mean of ln p) over the standard deviation (at least 0.05) of the same seller's earlier items of the commodity to anybody, from 5 on",
        facts=("value_per_kg", "currency", "supplier", "commodity", "supplier_commodity_value_per_kg_usual"),
        raised=low("supplier_commodity_value_per_kg_z"), weight=0.8,
        source=f"{AGREEMENT}, Article 2: identical goods of the same producer",
    ),
    Indicator(
        code="value_round", kind="flag", group=GROUP, label=gettext_noop("Round value"),
        sentence=gettext_noop("The value {value} {currency} is a round amount"),
        formula="the value is at least 1,000 and a multiple of 1,000",
        expression=(pl.col("value") >= 1_000) & (pl.col("value") % 1_000 == 0), facts=("value", "currency"),
        weight=0.4, source="Nigrini 2012, Benford's Law: round numbers are estimates",
    ),
    Indicator(
        code="value_just_under_threshold", kind="flag", group=GROUP, label=gettext_noop("Value just under a threshold"),
        sentence=gettext_noop("The value {value} {currency} lies just under a threshold"),
        formula="the value is up to 5 % below 150, 1,000 or 10,000",
        expression=just_under(pl.col("value")), facts=("value", "currency"), weight=0.69,
        source="WCO Cross-Border E-Commerce Framework: splitting and undervaluation under the threshold",
    ),
    Indicator(
        code="split_over_threshold", kind="flag", group=GROUP, label=gettext_noop("Like items together above a threshold that each is under"),
        sentence=gettext_noop(
            "{split_items_7d} items of heading {heading} for {importer} from {supplier} in seven days, worth {split_value_7d} {currency};"
            " with this one of {value} {currency} they pass a threshold that each is under"
        ),
        formula="the value, and the mean value of the importer's items of the heading from the seller in the last 7 days, are under a threshold that their sum passes",
        expression=(pl.col("split_items_7d") > 0) & _over_threshold(),
        facts=("split_items_7d", "heading", "importer", "supplier", "split_value_7d", "currency", "value"), weight=0.69,
        source="WCO Cross-Border E-Commerce Framework: splitting of consignments",
    ),
    Indicator(
        code="invoice_ratio", kind="number", group=GROUP, label=gettext_noop("Customs value over invoice value"),
        sentence=gettext_noop("The customs value is {invoice_ratio} times the invoice value"),
        formula="customs value over invoice value, where both are in one currency",
        expression=pl.when(same_money).then(pl.col("invoice_factor")),
        raised=pl.col("invoice_ratio") < 0.95, weight=0.81, source=f"{AGREEMENT}, Articles 1 and 8",
    ),
    Indicator(
        code="freight_missing", kind="flag", group=GROUP, label=gettext_noop("No freight added to the invoice"),
        sentence=gettext_noop(
            "Delivery terms {incoterm}: the invoice of {invoice_value} {currency} is without freight, and the customs value {customs_value} adds none"
        ),
        formula="terms EXW, FCA, FAS or FOB, one currency, and a customs value not above the invoice value",
        expression=without_freight & same_money & (pl.col("customs_value") <= pl.col("invoice_value")),
        facts=("incoterm", "invoice_value", "currency", "customs_value"), weight=0.4,
        source=f"{AGREEMENT}, Article 8.2: cost of transport, where values are CIF",
    ),
    Indicator(
        code="exchange_invoice_factor_z", kind="number", group=GROUP, label=gettext_noop("Customs value over invoice value against what is usual for the currencies"),
        sentence=gettext_noop(
            "{customs_value} {currency} for an invoice of {invoice_value} {invoice_currency}; usual for terms {incoterm}: {exchange_invoice_factor_usual} times"
        ),
        formula="(ln r − mean of ln r) over the standard deviation (at least 0.05), r customs value over invoice value, of all items of the last 180 days with the same two currencies and delivery terms, from 5 on",
        facts=("customs_value", "currency", "invoice_value", "invoice_currency", "incoterm", "exchange_invoice_factor_usual"),
        raised=pl.col("exchange_invoice_factor_z") < -3.5, weight=0.69, source=f"{AGREEMENT}, Article 9: rate of exchange",
    ),
    Indicator(
        code="statistical_ratio", kind="number", group=GROUP, label=gettext_noop("Statistical value over customs value"),
        sentence=gettext_noop("The statistical value is {statistical_ratio} times the customs value"),
        formula="statistical value over customs value",
        expression=pl.col("statistical_value") / positive(pl.col("customs_value")),
        raised=~pl.col("statistical_ratio").is_between(0.8, 1.25), weight=0.4, source=PRACTICE,
    ),
    Indicator(
        code="valuation_method_other", kind="flag", group=GROUP, label=gettext_noop("Value not based on the price paid"),
        sentence=gettext_noop("Valuation method {valuation_method}, not the transaction value"),
        formula="a valuation method other than 1 is declared",
        expression=pl.col("valuation_method") != "1", facts=("valuation_method",), weight=0.22,
        source=f"{AGREEMENT}, Articles 2 to 7",
    ),
)  # fmt: skip
