"""Importer, seller and declarant: new ones, and sudden volumes."""

from __future__ import annotations

import polars as pl

from tidewaiter.engine.risk.baselines.keys import positive
from tidewaiter.engine.risk.indicators.indicator import Indicator
from tidewaiter.engine.wording import gettext_noop

GROUP = "parties"


def days_since(first_seen: str) -> pl.Expr:
    return (pl.col("declaration_date") - pl.col(first_seen)).dt.total_days().cast(pl.Float64)


def velocity(name: str) -> pl.Expr:
    """Items of the last 30 days over the monthly mean of the last 90."""
    return 3 * pl.col(f"{name}_items_30d") / positive(pl.col(f"{name}_items_90d"))


INDICATORS = (
    Indicator(
        "importer_new", "flag", gettext_noop("New importer"),
        gettext_noop("{importer} has never declared before"),
        pl.col("importer_items") == 0, GROUP, facts=("importer",),
        raised=pl.col("importer_new"), weight=0.69,
        source="WCO Guidelines on illicit trade: companies that appear and vanish",
    ),
    Indicator(
        "importer_days", "number", gettext_noop("Days since the importer's first declaration"),
        gettext_noop("{importer} declared for the first time {importer_days} days ago"),
        days_since("importer_first_seen"), GROUP, unit="days", facts=("importer",),
        raised=pl.col("importer_days") < 60, weight=0.56,
    ),
    Indicator(
        "importer_velocity", "number", gettext_noop("Importer's last 30 days against the last 90"),
        gettext_noop(
            "{importer} declared {importer_items_30d} items in 30 days, {importer_velocity} times the usual"
        ),
        velocity("importer"), GROUP, facts=("importer", "importer_items_30d"),
        raised=(pl.col("importer_velocity") > 2.5) & (pl.col("importer_items_30d") >= 10), weight=0.56,
    ),
    Indicator(
        "supplier_new", "flag", gettext_noop("New seller"),
        gettext_noop("Seller {supplier} was never declared before"),
        pl.col("supplier_items") == 0, GROUP, facts=("supplier",), raised=pl.col("supplier_new"), weight=0.4,
    ),
    Indicator(
        "supplier_days", "number", gettext_noop("Days since the seller was first declared"),
        gettext_noop("Seller {supplier} was declared for the first time {supplier_days} days ago"),
        days_since("supplier_first_seen"), GROUP, unit="days", facts=("supplier",),
    ),
    Indicator(
        "declarant_days", "number", gettext_noop("Days since the declarant's first declaration"),
        gettext_noop("{declarant} declared for the first time {declarant_days} days ago"),
        days_since("declarant_first_seen"), GROUP, unit="days", facts=("declarant",),
        raised=pl.col("declarant_days") < 60, weight=0.4,
    ),
    Indicator(
        "importer_supplier_new", "flag", gettext_noop("First goods of this importer from this seller"),
        gettext_noop("{importer} never bought from {supplier} before"),
        (pl.col("importer_supplier_items") == 0) & (pl.col("importer_items") > 0), GROUP,
        facts=("importer", "supplier"), raised=pl.col("importer_supplier_new"), weight=0.22,
    ),
    Indicator(
        "importer_declarant_new", "flag", gettext_noop("Importer with a new declarant"),
        gettext_noop("{importer} never used declarant {declarant} before"),
        (pl.col("importer_declarant_items") == 0) & (pl.col("importer_items") > 0), GROUP,
        facts=("importer", "declarant"), raised=pl.col("importer_declarant_new"), weight=0.4,
    ),
    Indicator(
        "like_items_7d", "number", gettext_noop("Like items of importer and seller in the last seven days"),
        gettext_noop(
            "{like_items_7d} items of heading {heading} for {importer} from {supplier} in seven days,"
            " worth {split_value_7d} {currency}"
        ),
        pl.col("split_items_7d"), GROUP,
        facts=("heading", "importer", "supplier", "split_value_7d", "currency"),
        raised=(pl.col("like_items_7d") >= 4) & pl.col("value_just_under_threshold"), weight=0.92,
        source="WCO Cross-Border E-Commerce Framework: splitting of consignments",
    ),
)  # fmt: skip
