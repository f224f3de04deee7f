"""The score before there are results to learn from: indicators raised, with assumed weights."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import logit

from tidewaiter.engine.risk.columns import Computed, to_matrix
from tidewaiter.engine.risk.indicators import CATALOGUE
from tidewaiter.engine.risk.models.says import Says, assumed_revenue

UNKNOWN_BASE = float(logit(0.03))  # taken while no results of controls are known
EXPLAIN_FROM = 0.15

_RAISED = [i for i in CATALOGUE if i.raises]
CODES = tuple(i.code for i in _RAISED)
_WEIGHTS = np.array([i.weight for i in _RAISED])
_FLAGS = [n for n, i in enumerate(_RAISED) if i.raised is None]
_FIGURES = [n for n, i in enumerate(_RAISED) if i.raised is not None]
_HOW_FAR = Computed(
    i.raised.cast(pl.Float64).fill_null(0.0).alias(i.code) for i in _RAISED if i.raised is not None
)


def says(facts: pl.DataFrame) -> Says:
    """Each raised indicator adds its log-odds, in the order of the catalogue."""
    raised = np.empty((facts.height, len(_RAISED)))
    raised[:, _FLAGS] = np.nan_to_num(to_matrix(facts[[CODES[n] for n in _FLAGS]]))
    raised[:, _FIGURES] = to_matrix(_HOW_FAR.of(facts))
    weights: npt.NDArray[np.float64] = raised * _WEIGHTS
    total = np.full(facts.height, UNKNOWN_BASE)
    for column in weights.T:
        total += column
    return Says(total, assumed_revenue(facts), EXPLAIN_FROM, CODES, lambda rows: weights[rows])
