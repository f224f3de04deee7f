"""The hit rate of today where it may have changed overnight: schemes begin and end on a day.

A mean over the past, however weighted, is late to see it, or knows too little. So the rate is
filtered (Hamilton 1989; jumps to anywhere as Adams and MacKay 2007): its log-odds are one of
SHIFTS from those of all controls; on any day it jumps, rarely, to one drawn afresh from PRIOR;
the results of each day move the weights of all of them by Bayes' rule.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import expit, logit

Floats = npt.NDArray[np.float64]

DAY_ZERO = date(1970, 1, 1)
DAYS_A_CHANGE = 120.0
SHIFTS: Floats = np.arange(-3.0, 4.6, 0.5)
_NEAR: Floats = np.exp(-0.5 * ((SHIFTS + 0.5) / 1.2) ** 2) + 0.02  # most are usual, none impossible
PRIOR: Floats = _NEAR / _NEAR.sum()
LEAST, MOST = 1e-4, 0.5  # overall rates beyond are taken as these


def unknown_rate(overall: float) -> float:
    """What is expected where there are no results."""
    return float((PRIOR * _rates(overall)).sum())


def carried(rates: Floats, days: Floats, usual: float) -> Floats:
    """Rates of `current_rates` so many days later, without a result: ever closer to `unknown_rate`."""
    return usual + _stays(days) * (rates - usual)


def current_rates(results: pl.DataFrame, overall: float, as_of: date) -> pl.DataFrame:
    """One row a key: `current_rate`, the hit rate expected on the day.

    results: one row a key and `day` (since 1970, before the day) with controls and finds, as
    `build_histories.results` gives. overall: finds per control over all.
    """
    rows = results.sort("key", "day")
    key, day = rows["key"].to_numpy(), rows["day"].to_numpy()
    finds = rows["finds"].to_numpy()[:, None]
    clean = rows["controls"].to_numpy()[:, None] - finds
    rates = _rates(overall)
    if_found, if_clean = np.log(rates), np.log1p(-rates)
    first = np.flatnonzero(np.diff(key, prepend=key[:1] - 1)) if len(key) else np.zeros(0, np.intp)
    days = np.diff(first, append=len(key))
    order = np.argsort(-days, kind="stable")  # the keys that have a further day stand in front
    further = np.cumsum(np.bincount(days)[::-1])[::-1][1:]  # how many have a first, a second, …
    first, days = first[order], days[order]
    weights = np.tile(PRIOR, (len(first), 1))
    for number, known in enumerate(further):
        at = first[:known] + number
        likely = finds[at] * if_found + clean[at] * if_clean
        likely = np.exp(likely - likely.max(axis=1, keepdims=True))
        since = day[at] - day[at - 1] if number else np.zeros(known)
        moved = _passed(weights[:known], since) * likely
        weights[:known] = moved / moved.sum(axis=1, keepdims=True)
    last = day[first + days - 1]
    weights = _passed(weights, (as_of - DAY_ZERO).days - last)
    current = pl.DataFrame({"key": key[first], "current_rate": (weights * rates).sum(axis=1)})
    return current.sort("key")


def _rates(overall: float) -> Floats:
    """The hit rates that the shifts stand for."""
    return np.asarray(expit(logit(min(max(overall, LEAST), MOST)) + SHIFTS))


def _passed(weights: Floats, days: Floats) -> Floats:
    """Weights so many days later, without a result."""
    return PRIOR + _stays(days)[:, None] * (weights - PRIOR)


def _stays(days: Floats) -> Floats:
    """The chance of no change in so many days."""
    stays: Floats = (1 - 1 / DAYS_A_CHANGE) ** days
    return stays
