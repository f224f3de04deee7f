"""What a model says about rows, and why, in the same words whether it has learnt or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from tidewaiter.engine.risk.columns import Computed

if TYPE_CHECKING:
    from collections.abc import Callable

Floats = npt.NDArray[np.float64]

STAKE = pl.coalesce("taxes", "duty", pl.col("value") * pl.col("duty_rate") / 100)
"""Duty and tax declared, or the duty that the rate gives."""

VALUE_GAP_SHARE = 0.3
"""Share of declared duty and tax taken as lost by a find whose revenue nobody recorded; used until
outcomes carry revenue. An assumption, shown as such."""


_NEEDS = ["taxes", "duty", "value", "duty_rate"]
SMALL_SHARE = 0.02  # of the value: what is at stake where duty and tax are nil or missing


@dataclass(frozen=True, slots=True)
class AreaSays:
    """log_odds: of a find in this risk area. severity: the usual one of such finds."""

    area: str
    log_odds: Floats
    severity: int


@dataclass(frozen=True, slots=True)
class Says:
    """log_odds: of non-compliance. revenue: that a find would raise, NaN unknown, in the row's
    currency. threshold: score from which reasons are worth writing, fixed with the model.
    codes: of all reasons. weights: for row numbers, rows × codes, log-odds that each reason adds.
    areas: the same by risk area, where finds of several are known.
    """

    log_odds: Floats
    revenue: Floats
    threshold: float
    codes: tuple[str, ...]
    weights: Callable[[npt.NDArray[np.intp]], Floats]
    areas: tuple[AreaSays, ...] = ()


def assumed_revenue(facts: pl.DataFrame) -> Floats:
    """Revenue at stake before any was recorded."""
    return _ASSUMED.of(facts).to_series().to_numpy()


def size_of_stake(facts: pl.DataFrame) -> Floats:
    """Logarithm of what is at stake: what learnt revenue is measured against."""
    return _SIZE.of(facts).to_series().to_numpy()


_ASSUMED = Computed([(STAKE * VALUE_GAP_SHARE).cast(pl.Float64).fill_null(float("nan"))])
_LEAST = pl.col("value").fill_null(0.0) * SMALL_SHARE
_WHOLE = (STAKE.cast(pl.Float64).fill_null(0.0) + _LEAST).clip(lower_bound=0.0)
_SIZE = Computed([_WHOLE.log1p().fill_nan(0.0)])
