"""The catalogue of risk indicators for declarations, in the order they are computed."""

from __future__ import annotations

from tidewaiter.engine.risk.indicators import (
    classification,
    digits,
    documents,
    habit,
    history,
    origin,
    parties,
    procedure,
    quantity,
    route,
    value,
    weight,
)
from tidewaiter.engine.risk.indicators.indicator import Indicator

CATALOGUE: tuple[Indicator, ...] = (
    *value.INDICATORS,
    *digits.INDICATORS,
    *weight.INDICATORS,
    *quantity.INDICATORS,
    *classification.INDICATORS,
    *documents.INDICATORS,
    *origin.INDICATORS,
    *procedure.INDICATORS,
    *route.INDICATORS,
    *parties.INDICATORS,
    *habit.INDICATORS,
    *history.INDICATORS,
)
BY_CODE: dict[str, Indicator] = {indicator.code: indicator for indicator in CATALOGUE}

__all__ = ["BY_CODE", "CATALOGUE", "Indicator"]
