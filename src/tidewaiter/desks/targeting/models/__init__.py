from tidewaiter.desks.targeting.models.learning import BaselineVersion, RiskModelVersion
from tidewaiter.desks.targeting.models.runs import Pins, SelectionRun

__all__ = [
    "BaselineVersion",
    "Pins",
    "RiskModelVersion",
    "SelectionRun",
]
