from tidewaiter.desks.control.models.orders import (
    Assignment,
    ControlOrder,
    Draw,
    OrderSequence,
)
from tidewaiter.desks.control.models.resources import Capacity, Duty
from tidewaiter.desks.control.models.results import (
    ControlResult,
    OutcomeBatch,
    Photograph,
    ResultLine,
)

__all__ = [
    "Assignment",
    "Capacity",
    "ControlOrder",
    "ControlResult",
    "Draw",
    "Duty",
    "OrderSequence",
    "OutcomeBatch",
    "Photograph",
    "ResultLine",
]
