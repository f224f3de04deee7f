"""What a control is worth: probability times consequence over the risk areas, less its cost."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import expit, logit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidewaiter.engine.risk.models.says import AreaSays
    from tidewaiter.engine.risk.profiles import ProfileSet

REVENUE = "revenue"
_SAME = (
    "declaration_date", "office", "importer", "importer_name", "currency", "run_id", "assessed_at",
)  # fmt: skip
_OF_WORST = ("risk_area", "hs", "origin", "description")
# What of an item's assessment its declaration is made of.
OF_ITEM = (
    "declaration_id", *_SAME, "score", "probability", "revenue_at_stake", "expected_value",
    *_OF_WORST, "reasons", "mandatory", "profiles",
)  # fmt: skip
IRREGULARITY = 1  # the least severity
AREA_BASE = float(logit(0.02))  # log-odds of a find in another area before any profile speaks

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Consequences:
    """Agreed by the risk management committee, in the administration's currency.

    severity: what a find of each severity (see Profile) is worth where no amount is at stake.
    cost: of one control of an item.
    """

    severity: Mapping[int, float] = field(
        default_factory=lambda: {1: 200.0, 2: 1_000.0, 3: 5_000.0, 4: 20_000.0, 5: 100_000.0}
    )
    cost: float = 25.0

    def worth(self, severity: int) -> float:
        known = [level for level in self.severity if level <= severity]
        return self.severity[max(known)] if known else 0.0


@dataclass(frozen=True, slots=True)
class Worth:
    """Per row: expected value of a control, and the risk area that gives most of it (or none)."""

    expected: Floats
    area: pl.Series


def worth(
    base: Floats,
    stake: Floats,
    hits: tuple[Indices, Indices],
    profiles: ProfileSet,
    terms: Consequences,
    said: Sequence[AreaSays] = (),
) -> Worth:
    """Expected value per row.

    base: log-odds of non-compliance without profiles, taken to be about revenue unless `said` tells
    areas apart: then each has its own, and where one of its profiles hits at least AREA_BASE.
    stake: revenue at stake, NaN where unknown. hits: rows and profile numbers, by row. Weights of
    profiles add to the log-odds of their area; a find is worth the revenue at stake or, in other
    areas and where that is unknown, the worst severity of the profiles hit, and in `said` areas at
    least that of their finds; never less than an irregularity, for a find is worth a control even
    where nothing is owed.
    """
    rows, numbers = hits
    told = {one.area: one for one in said}
    known, severity = profiles.figures, profiles.figures.severity[numbers]
    areas = sorted({*known.areas, REVENUE, *told})
    area_of = np.array([areas.index(area) for area in known.areas], dtype=np.intp)
    hit_area = area_of[known.area[numbers]]
    price = np.array([terms.worth(level) for level in range(severity.max(initial=0) + 1)])
    shape, place = (len(areas), len(base)), hit_area * len(base) + rows
    added = np.bincount(place, known.weight[numbers], math.prod(shape)).reshape(shape)
    consequence = np.zeros(shape)
    np.maximum.at(consequence.reshape(-1), place, price[severity])
    odds = np.empty(shape)
    for number, area in enumerate(areas):
        odds[number] = _odds(area, base, told, rows[hit_area == number])
        if area == REVENUE:
            at_stake = np.where(np.isfinite(stake), stake, consequence[number])
            consequence[number] = np.fmax(at_stake, terms.worth(IRREGULARITY))
        elif area in told:
            least = terms.worth(told[area].severity)
            consequence[number] = np.maximum(consequence[number], least)
    values = expit(odds + added) * consequence
    named = pl.Series("risk_area", areas, dtype=pl.String)[values.argmax(axis=0)]
    none = pl.Series(values.max(axis=0) <= 0)
    return Worth(values.sum(axis=0) - terms.cost, named.set(none, None))


def _odds(area: str, base: Floats, told: Mapping[str, AreaSays], hit: Indices) -> Floats:
    """Log-odds of a find in an area, the weights of profiles apart. hit: rows that profiles of this
    area hit."""
    if area not in told:
        return base if area == REVENUE else np.full(len(base), AREA_BASE)
    odds = told[area].log_odds
    if area != REVENUE:
        odds = odds.copy()
        odds[hit] = np.maximum(odds[hit], AREA_BASE)
    return odds


def by_declaration(items: pl.DataFrame) -> pl.DataFrame:
    """One row a declaration from assessed items (columns OF_ITEM), in order of appearance.

    probability: that at least one item is non-compliant; expected_value: the sum; score: the
    highest; profiles over all items; risk_area, hs, origin, description and reason (the main one)
    of the item of highest expected value; the other columns are those of the declaration.
    """
    if items["declaration_id"].n_unique() == 1:  # grouping one group costs more than all figures
        return items.select_seq(pl.col("declaration_id").first(), *_OF_ITEMS)
    return items.group_by("declaration_id", maintain_order=True).agg(_OF_ITEMS)


_WORST = pl.col("expected_value").fill_null(float("-inf")).arg_max()
_OF_ITEMS = (
    pl.col(_SAME).first(),
    pl.len().cast(pl.Int64).alias("items"),
    pl.col("score").max(),
    (1 - (1 - pl.col("probability")).product()).alias("probability"),
    pl.col("revenue_at_stake").sum(),
    pl.col("expected_value").sum(),
    pl.col(_OF_WORST).get(_WORST),
    pl.col("reasons").get(_WORST).str.json_path_match("$[0]").alias("reason"),
    pl.col("mandatory").any(),
    pl.col("profiles").explode().drop_nulls().unique(maintain_order=True).implode(),
)
