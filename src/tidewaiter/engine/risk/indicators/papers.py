"""Time and documents."""

from __future__ import annotations

import polars as pl

from tidewaiter.engine.risk.indicators.indicator import Indicator
from tidewaiter.engine.wording import gettext_noop

GROUP = "papers"
DAY = pl.col("declaration_date")

INDICATORS = (
    Indicator(
        "weekend", "flag", gettext_noop("Declared at the weekend"),
        gettext_noop("Declared on a Saturday or Sunday"),
        DAY.dt.weekday() >= 6, "timing", raised=pl.col("weekend"), weight=0.12,
    ),
    Indicator(
        "month_end", "flag", gettext_noop("Declared in the last three days of a month"),
        gettext_noop("Declared in the last three days of the month"),
        DAY.dt.month_end().sub(DAY).dt.total_days() < 3, "timing",
    ),
    Indicator(
        "document_count", "number", gettext_noop("Documents declared"),
        gettext_noop("{document_count} documents declared"),
        pl.col("documents").list.len().fill_null(0).cast(pl.Float64), GROUP,
    ),
    Indicator(
        "documents_missing", "flag", gettext_noop("No documents where like goods have them"),
        gettext_noop("No documents declared; {heading} usually comes with them"),
        (pl.col("document_count") == 0) & (pl.col("commodity_has_documents_mean") > 0.8), GROUP,
        facts=("heading",), raised=pl.col("documents_missing"), weight=0.81,
    ),
    Indicator(
        "description_short", "flag", gettext_noop("Short description"),
        gettext_noop("The description “{description}” says little"),
        pl.col("description").str.len_chars() < 6, GROUP, facts=("description",),
        raised=pl.col("description_short"), weight=0.4,
        source="WCO list of unacceptable terms for descriptions of goods (safety and security)",
    ),
)  # fmt: skip
