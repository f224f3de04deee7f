"""Mass: gross against net, per unit, per container."""

from __future__ import annotations

import polars as pl

from tidewaiter.engine.risk.baselines.keys import positive
from tidewaiter.engine.risk.indicators.indicator import PRACTICE, Indicator
from tidewaiter.engine.wording import gettext_noop

GROUP = "weight"
HEAVIEST = 28_500.0  # kg of goods in a container of 30,480 kg gross
containers = (pl.col("containers").str.count_matches(" ", literal=True) + 1).cast(pl.Float64)

INDICATORS = (
    Indicator(
        code="gross_net_ratio", kind="number", group=GROUP, label=gettext_noop("Gross over net mass"),
        sentence=gettext_noop("Gross mass {gross_mass} kg is {gross_net_ratio} times the net mass {net_mass} kg"),
        formula="gross mass over net mass",
        facts=("gross_mass", "net_mass"), raised=pl.col("gross_net_ratio") > 2.0, weight=0.56, source=PRACTICE,
    ),
    Indicator(
        code="commodity_gross_net_ratio_z", kind="number", group=GROUP, label=gettext_noop("Gross over net mass against like goods"),
        sentence=gettext_noop(
            "Gross mass {gross_mass} kg is {gross_net_ratio} times the net mass {net_mass} kg; usual for {commodity}: {commodity_gross_net_ratio_usual} times"
        ),
        formula="(ln r − mean of ln r) over the standard deviation (at least 0.05), r gross over net mass, of all earlier items of the commodity, from 5 on",
        facts=("gross_mass", "gross_net_ratio", "net_mass", "commodity", "commodity_gross_net_ratio_usual"),
        raised=pl.col("commodity_gross_net_ratio_z") > 3.0, weight=0.69,
        source="WCO concealment practice: more mass than goods and packing have",
    ),
    Indicator(
        code="net_exceeds_gross", kind="flag", group=GROUP, label=gettext_noop("Net mass above gross mass"),
        sentence=gettext_noop("Net mass {net_mass} kg is above gross mass {gross_mass} kg"),
        formula="net mass is above gross mass",
        expression=pl.col("net_mass") > pl.col("gross_mass"), facts=("gross_mass", "net_mass"), weight=0.92, source=PRACTICE,
    ),
    Indicator(
        code="gross_equals_net", kind="flag", group=GROUP, label=gettext_noop("Packed goods without tare"),
        sentence=gettext_noop("{packages} packages weigh nothing: gross and net mass are both {net_mass} kg"),
        formula="gross mass equals net mass although packages are declared",
        expression=(pl.col("gross_mass") == pl.col("net_mass")) & (pl.col("packages") > 0),
        facts=("packages", "net_mass"), weight=0.22, source=PRACTICE,
    ),
    Indicator(
        code="mass_round", kind="flag", group=GROUP, label=gettext_noop("Round mass"),
        sentence=gettext_noop("The mass {net_mass} kg is a round number"),
        formula="net mass (else gross mass) is at least 1,000 kg and a multiple of 100 kg",
        expression=(pl.col("mass") >= 1_000) & (pl.col("mass") % 100 == 0), facts=("net_mass",), weight=0.22,
        source="SOLAS VI/2 verified gross mass: round masses were not weighed",
    ),
    Indicator(
        code="mass_per_container", kind="number", group=GROUP, label=gettext_noop("Mass per container"),
        sentence=gettext_noop("{mass_per_container} kg a container ({containers}) is more than a container can carry"),
        formula="gross mass over the number of containers declared",
        expression=positive(pl.col("gross_mass")) / containers, unit="kg", facts=("containers",),
        raised=pl.col("mass_per_container") > HEAVIEST, weight=0.69, source="ISO 668: 30,480 kg gross",
    ),
    Indicator(
        code="mass_per_unit", kind="number", group=GROUP, label=gettext_noop("Mass per unit of quantity"),
        sentence=gettext_noop("{mass_per_unit} kg per {quantity_unit}"),
        formula="net mass (else gross mass) over quantity", unit="kg", facts=("quantity_unit",), source=PRACTICE,
    ),
    Indicator(
        code="mass_per_unit_ratio", kind="number", group=GROUP, label=gettext_noop("Mass per unit over the peers' median"),
        sentence=gettext_noop("Mass per unit is {mass_per_unit_ratio} times the median of its peers"),
        formula="mass per unit over the median of its peers in the same unit", source=PRACTICE,
    ),
    Indicator(
        code="mass_per_unit_z", kind="number", group=GROUP, label=gettext_noop("Mass per unit against peers, robust z"),
        sentence=gettext_noop(
            "{mass_per_unit} kg per {quantity_unit}; {mass_per_unit_peers} peers ({mass_per_unit_peer_group}):"
            " median {mass_per_unit_peer_median}, and {mass_per_unit_percentile} % of them are lower"
        ),
        formula="as the robust z of value per kilogram, of mass per unit",
        facts=(
            "mass_per_unit", "quantity_unit", "mass_per_unit_peers",
            "mass_per_unit_peer_median", "mass_per_unit_percentile", "mass_per_unit_peer_group",
        ),
        raised=pl.col("mass_per_unit_z").abs() > 3.5, weight=1.1, source="Robust z: Iglewicz and Hoaglin 1993",
    ),
)  # fmt: skip
