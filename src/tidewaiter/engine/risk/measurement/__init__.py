"""How good rankings are, what controls yield, and how much is left in the traffic; with intervals.

intervals   hit rates and shares (Wilson), weighted ones too; sums of estimates
revenue     revenue a control (bootstrap)
traffic     non-compliance and revenue of the whole traffic, from what was controlled by chance
inspecting  precision, recall and workload had the best 1, 2, 5, 10 % been inspected
ranking     a score beside known truth: AUC and the same measures; two models compared
overlap     what profiles share, and what one adds that no other finds
drift       whether facts, scores and hit rates are still those that a model learnt from
"""

from tidewaiter.engine.risk.measurement.intervals import Interval, wilson
from tidewaiter.engine.risk.measurement.ranking import (
    Comparison,
    auc,
    compare,
    order,
    ranking_metrics,
)
from tidewaiter.engine.risk.measurement.revenue import bootstrap

__all__ = [
    "Comparison",
    "Interval",
    "auc",
    "bootstrap",
    "compare",
    "order",
    "ranking_metrics",
    "wilson",
]
