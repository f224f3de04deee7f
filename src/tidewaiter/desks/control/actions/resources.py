"""What an office has to work with: minutes a day, and who is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from tidewaiter.desks.control.models import Capacity, Duty
from tidewaiter.desks.control.queries import inspectors_of
from tidewaiter.platform.accounts.access import Denied, check
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from datetime import date

    from tidewaiter.platform.accounts.models import User

LONGEST_DAY = 60_000  # minutes: forty inspectors around the clock


@transaction.atomic
def set_capacity(actor: User, *, office: str, control: str, minutes_per_day: int | None) -> None:
    """Enter, change or (None) remove the minutes a day an office has for a control.

    Without an entry the selection policy's expected rate counts instead. Raises Denied,
    ValidationError.
    """
    check(actor, "capacity.manage")
    if not actor.scope().allows(office):
        raise Denied("capacity.manage")
    if minutes_per_day is not None and not 0 <= minutes_per_day <= LONGEST_DAY:
        raise ValidationError(
            {
                "minutes_per_day": _("Minutes a day lie between 0 and %(most)s.")
                % {"most": LONGEST_DAY}
            }
        )
    held = Capacity.objects.select_for_update().filter(office=office, control=control)
    before = held.values_list("minutes_per_day", flat=True).first()
    if before == minutes_per_day:
        return
    if minutes_per_day is None:
        held.delete()
    else:
        Capacity.objects.update_or_create(
            office=office, control=control, defaults={"minutes_per_day": minutes_per_day}
        )
    record(
        actor, "control.capacity", f"{office} {control}", office=office,
        before=before, after=minutes_per_day,
    )  # fmt: skip


@transaction.atomic
def set_duty(actor: User, *, inspector: User, day: date, office: str, available: bool) -> Duty:
    """Enter that an inspector is, or is not, on duty in an office on a day.

    Raises Denied, ValidationError.
    """
    check(actor, "control.supervise")
    if not actor.scope().allows(office):
        raise Denied("control.supervise")
    if not inspectors_of(office).filter(pk=inspector.pk).exists():
        raise ValidationError({"inspector": _("This officer is no inspector of this office.")})
    duty, __ = Duty.objects.update_or_create(
        inspector=inspector, day=day, office=office, defaults={"available": available}
    )
    record(actor, "control.duty", inspector.username, office=office, day=day, available=available)
    return duty
