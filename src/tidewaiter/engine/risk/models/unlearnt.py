"""The score before there are results to learn from: indicators raised, with assumed weights."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import logit

from tidewaiter.engine.risk.indicators import CATALOGUE
from tidewaiter.engine.risk.models.says import Says, assumed_revenue

UNKNOWN_BASE = float(logit(0.03))  # taken while no results of controls are known
EXPLAIN_FROM = 0.15

_RAISED = [(i, signal) for i in CATALOGUE if (signal := i.signal()) is not None]
CODES = tuple(i.code for i, _ in _RAISED)
_WEIGHTS = np.array([i.weight for i, _ in _RAISED])
_EXPRESSIONS = [signal.cast(pl.Float64).fill_null(0.0).alias(i.code) for i, signal in _RAISED]


def says(facts: pl.DataFrame) -> Says:
    """Each raised indicator adds its log-odds, in the order of the catalogue."""
    weights: npt.NDArray[np.float64] = facts.select(_EXPRESSIONS).to_numpy() * _WEIGHTS
    total = np.full(facts.height, UNKNOWN_BASE)
    for column in weights.T:
        total += column
    return Says(total, assumed_revenue(facts), EXPLAIN_FROM, CODES, lambda rows: weights[rows])
