"""Mass, quantity and packages."""

from __future__ import annotations

import polars as pl

from tidewaiter.engine.risk.baselines.keys import MASS, positive
from tidewaiter.engine.risk.indicators.indicator import Indicator
from tidewaiter.engine.risk.indicators.value import quantity, ratio, robust_z
from tidewaiter.engine.wording import gettext_noop

GROUP = "weight"

INDICATORS = (
    Indicator(
        "gross_net_ratio", "number", gettext_noop("Gross over net mass"),
        gettext_noop("Gross mass {gross_mass} kg is {gross_net_ratio} times the net mass {net_mass} kg"),
        positive(pl.col("gross_mass")) / positive(pl.col("net_mass")), GROUP,
        facts=("gross_mass", "net_mass"), raised=pl.col("gross_net_ratio") > 2.0, weight=0.56,
    ),
    Indicator(
        "net_exceeds_gross", "flag", gettext_noop("Net mass above gross mass"),
        gettext_noop("Net mass {net_mass} kg is above gross mass {gross_mass} kg"),
        pl.col("net_mass") > pl.col("gross_mass"), GROUP, facts=("gross_mass", "net_mass"),
        raised=pl.col("net_exceeds_gross"), weight=0.92,
    ),
    Indicator(
        "mass_per_package", "number", gettext_noop("Mass per package"),
        gettext_noop("{mass_per_package} kg a package"),
        positive(pl.coalesce("gross_mass", "net_mass")) / positive(pl.col("packages")), GROUP, unit="kg",
    ),
    Indicator(
        "mass_per_unit", "number", gettext_noop("Mass per unit of quantity"),
        gettext_noop("{mass_per_unit} kg per {quantity_unit}"),
        positive(MASS) / quantity, GROUP, unit="kg", facts=("quantity_unit",),
    ),
    Indicator(
        "mass_per_unit_ratio", "number", gettext_noop("Mass per unit over the peers' median"),
        gettext_noop("Mass per unit is {mass_per_unit_ratio} times the median of its peers"),
        ratio("mass_per_unit"), GROUP,
    ),
    Indicator(
        "mass_per_unit_z", "number", gettext_noop("Mass per unit against peers, robust z"),
        gettext_noop(
            "{mass_per_unit} kg per {quantity_unit}; {mass_per_unit_peers} peers ({mass_per_unit_peer_group}):"
            " median {mass_per_unit_peer_median}, and {mass_per_unit_percentile} % of them are lower"
        ),
        robust_z("mass_per_unit"), GROUP,
        facts=(
            "mass_per_unit", "quantity_unit", "mass_per_unit_peers",
            "mass_per_unit_peer_median", "mass_per_unit_percentile", "mass_per_unit_peer_group",
        ),
        raised=pl.col("mass_per_unit_z").abs() > 3.5, weight=1.1,
    ),
    Indicator(
        "quantity_round", "flag", gettext_noop("Round quantity"),
        gettext_noop("The quantity {quantity} is a round number"),
        (pl.col("quantity") >= 100) & (pl.col("quantity") % 100 == 0), GROUP, facts=("quantity",),
        raised=pl.col("quantity_round"), weight=0.22,
    ),
)  # fmt: skip
