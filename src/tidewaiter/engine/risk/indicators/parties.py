"""Importer, seller, declarant, carrier: new ones, related ones, and sudden volumes."""

from __future__ import annotations

import polars as pl

from tidewaiter.engine.risk.baselines.keys import positive
from tidewaiter.engine.risk.indicators.indicator import PRACTICE, Indicator
from tidewaiter.engine.wording import gettext_noop

GROUP = "parties"
VANISHING = "WCO Guidelines on illicit trade: companies that appear and vanish"
SELLER_NAME = pl.coalesce("seller_name", "exporter_name")


def days_since(day: str) -> pl.Expr:
    return (pl.col("declaration_date") - pl.col(day)).dt.total_days()


def velocity(measure: str) -> pl.Expr:
    """Of the last 30 days over the monthly mean of the last 90."""
    return 3 * pl.col(f"{measure}_30d") / positive(pl.col(f"{measure}_90d"))


INDICATORS = (
    Indicator(
        code="importer_new", kind="flag", group=GROUP, label=gettext_noop("New importer"),
        sentence=gettext_noop("{importer} has never declared before"),
        formula="no earlier item of the importer", facts=("importer",), weight=0.69, source=VANISHING,
    ),
    Indicator(
        code="importer_days", kind="number", group=GROUP, label=gettext_noop("Days since the importer's first declaration"),
        sentence=gettext_noop("{importer} declared for the first time {importer_days} days ago"),
        formula="days from the importer's first declaration to this one",
        expression=days_since("importer_first_seen"), unit="days", facts=("importer",),
        raised=pl.col("importer_days") < 60, weight=0.56, source=VANISHING,
    ),
    Indicator(
        code="importer_velocity", kind="number", group=GROUP, label=gettext_noop("Importer's last 30 days against the last 90"),
        sentence=gettext_noop(
            "{importer} declared {importer_items_30d} items in 30 days, {importer_velocity} times the usual"
        ),
        formula="items of the last 30 days over a third of those of the last 90",
        expression=velocity("importer_items"), facts=("importer", "importer_items_30d"),
        raised=(pl.col("importer_velocity") > 2.5) & (pl.col("importer_items_30d") >= 10), weight=0.56, source=VANISHING,
    ),
    Indicator(
        code="supplier_new", kind="flag", group=GROUP, label=gettext_noop("New seller"),
        sentence=gettext_noop("Seller {supplier} was never declared before"),
        formula="no earlier item of the seller", facts=("supplier",), weight=0.4, source=PRACTICE,
    ),
    Indicator(
        code="supplier_days", kind="number", group=GROUP, label=gettext_noop("Days since the seller was first declared"),
        sentence=gettext_noop("Seller {supplier} was declared for the first time {supplier_days} days ago"),
        formula="days from the seller's first item to this one",
        expression=days_since("supplier_first_seen"), unit="days", facts=("supplier",), source=PRACTICE,
    ),
    Indicator(
        code="declarant_days", kind="number", group=GROUP, label=gettext_noop("Days since the declarant's first declaration"),
        sentence=gettext_noop("{declarant} declared for the first time {declarant_days} days ago"),
        formula="days from the declarant's first declaration to this one",
        expression=days_since("declarant_first_seen"), unit="days", facts=("declarant",),
        raised=pl.col("declarant_days") < 60, weight=0.4, source=PRACTICE,
    ),
    Indicator(
        code="carrier_new", kind="flag", group=GROUP, label=gettext_noop("New carrier"),
        sentence=gettext_noop("Carrier {carrier} was never declared before"),
        formula="no earlier item of the carrier", facts=("carrier",), weight=0.22, source="WCO cargo targeting practice",
    ),
    Indicator(
        code="importer_supplier_new", kind="flag", group=GROUP, label=gettext_noop("First goods of this importer from this seller"),
        sentence=gettext_noop("{importer} never bought from {supplier} before"),
        formula="no earlier item of the importer from this seller, though he has declared before",
        facts=("importer", "supplier"), weight=0.22, source=PRACTICE,
    ),
    Indicator(
        code="importer_declarant_new", kind="flag", group=GROUP, label=gettext_noop("Importer with a new declarant"),
        sentence=gettext_noop("{importer} never used declarant {declarant} before"),
        formula="no earlier item of the importer by this declarant, though he has declared before",
        facts=("importer", "declarant"), weight=0.4, source=PRACTICE,
    ),
    Indicator(
        code="like_items_7d", kind="number", group=GROUP, label=gettext_noop("Like items of importer and seller in the last seven days"),
        sentence=gettext_noop(
            "{like_items_7d} items of heading {heading} for {importer} from {supplier} in seven days,"
            " worth {split_value_7d} {currency}"
        ),
        formula="items of the importer from the seller under the heading in the last 7 days",
        expression=pl.col("split_items_7d"),
        facts=("heading", "importer", "supplier", "split_value_7d", "currency"),
        raised=(pl.col("like_items_7d") >= 4) & pl.col("value_just_under_threshold"), weight=0.92,
        source="WCO Cross-Border E-Commerce Framework: splitting of consignments",
    ),
    Indicator(
        code="related_parties", kind="flag", group=GROUP, label=gettext_noop("Importer and seller are one"),
        sentence=gettext_noop("Importer and seller are the same: {importer_name}"),
        formula="importer and seller have the same code, or the same name without regard to case",
        expression=(pl.col("importer") == pl.col("supplier"))
        | (pl.col("importer_name").str.to_lowercase() == SELLER_NAME.str.to_lowercase()),
        facts=("importer_name",), weight=0.4, source="WTO Valuation Agreement, Articles 1.2 and 15.4: related persons",
    ),
    Indicator(
        code="importer_abroad", kind="flag", group=GROUP, label=gettext_noop("Importer established abroad"),
        sentence=gettext_noop("Importer in {importer_country}, goods destined for {destination_country}"),
        formula="the importer's country is not the country of destination",
        expression=pl.col("importer_country") != pl.col("destination_country"),
        facts=("importer_country", "destination_country"), weight=0.4, source=VANISHING,
    ),
    Indicator(
        code="buyer_differs", kind="flag", group=GROUP, label=gettext_noop("Bought by somebody else"),
        sentence=gettext_noop("Buyer {buyer} is not the importer {importer}"),
        formula="a buyer is declared that is not the importer",
        expression=pl.col("buyer") != pl.col("importer"), facts=("buyer", "importer"), weight=0.22,
        source="WTO Valuation Agreement, Article 1: the sale for export",
    ),
)  # fmt: skip
