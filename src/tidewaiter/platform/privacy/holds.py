"""What is not masked although its time has come: records of an open case, or under a legal hold.

Desks register who holds a declaration: `holds.register("open order", function)`; the function gives
the numbers of all declarations that it holds now. One officer sets a legal hold, it takes two to lift
it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tidewaiter.platform.accounts.access import check_national
from tidewaiter.platform.foureyes.actions import propose
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.privacy.models import LegalHold
from tidewaiter.platform.vault.holding import check_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.db.models import QuerySet

    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.foureyes.models import Proposal

HOLD, LIFT = "privacy.hold", "privacy.lift"
HOLDERS: dict[str, Callable[[], Iterable[str]]] = {}


def register(name: str, held: Callable[[], Iterable[str]]) -> None:
    HOLDERS[name] = held


def held() -> frozenset[str]:
    """Numbers of all declarations that somebody holds now."""
    return frozenset(number for holder in HOLDERS.values() for number in holder())


def _legal() -> Iterable[str]:
    return LegalHold.objects.filter(lifted_at=None).values_list("declaration_id", flat=True)


register("legal hold", _legal)


@transaction.atomic
def hold(actor: User, declaration_id: str, reason: str) -> LegalHold:
    """Keep a declaration readable until the hold is lifted. Raises Denied, ValidationError."""
    check_national(actor, HOLD)
    if not declaration_id.strip():
        raise ValidationError(_("Say which declaration is to be held."))
    check_reason(reason)
    made = LegalHold.objects.create(
        declaration_id=declaration_id.strip(), reason=reason, by=actor, since=timezone.now()
    )
    record(actor, "privacy.hold", f"declaration:{made.declaration_id}", reason=reason, hold=made.pk)
    return made


@transaction.atomic
def propose_lift(actor: User, number: int, reason: str) -> Proposal:
    """Ask for a hold to end; it lasts until a second officer agrees. Raises Denied, ValidationError."""
    check_national(actor, HOLD)
    check_reason(reason)
    found = _in_force(number)
    return propose(
        actor, LIFT, f"{found.pk}: {found.declaration_id}", reason=reason,
        details={"hold": found.pk},
    )  # fmt: skip


def lift(actor: User, proposal: Proposal) -> None:
    """End a hold, as somebody else has proposed."""
    found = _in_force(proposal.details["hold"])
    found.lifted_at, found.lifted_by = proposal.decided_at, actor
    found.save(update_fields=["lifted_at", "lifted_by"])
    record(
        actor, "privacy.lift", f"declaration:{found.declaration_id}", reason=proposal.reason,
        hold=found.pk,
    )  # fmt: skip


def _in_force(number: int) -> LegalHold:
    found = LegalHold.objects.select_for_update().filter(pk=number, lifted_at=None).first()
    if found is None:
        raise ValidationError(_("There is no hold %(number)d in force.") % {"number": number})
    return found


def holds_in_force(actor: User) -> QuerySet[LegalHold]:
    """The newest first. Raises Denied."""
    check_national(actor, HOLD)
    return LegalHold.objects.filter(lifted_at=None).select_related("by")
