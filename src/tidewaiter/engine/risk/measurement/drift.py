"""Whether the traffic, a model's scores and the hit rates are still what a model learnt from.

Population stability index of each figure (Siddiqi, Credit Risk Scorecards, 2006): the sum over bins of
(recent - reference) · ln(recent / reference), the bins being tenths of the reference, missing one of
their own. By the same source below 0.10 nothing has changed, above 0.25 it has for sure.

In small samples chance alone passes these marks: with n and m rows and b bins the index of two samples of one
traffic is about (1 / n + 1 / m) times chi-square of b - 1 degrees (Yurdakul and Naranjo 2020). A
mark counts only above what chance reaches in one check in a hundred, over all figures together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import chdtri

from tidewaiter.engine.risk.measurement.intervals import UNKNOWN, Interval, sum_of, wilson_bounds

Floats = npt.NDArray[np.float64]
State = Literal["steady", "watch", "alarm", "unknown"]

WATCH, ALARM = 0.10, 0.25
FALSE_ALARMS = 0.01  # of checks of an unchanged traffic, over all figures of a check
BINS = 10
LEAST_ROWS = 300  # on either side; with fewer, chance passes the limit above more often than said
LEAST_CONTROLS = 30


def stability(reference: pl.DataFrame, recent: pl.DataFrame) -> pl.DataFrame:
    """One row a column (numbers; NaN and missing are one thing), the largest shift first.

    Columns: fact; psi; by_chance (what chance reaches); state; missing_before, missing_now (shares);
    median_before, median_now (NaN if nothing is known). Constant columns are steady.
    """
    rows = [
        _column(name, _figures(reference[name]), _figures(recent[name]), reference.width)
        for name in reference.columns
    ]
    schema = {
        "fact": pl.String,
        "psi": pl.Float64,
        "by_chance": pl.Float64,
        "state": pl.String,
        **dict.fromkeys(
            ("missing_before", "missing_now", "median_before", "median_now"), pl.Float64
        ),
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.sort("psi", "fact", descending=[True, False], nulls_last=True)


def shares(reference: Floats, recent: Floats) -> tuple[list[str], Floats, Floats]:
    """The bins of a figure in words (`≤ 2.5`, the missing last and named "") and the share of both
    samples in each."""
    edges = _edges(reference)
    before, now = _counts(reference, edges), _counts(recent, edges)
    names = [f"≤ {edge:,.4g}" for edge in edges] + (
        [f"> {edges[-1]:,.4g}"] if len(edges) else ["…"]
    )
    return [*names, ""], before / max(before.sum(), 1), now / max(now.sum(), 1)


def _figures(column: pl.Series) -> Floats:
    return column.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _column(name: str, before: Floats, now: Floats, figures: int) -> tuple[object, ...]:
    missing = [float(np.isnan(one).mean()) if len(one) else math.nan for one in (before, now)]
    known = [one[~np.isnan(one)] for one in (before, now)]
    medians = [float(np.median(one)) if len(one) else math.nan for one in known]
    if min(len(before), len(now)) < LEAST_ROWS:
        return (name, None, None, "unknown", *missing, *medians)
    edges = _edges(before)
    psi, limit = _index(_counts(before, edges), _counts(now, edges), figures)
    state: State = "steady"
    if psi > max(ALARM, limit):
        state = "alarm"
    elif psi > max(WATCH, limit):
        state = "watch"
    return (name, psi, limit, state, *missing, *medians)


def _edges(reference: Floats) -> Floats:
    """Upper bounds of all bins but the last; a figure with few values has one bin for each."""
    known = reference[~np.isnan(reference)]
    if not len(known):
        return np.empty(0)
    values = np.unique(known)
    if len(values) <= BINS:
        return values[:-1].astype(np.float64)
    inner = np.quantile(known, np.arange(1, BINS) / BINS, method="lower")
    return np.unique(inner[inner < values[-1]])


def _counts(figures: Floats, edges: Floats) -> Floats:
    """Rows in each bin, the missing last."""
    missing = np.isnan(figures)
    place = np.searchsorted(edges, figures[~missing], side="left")
    inside = np.bincount(place, minlength=len(edges) + 1)
    return np.append(inside, missing.sum()).astype(np.float64)


def _index(before: Floats, now: Floats, figures: int) -> tuple[float, float]:
    """The index of two sets of counts, and what chance makes of it. Bins empty on both sides are left
    out; half a row is added to the others, so that an empty one has a logarithm."""
    used = (before + now) > 0
    p, q = ((one[used] + 0.5) / (one[used] + 0.5).sum() for one in (before, now))
    psi = float(((q - p) * np.log(q / p)).sum())
    degrees = int(used.sum()) - 1
    if degrees < 1:
        return 0.0, 0.0
    often = float(chdtri(degrees, FALSE_ALARMS / max(figures, 1)))
    return psi, (1 / before.sum() + 1 / now.sum()) * often


@dataclass(frozen=True, slots=True)
class Hits:
    """Finds of controls that the model chose, and of those that chance chose, in the same days."""

    found: int
    controls: int
    random_found: int
    random_controls: int


Verdict = Literal["steady", "model_weaker", "less_to_find", "more_to_find", "unknown"]


@dataclass(frozen=True, slots=True)
class HitRateDrift:
    """How hit rates changed, recent less before, with 99 % intervals (Newcombe 1998, method 10).

    verdict, with the random share as the judge: model_weaker: the model's fell and what chance finds
    did not, so as much is there but it no longer finds it; less_to_find and more_to_find: chance itself
    finds less or more; unknown: too few controls on a side.
    """

    targeted: Interval
    random: Interval
    verdict: Verdict

    @property
    def alarm(self) -> bool:
        return self.verdict in ("model_weaker", "more_to_find")


def hit_rate_drift(before: Hits, recent: Hits) -> HitRateDrift:
    targeted = _change(before.found, before.controls, recent.found, recent.controls)
    random = _change(
        before.random_found, before.random_controls, recent.random_found, recent.random_controls
    )
    return HitRateDrift(targeted, random, _verdict(targeted, random))


def _verdict(targeted: Interval, random: Interval) -> Verdict:
    if random.known and random.high < 0:
        return "less_to_find"
    if random.known and random.low > 0:
        return "more_to_find"
    if targeted.known and targeted.high < 0 and random.known:
        return "model_weaker"
    return "steady" if targeted.known and random.known else "unknown"


def _change(found: int, controls: int, found_now: int, controls_now: int) -> Interval:
    if min(controls, controls_now) < LEAST_CONTROLS:
        return UNKNOWN
    rates = np.array([found / controls]), np.array([found_now / controls_now])
    sizes = np.array([float(controls)]), np.array([float(controls_now)])
    before, now = (
        wilson_bounds(rate, size, 1 - FALSE_ALARMS) for rate, size in zip(rates, sizes, strict=True)
    )
    less = type(before)(-before.value, -before.high, -before.low)
    return Interval(*(float(side[0]) for side in sum_of(now, less)))
