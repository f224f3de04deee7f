"""Revenue a control, with an interval that knows how skewed revenue is."""

from __future__ import annotations

import hashlib

import numpy as np

from tidewaiter.engine.risk.measurement.intervals import (
    CONFIDENCE,
    UNKNOWN,
    Floats,
    Interval,
    normal_quantile,
)

MANY = 2_000  # finds from which the bootstrap's own normal limit is used


def bootstrap(
    revenue: Floats, controls: int, draws: int = 1_000, confidence: float = CONFIDENCE
) -> Interval:
    """Mean revenue a control with the percentile bootstrap's interval (Efron 1979).

    revenue: of the controls that brought any; controls: of all. Each control is drawn a
    Poisson(1) number of times (Hanley and MacGibbon 2006), so those that brought nothing need one
    number a draw. The draws are seeded by the figures: the same figures, in any order, give the same
    interval. UNKNOWN without controls.
    """
    if controls < 1:
        return UNKNOWN
    figures = np.sort(np.asarray(revenue, dtype=np.float64))
    mean = float(figures.sum()) / controls
    if not len(figures):
        return Interval(0.0, 0.0, 0.0)
    if len(figures) > MANY:
        squares = float((figures**2).sum()) - controls * mean**2
        spread = normal_quantile(confidence) * float(np.sqrt(max(0.0, squares))) / controls
        return Interval(mean, mean - spread, mean + spread)
    random = np.random.default_rng(_seed(figures, controls))
    times = random.poisson(1.0, (draws, len(figures)))
    without = random.poisson(controls - len(figures), draws)
    means = times @ figures / np.maximum(times.sum(axis=1) + without, 1)
    low, high = np.quantile(means, [0.5 - confidence / 2, 0.5 + confidence / 2])
    return Interval(mean, float(low), float(high))


def _seed(figures: Floats, controls: int) -> int:
    content = figures.round(2).tobytes() + controls.to_bytes(8, "big")
    return int.from_bytes(hashlib.sha256(content).digest()[:8], "big")
