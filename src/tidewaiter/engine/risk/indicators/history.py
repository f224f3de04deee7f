"""What controls found before."""

from __future__ import annotations

import polars as pl

from tidewaiter.engine.risk.indicators.indicator import Indicator
from tidewaiter.engine.wording import gettext_noop

GROUP = "history"
COMPLIANCE = "WCO Risk Management Compendium: compliance history of operators"
FINDS = 2

INDICATORS = (
    Indicator(
        code="importer_record", kind="number", group=GROUP, label=gettext_noop("Importer's record"),
        sentence=gettext_noop("{importer}: {importer_finds} finds in {importer_controls} controls"),
        formula="finds in 100 controls of the importer, pulled to the overall rate as if by 8 controls",
        expression=100 * pl.col("importer_hit_rate"), unit="%", facts=("importer", "importer_finds", "importer_controls"),
        raised=(pl.col("importer_record") > 15) & (pl.col("importer_finds") >= FINDS), weight=0.92, source=COMPLIANCE,
    ),
    Indicator(
        code="supplier_record", kind="number", group=GROUP, label=gettext_noop("Seller's record"),
        sentence=gettext_noop("Seller {supplier}: {supplier_finds} finds in {supplier_controls} controls"),
        formula="finds in 100 controls of the seller's goods, pulled to the overall rate as if by 8 controls",
        expression=100 * pl.col("supplier_hit_rate"), unit="%", facts=("supplier", "supplier_finds", "supplier_controls"),
        raised=(pl.col("supplier_record") > 15) & (pl.col("supplier_finds") >= FINDS), weight=0.69, source=COMPLIANCE,
    ),
    Indicator(
        code="importer_never_controlled", kind="flag", group=GROUP, label=gettext_noop("Never controlled"),
        sentence=gettext_noop("{importer} declared {importer_items} items and was never controlled"),
        formula="at least 200 earlier items of the importer, and no control of any",
        expression=(pl.col("importer_items") >= 200) & (pl.col("importer_controls") == 0),
        facts=("importer", "importer_items"), weight=0.12, source=COMPLIANCE,
    ),
)  # fmt: skip
