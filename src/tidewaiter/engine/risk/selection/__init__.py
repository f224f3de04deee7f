"""From expected values to lanes and controls (design: docs on selection; order of the steps below).

1. mandatory profiles, 2. profiles with a select rate, 3. the random share, 4. best expected value per
minute under the capacity of each office, control and day. What is left is green.
"""

from tidewaiter.engine.risk.selection.batch import Selection, select
from tidewaiter.engine.risk.selection.online import Cutoffs, select_one, typical
from tidewaiter.engine.risk.selection.policy import (
    BLUE,
    GREEN,
    LANES,
    ORANGE,
    RED,
    YELLOW,
    LaneRule,
    PolicyError,
    SelectionPolicy,
)

__all__ = [
    "BLUE",
    "GREEN",
    "LANES",
    "ORANGE",
    "RED",
    "YELLOW",
    "Cutoffs",
    "LaneRule",
    "PolicyError",
    "Selection",
    "SelectionPolicy",
    "select",
    "select_one",
    "typical",
]
