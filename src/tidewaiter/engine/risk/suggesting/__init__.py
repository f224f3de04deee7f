"""What the past suggests about profiles: better thresholds, new conditions, ones that do nothing."""

from __future__ import annotations

from tidewaiter.engine.risk.suggesting.growing import Grown, grow
from tidewaiter.engine.risk.suggesting.standing import Standing, standings
from tidewaiter.engine.risk.suggesting.thresholds import Point, Threshold, thresholds

__all__ = ["Grown", "Point", "Standing", "Threshold", "grow", "standings", "thresholds"]
