"""Who may do what with an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from tidewaiter.desks.control.vocabulary import IN_HAND, NOT_BEGUN, State
from tidewaiter.platform.accounts.access import Denied

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidewaiter.desks.control.models import ControlOrder
    from tidewaiter.platform.accounts.models import User


def may_perform(user: User, order: ControlOrder) -> bool:
    """Only the inspector whose lot it is, whatever else he may do."""
    return user.may("control.perform") and order.inspector_id == user.pk


def may_supervise(user: User, order: ControlOrder) -> bool:
    return user.may("control.supervise") and user.scope().allows(order.office)


def check_supervises(user: User, order: ControlOrder, states: Collection[str]) -> None:
    """Raise Denied for who may not; ValidationError where the order has moved on meanwhile."""
    if not may_supervise(user, order):
        raise Denied("control.supervise")
    if order.state not in states:
        told = {"order": order.number, "state": order.get_state_display()}
        raise ValidationError(_("%(order)s is %(state)s by now.") % told)


def may_reassign(user: User, order: ControlOrder) -> bool:
    return may_supervise(user, order) and order.state in IN_HAND


def may_return(user: User, order: ControlOrder) -> bool:
    """Never one's own result: who recorded it does not review it."""
    recorded = order.state == State.RECORDED
    return may_supervise(user, order) and recorded and order.inspector_id != user.pk


def may_cancel(user: User, order: ControlOrder) -> bool:
    return may_supervise(user, order) and order.state in NOT_BEGUN
