"""What a supervisor does with orders besides assigning them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tidewaiter.desks.control import policies
from tidewaiter.desks.control.models import ControlOrder, Photograph
from tidewaiter.desks.control.vocabulary import NOT_BEGUN, State
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.handling import OPEN
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User


@transaction.atomic
def return_result(actor: User, order: ControlOrder, *, remark: str) -> ControlOrder:
    """Send a recorded order back to its inspector, saying what is missing.

    The result stays; the next one supersedes it. Raises Denied, ValidationError.
    """
    order = ControlOrder.objects.select_for_update().get(pk=order.pk)
    policies.check_supervises(actor, order, (State.RECORDED,))
    if not policies.may_return(actor, order):
        raise Denied("control.supervise")
    if not remark.strip():
        raise ValidationError({"remark": _("Say what the inspector has to complete.")})
    order.state, order.remark = State.RETURNED, remark.strip()
    order.save(update_fields=["state", "remark"])
    record(actor, "control.return", order.number, office=order.office, remark=order.remark)
    return order


@transaction.atomic
def set_handling(actor: User, photograph: Photograph, level: int) -> Photograph:
    """Say who may see a photograph: nobody gives a code that he is not cleared for. Raises Denied."""
    if not policies.may_supervise(actor, photograph.order):
        raise Denied("control.supervise")
    if not OPEN <= level <= actor.clearance or photograph.handling > actor.clearance:
        raise Denied("control.supervise")
    before = photograph.handling
    photograph.handling = level
    photograph.save(update_fields=["handling"])
    record(
        actor, "control.photograph_handling", photograph.order.number,
        office=photograph.order.office, photograph=photograph.pk, before=before, handling=level,
    )  # fmt: skip
    return photograph


@transaction.atomic
def cancel_order(actor: User, order: ControlOrder, *, reason: str) -> ControlOrder:
    """Cancel an order that nobody has begun. Raises Denied, ValidationError."""
    order = ControlOrder.objects.select_for_update().get(pk=order.pk)
    policies.check_supervises(actor, order, NOT_BEGUN)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why the order is cancelled.")})
    order.assignments.filter(ended_at=None).update(ended_at=timezone.now())
    order.state, order.remark = State.CANCELLED, reason.strip()
    order.save(update_fields=["state", "remark"])
    record(actor, "control.cancel", order.number, office=order.office, reason=order.remark)
    return order
