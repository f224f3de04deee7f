"""Quantity, its unit, and packages."""

from __future__ import annotations

import polars as pl

from tidewaiter.engine.risk.indicators.indicator import PRACTICE, Indicator
from tidewaiter.engine.wording import gettext_noop

GROUP = "quantity"
PACKAGING = "packaging"
RARE = 1.0  # per cent
SUPPORT = 100
QUANTITY = pl.col("quantity")
counted = pl.col("quantity_unit").is_in(["NAR", "NPR", "C62", "H87", "PCE", "PR", "SET"])

INDICATORS = (
    Indicator(
        code="quantity_round", kind="flag", group=GROUP, label=gettext_noop("Round quantity"),
        sentence=gettext_noop("The quantity {quantity} is a round number"),
        formula="the quantity is at least 100 and a multiple of 100",
        expression=(QUANTITY >= 100) & (QUANTITY % 100 == 0), facts=("quantity",), weight=0.22, source=PRACTICE,
    ),
    Indicator(
        code="quantity_not_whole", kind="flag", group=GROUP, label=gettext_noop("Part of a piece"),
        sentence=gettext_noop("{quantity} {quantity_unit}: pieces are counted in whole numbers"),
        formula="the unit counts pieces or pairs, and the quantity is no whole number",
        expression=counted & (QUANTITY % 1 != 0), facts=("quantity", "quantity_unit"), weight=0.22,
        source="UN/ECE Recommendation 20",
    ),
    Indicator(
        code="quantity_equals_mass", kind="flag", group=GROUP, label=gettext_noop("Quantity copied from the mass"),
        sentence=gettext_noop("{quantity} {quantity_unit} is the same number as the net mass in kilograms"),
        formula="the quantity, in a unit that counts pieces, equals the net mass",
        expression=counted & (pl.col("net_mass") == QUANTITY), facts=("quantity", "quantity_unit"), weight=0.4, source=PRACTICE,
    ),
    Indicator(
        code="packages_exceed_quantity", kind="flag", group=GROUP, label=gettext_noop("More packages than pieces"),
        sentence=gettext_noop("{packages} packages hold only {quantity} {quantity_unit}"),
        formula="the unit counts pieces, and there are more packages than pieces",
        expression=counted & (pl.col("packages") > QUANTITY), facts=("packages", "quantity", "quantity_unit"), weight=0.56,
        source=PRACTICE,
    ),
    Indicator(
        code="unit_share", kind="number", group=GROUP, label=gettext_noop("Share of this unit among like goods"),
        sentence=gettext_noop("{unit_share} % of {commodity} is declared in {quantity_unit}"),
        formula="items of the commodity in this unit of quantity over all its items",
        unit="%", facts=("commodity", "quantity_unit"),
        raised=(pl.col("unit_share") < RARE) & (pl.col("commodity_items") >= SUPPORT), weight=0.4,
        source="WCO Guidelines on the risk indicators of undervaluation: another unit hides the unit price",
    ),
    Indicator(
        code="mass_per_package", kind="number", group=PACKAGING, label=gettext_noop("Mass per package"),
        sentence=gettext_noop("{mass_per_package} kg a package"),
        formula="gross mass (else net mass) over packages", unit="kg", source=PRACTICE,
    ),
    Indicator(
        code="packing_mass_per_package_z", kind="number", group=PACKAGING, label=gettext_noop("Mass per package against like goods"),
        sentence=gettext_noop(
            "{mass_per_package} kg a package {package_kind}; usual for {commodity}: {packing_mass_per_package_usual} kg"
        ),
        formula="(ln m − mean of ln m) over the standard deviation (at least 0.05), m mass per package, of all earlier items of the commodity in the same kind of packages, from 5 on",
        facts=("mass_per_package", "package_kind", "commodity", "packing_mass_per_package_usual"),
        raised=pl.col("packing_mass_per_package_z").abs() > 3.5, weight=0.4,
        source="WCO concealment practice: packages that weigh more than their goods",
    ),
    Indicator(
        code="package_kind_share", kind="number", group=PACKAGING, label=gettext_noop("Share of this kind of packages among like goods"),
        sentence=gettext_noop("{package_kind_share} % of {commodity} comes in packages {package_kind}"),
        formula="items of the commodity in this kind of packages over all its items",
        unit="%", facts=("commodity", "package_kind"),
        raised=(pl.col("package_kind_share") < RARE) & (pl.col("commodity_items") >= SUPPORT), weight=0.22,
        source="UN/ECE Recommendation 21; customs practice",
    ),
)  # fmt: skip
