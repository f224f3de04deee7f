"""The catalogue of risk indicators for declarations, in the order they are computed."""

from __future__ import annotations

from tidewaiter.engine.risk.indicators import classification, papers, parties, route, value, weight
from tidewaiter.engine.risk.indicators.indicator import Indicator

CATALOGUE: tuple[Indicator, ...] = (
    *value.INDICATORS,
    *weight.INDICATORS,
    *classification.INDICATORS,
    *route.INDICATORS,
    *parties.INDICATORS,
    *papers.INDICATORS,
)
BY_CODE: dict[str, Indicator] = {indicator.code: indicator for indicator in CATALOGUE}

__all__ = ["BY_CODE", "CATALOGUE", "Indicator"]
