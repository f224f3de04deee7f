"""From expected values to lanes and controls (design: docs on selection; order of the steps below).

1. mandatory profiles, 2. profiles with a select rate, 3. the random share, 4. the share of traders
not controlled lately, 5. profiles whose matches have waited long enough, 6. best expected value per
minute under the capacity of each office, control, day and shift, within what each trader's limit
allows. What is left is green.
"""

from tidewaiter.engine.risk.selection.batch import Selection, select
from tidewaiter.engine.risk.selection.online import Cutoffs, Trader, select_one, typical
from tidewaiter.engine.risk.selection.picks import BY_CHANCE
from tidewaiter.engine.risk.selection.policy import (
    BLUE,
    GREEN,
    LANES,
    ORANGE,
    RED,
    YELLOW,
    Authorised,
    LaneRule,
    PolicyError,
    SelectionPolicy,
    Shift,
    TraderLimit,
)
from tidewaiter.engine.risk.selection.traffic import TRADERS, WAITING

__all__ = [
    "BLUE",
    "BY_CHANCE",
    "GREEN",
    "LANES",
    "ORANGE",
    "RED",
    "TRADERS",
    "WAITING",
    "YELLOW",
    "Authorised",
    "Cutoffs",
    "LaneRule",
    "PolicyError",
    "Selection",
    "SelectionPolicy",
    "Shift",
    "Trader",
    "TraderLimit",
    "select",
    "select_one",
    "typical",
]
