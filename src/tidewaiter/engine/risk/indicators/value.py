"""Value: unit values, against peers, round and threshold amounts.

A unit value far from its peers is a reason to ask the importer, never a customs value nor a reason
to reject one (WTO Valuation Agreement, Article 7.2; Decision 6.1).
"""

from __future__ import annotations

import polars as pl

from tidewaiter.engine.risk.baselines.keys import MASS, positive
from tidewaiter.engine.risk.indicators.indicator import Indicator
from tidewaiter.engine.wording import gettext_noop

THRESHOLDS = (150.0, 1_000.0, 10_000.0)  # amounts at which duty relief or formality changes
JUST_UNDER = 0.05
FULLY_RAISED_Z = 5.0  # beyond the usual limit of 3.5 (Iglewicz and Hoaglin)
GROUP = "value"
WTO = "WCO Guidelines on the risk indicators of undervaluation; robust z: Iglewicz and Hoaglin 1993"

quantity = positive(pl.col("quantity"))


def ratio(name: str) -> pl.Expr:
    return pl.col(name) / positive(pl.col(f"{name}_peer_median"))


def robust_z(name: str) -> pl.Expr:
    """Robust z of the natural logarithm: 0.6745 (ln p - median) / MAD; missing when MAD and IQR are 0."""
    return ratio(name).log() / positive(pl.col(f"{name}_peer_spread"))


def low(z: str) -> pl.Expr:
    """How far a low z is raised, from 0 at the median to 1, so that ranks survive."""
    return (-pl.col(z) / FULLY_RAISED_Z).clip(0.0, 1.0)


def just_under() -> pl.Expr:
    value = pl.col("value")
    return pl.any_horizontal((value < t) & (value >= t * (1 - JUST_UNDER)) for t in THRESHOLDS)


INDICATORS = (
    Indicator(
        "value_per_kg", "money", gettext_noop("Value per kilogram"),
        gettext_noop("Value {value_per_kg} {currency}/kg"),
        positive(pl.col("value")) / positive(MASS), GROUP, unit="per kg", currency="currency", facts=("currency",),
    ),
    Indicator(
        "value_per_unit", "money", gettext_noop("Value per unit of quantity"),
        gettext_noop("Value {value_per_unit} {currency} per {quantity_unit}"),
        positive(pl.col("value")) / quantity, GROUP, unit="per unit", currency="currency",
        facts=("currency", "quantity_unit"),
    ),
    Indicator(
        "value_per_kg_ratio", "number", gettext_noop("Value per kilogram over the peers' median"),
        gettext_noop("Value per kilogram is {value_per_kg_ratio} times the median of its peers"),
        ratio("value_per_kg"), GROUP, source=WTO,
    ),
    Indicator(
        "value_per_kg_z", "number", gettext_noop("Value per kilogram against peers, robust z"),
        gettext_noop(
            "Unit value {value_per_kg} {currency}/kg; {value_per_kg_peers} peers ({value_per_kg_peer_group}):"
            " median {value_per_kg_peer_median}, and {value_per_kg_percentile} % of them are lower"
        ),
        robust_z("value_per_kg"), GROUP, source=WTO,
        facts=(
            "value_per_kg", "currency", "value_per_kg_peers",
            "value_per_kg_peer_median", "value_per_kg_percentile", "value_per_kg_peer_group",
        ),
        raised=low("value_per_kg_z"), weight=3.0,
    ),
    Indicator(
        "value_per_unit_ratio", "number", gettext_noop("Value per unit over the peers' median"),
        gettext_noop("Value per unit is {value_per_unit_ratio} times the median of its peers"),
        ratio("value_per_unit"), GROUP, source=WTO,
    ),
    Indicator(
        "value_per_unit_z", "number", gettext_noop("Value per unit against peers, robust z"),
        gettext_noop(
            "Unit value {value_per_unit} {currency} per {quantity_unit}; {value_per_unit_peers} peers ({value_per_unit_peer_group}):"
            " median {value_per_unit_peer_median}, and {value_per_unit_percentile} % of them are lower"
        ),
        robust_z("value_per_unit"), GROUP, source=WTO,
        facts=(
            "value_per_unit", "currency", "quantity_unit",
            "value_per_unit_peers", "value_per_unit_peer_median", "value_per_unit_percentile", "value_per_unit_peer_group",
        ),
        raised=low("value_per_unit_z"), weight=6.0,
    ),
    Indicator(
        "value_gap", "money", gettext_noop("Value missing against the peers' median"),
        gettext_noop("At its peers' median the goods would be worth {value_gap} {currency} more"),
        pl.max_horizontal(
            positive(MASS) * pl.col("value_per_kg_peer_median") - pl.col("value"),
            quantity * pl.col("value_per_unit_peer_median") - pl.col("value"),
        ).clip(lower_bound=0.0),
        GROUP, currency="currency", facts=("currency",), source=WTO,
    ),
    Indicator(
        "value_round", "flag", gettext_noop("Round value"),
        gettext_noop("The value {value} {currency} is a round amount"),
        (pl.col("value") >= 1_000) & (pl.col("value") % 1_000 == 0), GROUP, facts=("value", "currency"),
        raised=pl.col("value_round"), weight=0.4,
    ),
    Indicator(
        "value_just_under_threshold", "flag", gettext_noop("Value just under a threshold"),
        gettext_noop("The value {value} {currency} lies just under a threshold"),
        just_under(), GROUP, facts=("value", "currency"),
        raised=pl.col("value_just_under_threshold"), weight=0.69,
        source="WCO Cross-Border E-Commerce Framework: splitting and undervaluation under the threshold",
    ),
    Indicator(
        "invoice_ratio", "number", gettext_noop("Customs value over invoice value"),
        gettext_noop("The customs value is {invoice_ratio} times the invoice value"),
        pl.when(pl.col("invoice_currency") == pl.col("currency")).then(
            positive(pl.col("customs_value")) / positive(pl.col("invoice_value"))
        ),
        GROUP, raised=pl.col("invoice_ratio") < 0.95, weight=0.81,
    ),
)  # fmt: skip
