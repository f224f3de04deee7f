"""What a model says about rows, and why, in the same words whether it has learnt or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tidewaiter.engine.risk.columns import to_matrix

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

Floats = npt.NDArray[np.float64]

VALUE_GAP_SHARE = 0.3
"""Share of declared duty and tax taken as lost by a find whose revenue nobody recorded; used until
outcomes carry revenue. An assumption, shown as such."""

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
    stake, _ = _stake_and_value(facts)
    return stake * VALUE_GAP_SHARE


def size_of_stake(facts: pl.DataFrame) -> Floats:
    """Logarithm of what is at stake: what learnt revenue is measured against."""
    stake, value = _stake_and_value(facts)
    least = np.nan_to_num(value) * SMALL_SHARE
    return np.log1p(np.maximum(np.nan_to_num(stake) + least, 0.0))


def _stake_and_value(facts: pl.DataFrame) -> tuple[Floats, Floats]:
    """Duty and tax declared, or the duty that the rate gives; and the value. Missing: NaN."""
    taxes, duty, value, rate = to_matrix(facts["taxes", "duty", "value", "duty_rate"]).T
    declared = np.where(np.isnan(taxes), duty, taxes)
    return np.where(np.isnan(declared), value * rate / 100, declared), value
