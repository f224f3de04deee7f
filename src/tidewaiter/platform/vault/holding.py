"""Legal hold: what a court or a case may still need is not deleted. One officer sets it, it takes two to
lift it (`platform/foureyes`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tidewaiter.platform.accounts.access import check_national
from tidewaiter.platform.foureyes import actions as foureyes
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.vault.models import Hold, Stored

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.foureyes.models import Proposal

HOLD, LIFT = "vault.hold", "vault.lift"


@transaction.atomic
def hold(actor: User, sha256: str, reason: str) -> Hold:
    """Keep a file until the hold is lifted; a file may have several. Files belong to no office, so
    this takes a national officer. Raises Denied, ValidationError."""
    check_national(actor, HOLD)
    check_reason(reason)
    stored = Stored.objects.select_for_update().filter(pk=sha256).first()
    if stored is None:
        raise ValidationError(_("The vault has no file %(name)s.") % {"name": sha256})
    if stored.deleted_at:
        when = {"when": f"{stored.deleted_at:%Y-%m-%d}"}
        raise ValidationError(_("The file was deleted on %(when)s already.") % when)
    made = Hold.objects.create(file=stored, reason=reason, by=actor, since=timezone.now())
    record(actor, "vault.hold", sha256, reason=reason, hold=made.pk)
    return made


@transaction.atomic
def propose_lift(actor: User, number: int, reason: str) -> Proposal:
    """Ask for a hold to end; it lasts until a second officer agrees. Raises Denied, ValidationError."""
    check_national(actor, HOLD)
    check_reason(reason)
    found = _in_force(number)
    return foureyes.propose(
        actor, LIFT, f"{found.pk}: {found.file_id}", reason=reason, details={"hold": found.pk}
    )


def lift(actor: User, proposal: Proposal) -> None:
    """End a hold, as somebody else has proposed."""
    found = _in_force(proposal.details["hold"])
    found.lifted_at, found.lifted_by = proposal.decided_at, actor
    found.save(update_fields=["lifted_at", "lifted_by"])
    record(actor, "vault.lift", found.file_id, reason=proposal.reason, hold=found.pk)


def _in_force(number: int) -> Hold:
    found = Hold.objects.select_for_update().filter(pk=number, lifted_at=None).first()
    if found is None:
        raise ValidationError(_("There is no hold %(number)d in force.") % {"number": number})
    return found


def holds_in_force(actor: User) -> QuerySet[Hold]:
    """The oldest first. Raises Denied."""
    check_national(actor, HOLD)
    return Hold.objects.filter(lifted_at=None).select_related("by")


def check_reason(reason: str) -> None:
    """A hold on whatever is set and lifted with a reason. Raises ValidationError."""
    if not reason.strip():
        raise ValidationError(_("Say why: a hold is set and lifted with a reason."))
    if len(reason) > 1000:
        raise ValidationError(_("The reason is too long: at most 1000 characters."))
