"""The score before there are results to learn from: indicators raised, with assumed weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import logit

from tidewaiter.engine.risk.indicators import CATALOGUE

if TYPE_CHECKING:
    pass

UNKNOWN_BASE = float(logit(0.03))  # taken while no results of controls are known
EXPLAIN_FROM = 0.15
VALUE_GAP_SHARE = 0.3
"""Share of declared duty and tax taken as lost by a find whose revenue nobody recorded; used until
outcomes carry revenue. An assumption, shown as such."""

_RAISED = tuple(i for i in CATALOGUE if i.raised is not None)
CODES = tuple(i.code for i in _RAISED)
_WEIGHTS = np.array([i.weight for i in _RAISED])
_EXPRESSIONS = [
    i.raised.cast(pl.Float64).fill_null(0.0).alias(i.code) for i in _RAISED if i.raised is not None
]


def weights_of(facts: pl.DataFrame) -> npt.NDArray[np.float64]:
    """Rows × CODES: log-odds that each raised indicator adds."""
    return facts.select(_EXPRESSIONS).to_numpy() * _WEIGHTS


def log_odds(facts: pl.DataFrame) -> npt.NDArray[np.float64]:
    """Log-odds of non-compliance, summed in the order of the catalogue."""
    total = np.full(facts.height, UNKNOWN_BASE)
    for column in weights_of(facts).T:
        total += column
    return total
