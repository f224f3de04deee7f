"""Procedure and relief."""

from __future__ import annotations

import polars as pl

from tidewaiter.engine.risk.indicators import origin
from tidewaiter.engine.risk.indicators.indicator import PRACTICE, Indicator
from tidewaiter.engine.wording import gettext_noop

GROUP = "procedure"
RELIEF = "relief"
RARE = 1.0  # per cent
SUPPORT = 100
FREE = "Revised Kyoto Convention, Specific Annex B, chapter 3: relief from import duties and taxes"

INDICATORS = (
    Indicator(
        code="procedure_share", kind="number", group=GROUP, label=gettext_noop("Share of this procedure in the heading"),
        sentence=gettext_noop("{procedure_share} % of heading {heading} is declared under procedure {procedure}"),
        formula="earlier items of the heading under this procedure over all its items",
        unit="%", facts=("heading", "procedure"),
        raised=(pl.col("procedure_share") < RARE) & (pl.col("heading_items") >= SUPPORT), weight=0.4, source=PRACTICE,
    ),
    Indicator(
        code="importer_new_to_procedure", kind="flag", group=GROUP, label=gettext_noop("Importer's first use of this procedure"),
        sentence=gettext_noop("{importer} never used procedure {procedure} before"),
        formula="no earlier item of the importer under this procedure, though he has declared before",
        facts=("importer", "procedure"), weight=0.4, source=PRACTICE,
    ),
    Indicator(
        code="relief_share", kind="number", group=RELIEF, label=gettext_noop("Share of this relief among like goods"),
        sentence=gettext_noop("{relief_share} % of {commodity} is declared with relief {additional_procedure}"),
        formula="earlier items of the commodity with this additional procedure over all its items; missing where none is declared",
        unit="%", facts=("commodity", "additional_procedure"),
        raised=(pl.col("relief_share") < RARE) & (pl.col("commodity_items") >= SUPPORT), weight=0.4, source=FREE,
    ),
    Indicator(
        code="importer_new_to_relief", kind="flag", group=RELIEF, label=gettext_noop("Importer's first use of this relief"),
        sentence=gettext_noop("{importer} never claimed relief {additional_procedure} before"),
        formula="no earlier item of the importer with this additional procedure, though he has declared before",
        facts=("importer", "additional_procedure"), weight=0.4, source=FREE,
    ),
    Indicator(
        code="duty_free_unusual", kind="flag", group=RELIEF, label=gettext_noop("Free of duty where like goods pay"),
        sentence=gettext_noop("No duty and no preference; {commodity} usually pays {commodity_duty_rate_mean} %"),
        formula="the duty rate is zero without a preference, though the commodity's earlier items paid more than 2 % on average",
        expression=(pl.col("duty_rate") == 0) & ~origin.CLAIMED & (pl.col("commodity_duty_rate_mean") > 2.0),
        facts=("commodity", "commodity_duty_rate_mean"), weight=0.4, source=FREE,
    ),
)  # fmt: skip
