"""Fitting: trees stopped early on later data, calibrated there, then refitted on everything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from tidewaiter.engine.risk.measurement import Comparison, compare, ranking_metrics
from tidewaiter.engine.risk.models.areas import Area, fit_areas
from tidewaiter.engine.risk.models.boosting import grow_trees
from tidewaiter.engine.risk.models.calibration import Calibration
from tidewaiter.engine.risk.models.contributions import predict
from tidewaiter.engine.risk.models.features import features
from tidewaiter.engine.risk.models.snapshots import LEAST_FINDS, Sample

if TYPE_CHECKING:
    import lightgbm as lgb

LATER_SHARE = 0.2
FEW_FINDS = 500
MOST_TREES = 200
LEAST_TREES = 20
UNTESTED_TREES = 60  # where the later part of the data has one class only
UNTESTED_THRESHOLD = 0.5
EXPLAINED = 0.9  # quantile of later scores above which reasons are written
SEED = 20_260_101

PARAMETERS: dict[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.1,
    "num_leaves": 15,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 255,
    "seed": SEED,
    "num_threads": 2,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


@dataclass(frozen=True, slots=True)
class Fitted:
    """Boosters as text, and what they were seen to do on data later than their own."""

    found: str
    revenue: str | None
    calibration: Calibration
    revenue_scale: float
    threshold: float
    metrics: dict[str, float]
    areas: tuple[Area, ...] = ()
    comparison: Comparison | None = None
    compared_from: int = 0


def _parameters(finds: int) -> dict[str, Any]:
    """Fewer finds, smaller trees; all obey the sense that features have."""
    sensible = PARAMETERS | {"monotone_constraints": [f.sense for f in features()]}
    if finds >= FEW_FINDS:
        return sensible
    return sensible | {"num_leaves": 7, "min_data_in_leaf": 20, "learning_rate": 0.05}


def _found(
    sample: Sample, parameters: dict[str, Any], rounds: int, later: Sample | None = None
) -> lgb.Booster:
    both = (sample, later) if later else (sample,)
    first, *rest = [(one.features, one.found.astype(np.int8)) for one in both]
    return grow_trees(parameters, *first, rounds, *rest)


def split_day(sample: Sample) -> int:
    """Day that leaves the last fifth of the controls after it."""
    return int(np.quantile(sample.day, 1 - LATER_SHARE))


Rival = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float64]]


def fit(sample: Sample, rival: Rival | None = None) -> Fitted:
    """Fit on controls that are enough (see `snapshots.sample`).

    rival: log-odds of another model from features. It is compared on the later days with trees
    that have not seen them; it may have, if it is newer than they are.
    """
    day = split_day(sample)
    before, later = sample.where(sample.day < day), sample.where(sample.day >= day)
    parameters = _parameters(int(sample.found.sum()))
    trees, calibration, threshold, metrics = UNTESTED_TREES, Calibration(), UNTESTED_THRESHOLD, {}
    comparison = None
    if _both(before) and _both(later):
        trial = _found(before, parameters, MOST_TREES, later)
        raw = predict(trial, later.features, raw_score=True)
        calibration = Calibration.fit(raw, later.found)
        probability = expit(calibration.apply(raw))
        metrics = ranking_metrics(probability, later.found, later.revenue)
        threshold = float(np.quantile(probability, EXPLAINED))
        if rival is not None:
            comparison = compare(rival(later.features), probability, later.found, later.revenue)
        trees = max(LEAST_TREES, round(trial.best_iteration / (1 - LATER_SHARE)))
    revenue, scale = _money(sample)
    areas, of_areas = fit_areas(sample, sample.day >= day, parameters)
    return Fitted(
        found=_found(sample, parameters, trees).model_to_string(),
        revenue=revenue,
        calibration=calibration,
        revenue_scale=scale,
        threshold=threshold,
        metrics=metrics
        | of_areas
        | {
            "trees": float(trees),
            "learnt_rows": float(len(sample)),
            "learnt_finds": float(sample.found.sum()),
        },
        areas=areas,
        comparison=comparison,
        compared_from=day,
    )


def _both(sample: Sample) -> bool:
    """Whether there are finds and clean controls to tell apart."""
    return 0 < int(sample.found.sum()) < len(sample)


def _money(sample: Sample) -> tuple[str | None, float]:
    """Booster of the logarithm of revenue over stake, and the factor from its exponent to the mean.

    The factor is Duan's smearing estimate (1983), as one ratio of sums.
    """
    known = sample.found & np.isfinite(sample.revenue) & (sample.revenue > 0)
    if known.sum() < LEAST_FINDS:
        return None, 1.0
    finds = sample.where(known)
    ratio: npt.NDArray[np.float64] = np.log(finds.revenue) - finds.size
    parameters = PARAMETERS | {"objective": "regression", "learning_rate": 0.05}
    booster = grow_trees(parameters, finds.features, ratio, 60)
    fitted = np.exp(predict(booster, finds.features) + finds.size)
    return booster.model_to_string(), float(finds.revenue.sum() / fitted.sum())
