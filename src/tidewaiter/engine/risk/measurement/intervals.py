"""Estimates with intervals: shares from counts and from weighted samples, and sums of estimates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

Floats = npt.NDArray[np.float64]

CONFIDENCE = 0.95
# A handful of finds says little about the spread of its own weights: so many finds' worth of what
# the weights alone say (Kish 1965) are added. Chosen on simulated worlds, see tests/risk/measurement.
BORROWED_FINDS = 3.0


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its lower and upper bound; NaN where there is too little to tell."""

    value: float
    low: float
    high: float

    @property
    def known(self) -> bool:
        return self.value == self.value

    def scaled(self, factor: float) -> Interval:
        return Interval(self.value * factor, self.low * factor, self.high * factor)


UNKNOWN = Interval(float("nan"), float("nan"), float("nan"))


class Bounds(NamedTuple):
    """Many intervals at once, an array each."""

    value: Floats
    low: Floats
    high: Floats


def normal_quantile(confidence: float) -> float:
    return float(ndtri(0.5 + confidence / 2))


def wilson(finds: int, controls: int, confidence: float = CONFIDENCE) -> Interval:
    """Hit rate with Wilson's score interval (1927); NaN estimate and [0, 1] without controls."""
    if controls == 0:
        return Interval(float("nan"), 0.0, 1.0)
    bounds = wilson_bounds(
        np.array([finds / controls]), np.array([float(controls)]), confidence=confidence
    )
    return Interval(*(float(one[0]) for one in bounds))


def wilson_bounds(rate: Floats, controls: Floats, confidence: float = CONFIDENCE) -> Bounds:
    """Wilson's interval for many rates; `controls` may be effective numbers, infinite: known.

    With an effective number of controls it is the interval that held its promise best on
    samples of 30 to 600 with few finds: Clopper and Pearson's, as Korn and Graubard (1998) use it,
    covered 97 to 99 % there.
    """
    z = normal_quantile(confidence)
    inverse = np.divide(1.0, controls, out=np.zeros_like(controls), where=np.isfinite(controls))
    scale = 1 + z * z * inverse
    centre = (rate + z * z * inverse / 2) / scale
    spread = z * np.sqrt(rate * (1 - rate) * inverse + (z * inverse) ** 2 / 4) / scale
    return Bounds(rate, np.maximum(0.0, centre - spread), np.minimum(1.0, centre + spread))


def effective_controls(rate: Floats, variance: Floats, by_weights: Floats, finds: Floats) -> Floats:
    """How many controls of a plain random sample would tell as much as these weighted ones.

    variance: of the weighted rate. by_weights: what the spread of the weights alone says; infinite
    where every declaration was controlled. The two inverses are averaged, the first with the number
    of finds behind it, the second with BORROWED_FINDS.
    """
    plain = rate * (1 - rate)
    told = plain > 0
    of_rate = np.divide(variance, plain, out=np.zeros_like(variance), where=told)
    of_weights = np.divide(
        1.0, by_weights, out=np.zeros_like(by_weights), where=np.isfinite(by_weights)
    )
    heard = np.where(told, finds, 0.0)
    inverse = (heard * of_rate + BORROWED_FINDS * of_weights) / (heard + BORROWED_FINDS)
    return np.divide(1.0, inverse, out=np.full_like(inverse, np.inf), where=inverse > 0)


def sum_of(*parts: Bounds) -> Bounds:
    """The sum of independent estimates (MOVER: Zou and Donner 2008); asymmetry is kept."""
    value = np.sum([part.value for part in parts], axis=0)
    below = np.sqrt(np.sum([(part.value - part.low) ** 2 for part in parts], axis=0))
    above = np.sqrt(np.sum([(part.high - part.value) ** 2 for part in parts], axis=0))
    return Bounds(value, value - below, value + above)
