"""What can be done at this desk. Each action checks the right and writes the ledger."""

from tidewaiter.desks.control.actions.assigning import Drawn, assign_waiting, reassign
from tidewaiter.desks.control.actions.performing import (
    Conflict,
    Shot,
    keep_photograph,
    record_result,
    start,
)
from tidewaiter.desks.control.actions.raising import raise_orders
from tidewaiter.desks.control.actions.resources import set_capacity, set_duty
from tidewaiter.desks.control.actions.supervising import (
    cancel_order,
    return_result,
    set_handling,
)
from tidewaiter.desks.control.publishing import publish_outcomes

__all__ = [
    "Conflict",
    "Drawn",
    "Shot",
    "assign_waiting",
    "cancel_order",
    "keep_photograph",
    "publish_outcomes",
    "raise_orders",
    "reassign",
    "record_result",
    "return_result",
    "set_capacity",
    "set_duty",
    "set_handling",
    "start",
]
