"""Why a declaration was not selected: what would have had to differ.

Three questions, each answered from the versions its assessment used: how far its expected value was
from what each lane took that day, which profiles came nearest, and which single facts would have
been enough.
"""

from tidewaiter.engine.risk.whynot.changes import Against, Change, Judge, changes, spoke_against
from tidewaiter.engine.risk.whynot.lanes import LaneDistance, distances
from tidewaiter.engine.risk.whynot.nearest import Failed, Near, nearest

__all__ = [
    "Against",
    "Change",
    "Failed",
    "Judge",
    "LaneDistance",
    "Near",
    "changes",
    "distances",
    "nearest",
    "spoke_against",
]
