"""What a find would be about: a head of its own for each risk area with enough finds.

Trained on all controls, find of this area or not, with small trees: on simulated worlds that ranked
drugs and weapons better than the common model times the area among its finds.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from tidewaiter.engine.risk.measurement import auc
from tidewaiter.engine.risk.models.boosting import grow_trees, read_trees
from tidewaiter.engine.risk.models.calibration import Calibration
from tidewaiter.engine.risk.models.contributions import predict
from tidewaiter.engine.risk.models.says import AreaSays
from tidewaiter.engine.risk.value import REVENUE

if TYPE_CHECKING:
    from collections.abc import Mapping

    import lightgbm as lgb

    from tidewaiter.engine.risk.models.snapshots import Sample

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

AREA_FINDS = 30  # from which an area has a head of its own
TREES = 60
LEAST_LATER = 10  # finds later than those the judged trees had seen, to calibrate on


@dataclass(frozen=True)
class Area:
    """share: of all finds. severity: the median one of its finds. trees: None where it has too few
    finds, and so the probability of the common model times its share."""

    name: str
    share: float
    severity: int
    trees: str | None = None
    calibration: Calibration = field(default_factory=Calibration)

    @cached_property
    def _booster(self) -> lgb.Booster | None:
        return None if self.trees is None else read_trees(self.trees)

    def says(self, rows: npt.NDArray[np.float32], common: Floats) -> AreaSays:
        """common: log-odds of a find of any kind."""
        if self._booster is None:
            odds: Floats = logit(expit(common) * self.share)
        else:
            odds = self.calibration.apply(predict(self._booster, rows, raw_score=True))
        return AreaSays(self.name, odds, self.severity)

    def content(self) -> dict[str, Any]:
        """All that decides what it says, as JSON."""
        slope, intercept = self.calibration.slope, self.calibration.intercept
        return {
            "name": self.name, "share": self.share, "severity": self.severity, "trees": self.trees,
            "slope": slope, "intercept": intercept,
        }  # fmt: skip

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Area:
        curve = Calibration(content["slope"], content["intercept"])
        return cls(content["name"], content["share"], content["severity"], content["trees"], curve)


def fit_areas(
    sample: Sample, later: Flags, parameters: dict[str, Any]
) -> tuple[tuple[Area, ...], dict[str, float]]:
    """Areas by name, and their figures: finds_NAME, and auc_NAME on the `later` rows by trees that
    have not seen them. None where all finds are about revenue: the common model says it all."""
    finds = Counter(sample.area[sample.found].tolist())
    if set(finds) <= {REVENUE}:
        return (), {}
    areas, metrics = [], {}
    for name in sorted({*finds, REVENUE}):
        found = sample.found & (sample.area == name)
        share = finds[name] / finds.total()
        metrics[f"finds_{name}"] = float(finds[name])
        severity = max(1, int(np.median(sample.severity[found]))) if finds[name] else 1
        if finds[name] < AREA_FINDS:
            areas.append(Area(name, share, severity))
            continue
        sensible = parameters | _small(name, parameters["monotone_constraints"])
        curve, metrics[f"auc_{name}"] = _judged(sample, found, later, sensible)
        trees = grow_trees(
            sensible, sample.features, found.astype(np.int8), TREES
        ).model_to_string()
        areas.append(Area(name, share, severity, trees, curve))
    return tuple(areas), metrics


def _small(area: str, senses: list[int]) -> dict[str, Any]:
    """A low price is no reason in areas other than revenue, nor need a high one speak against it."""
    kept = senses if area == REVENUE else [max(0, sense) for sense in senses]
    small = {"num_leaves": 7, "min_data_in_leaf": 10, "learning_rate": 0.05}
    return small | {"monotone_constraints": kept}


def _judged(
    sample: Sample, found: Flags, later: Flags, parameters: dict[str, Any]
) -> tuple[Calibration, float]:
    """Calibration on the later rows, and the area under the curve there (NaN: too few)."""
    before = ~later
    if found[later].sum() < LEAST_LATER or not 0 < found[before].sum() < before.sum():
        return Calibration(), float("nan")
    trial = grow_trees(parameters, sample.features[before], found[before].astype(np.int8), TREES)
    raw = predict(trial, sample.features[later], raw_score=True)
    return Calibration.fit(raw, found[later]), auc(raw, found[later])
