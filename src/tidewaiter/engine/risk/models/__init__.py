"""Models learnt from the results of controls."""

from tidewaiter.engine.risk.models.model import RiskModel
from tidewaiter.engine.risk.models.snapshots import TooFewOutcomes

__all__ = ["RiskModel", "TooFewOutcomes"]
