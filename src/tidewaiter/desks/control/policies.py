"""Who may do what with an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidewaiter.desks.control.vocabulary import NOT_BEGUN, State

if TYPE_CHECKING:
    from tidewaiter.desks.control.models import ControlOrder
    from tidewaiter.platform.accounts.models import User


def may_perform(user: User, order: ControlOrder) -> bool:
    """Only the inspector whose lot it is, whatever else he may do."""
    return user.may("control.perform") and order.inspector_id == user.pk


def may_supervise(user: User, order: ControlOrder) -> bool:
    return user.may("control.supervise") and user.scope().allows(order.office)


def may_reassign(user: User, order: ControlOrder) -> bool:
    held = order.state in (State.ASSIGNED, State.IN_PROGRESS, State.RETURNED)
    return may_supervise(user, order) and held


def may_return(user: User, order: ControlOrder) -> bool:
    """Never one's own result: who recorded it does not review it."""
    recorded = order.state == State.RECORDED
    return may_supervise(user, order) and recorded and order.inspector_id != user.pk


def may_cancel(user: User, order: ControlOrder) -> bool:
    return may_supervise(user, order) and order.state in NOT_BEGUN
