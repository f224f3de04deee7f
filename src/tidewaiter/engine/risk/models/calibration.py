"""From a booster's raw score to a probability: a logistic curve fitted on later data (Platt 1999).

A curve, not steps: it keeps the order of any two items.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import log_expit


@dataclass(frozen=True, slots=True)
class Calibration:
    """log-odds = slope * raw + intercept."""

    slope: float = 1.0
    intercept: float = 0.0

    @classmethod
    def fit(cls, raw: npt.NDArray[np.float64], found: npt.NDArray[np.bool_]) -> Calibration:
        """Least log loss, targets smoothed as Platt does so that few finds do not give certainty."""
        from scipy.optimize import minimize  # noqa: PLC0415  slow to import, and only for training

        finds, others = float(found.sum()), float((~found).sum())
        if finds == 0 or others == 0:
            return cls()
        target = np.where(found, (finds + 1) / (finds + 2), 1 / (others + 2))

        def loss(x: npt.NDArray[np.float64]) -> float:
            z = np.exp(x[0]) * raw + x[1]
            return float(-(target * log_expit(z) + (1 - target) * log_expit(-z)).mean())

        best = minimize(loss, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-6}).x
        return cls(float(np.exp(best[0])), float(best[1]))

    def apply(self, raw: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Calibrated log-odds."""
        return self.slope * raw + self.intercept
