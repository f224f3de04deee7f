"""What a second officer decides about a profile (`platform/foureyes`): that a version comes into force, by
way of the shadow or not, and that one is retired."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from tidewaiter.desks.targeting.actions.profiles.rows import (
    afresh,
    by_now,
    happened,
    locked,
    noted,
    problems_of,
)
from tidewaiter.desks.targeting.models import ProfileVersion
from tidewaiter.desks.targeting.rights import must
from tidewaiter.engine.records import ASSESSMENTS
from tidewaiter.platform.foureyes import actions as foureyes
from tidewaiter.platform.foureyes.models import Proposal
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

State = ProfileVersion.State
ACTIVATION, RETIREMENT = "profile.activation", "profile.retirement"
FROM_SHADOW = "profile.shadow"


def withdraw(actor: User, version: ProfileVersion) -> ProfileVersion:
    """Take back one's own proposal: a version becomes a draft again, a retirement is forgotten."""
    must(actor.may("profiles.write"), "profiles.write")
    foureyes.withdraw(actor, _existing_proposal(version).pk)
    return afresh(version)


def decide(
    actor: User, version: ProfileVersion, *, agree: bool, remark: str = ""
) -> ProfileVersion:
    """Agree to a proposal of somebody else, or refuse it; put in force, or give up, what was in
    shadow. Raises Denied, ValidationError.
    """
    number = _existing_proposal(version).pk
    if agree:
        foureyes.approve(actor, number, remark=remark)
    else:
        foureyes.return_(actor, number, remark=remark)
    return afresh(version)


def proposal_of(version: ProfileVersion) -> Proposal | None:
    """What waits for a second officer about a version."""
    kinds = (ACTIVATION, RETIREMENT, FROM_SHADOW)
    found = (foureyes.waiting(kind, subject_of(version)) for kind in kinds)
    return next(filter(None, found), None)


def subject_of(version: ProfileVersion) -> str:
    return f"{version.profile.code} {version.number}"


def _existing_proposal(version: ProfileVersion) -> Proposal:
    found = proposal_of(version)
    if found is None:
        raise by_now(afresh(version))
    return found


def hand_over(
    actor: User, version: ProfileVersion, kind: str, reason: str, **more: Any
) -> Proposal:
    return foureyes.propose(
        actor,
        kind,
        subject_of(version),
        offices=version.as_profile.offices,
        reason=reason,
        details={"version": version.pk},
        handling=version.profile.handling,
        **more,
    )


def version_of(proposal: Proposal) -> ProfileVersion:
    """What a proposal is about. Raises ProfileVersion.DoesNotExist."""
    rows = ProfileVersion.objects.select_related("profile")
    return rows.get(pk=proposal.details["version"])


def approve_activation(actor: User, proposal: Proposal) -> None:
    """Put in force, or into shadow first, as was proposed."""
    version = _sound(actor, proposal, State.PROPOSED)
    if version.shadow_days:
        _watch(actor, version, proposal)
        happened(actor, version, "shadow", proposal.remark)
    else:
        activate(actor, version)
        happened(actor, version, "approve", proposal.remark)


def approve_from_shadow(actor: User, proposal: Proposal) -> None:
    version = _sound(actor, proposal, State.SHADOW)
    activate(actor, version)
    happened(actor, version, "approve", proposal.remark)


def approve_retirement(actor: User, proposal: Proposal) -> None:
    version = locked(version_of(proposal), State.RETIRING)
    _become(version, State.RETIRED)
    happened(actor, version, "retire", proposal.remark)


def give_back_activation(actor: User, proposal: Proposal) -> None:
    """Refused; or a draft again, if it was withdrawn or nobody decided."""
    version = locked(version_of(proposal), State.PROPOSED)
    if proposal.state == Proposal.State.RETURNED:
        _become(version, State.REFUSED)
    else:
        version.proposed_by = None
        _become(version, State.DRAFT)
    _given_back(actor, version, proposal, "refuse")


def give_back_shadow(actor: User, proposal: Proposal) -> None:
    """Given up: what was watched is not put in force."""
    version = locked(version_of(proposal), State.SHADOW)
    _become(version, State.REFUSED)
    _given_back(actor, version, proposal, "refuse")


def give_back_retirement(actor: User, proposal: Proposal) -> None:
    version = locked(version_of(proposal), State.RETIRING)
    _become(version, State.ACTIVE)
    _given_back(actor, version, proposal, "retire_refuse")


def _sound(actor: User, proposal: Proposal, state: str) -> ProfileVersion:
    """The version, if it still can be used: a list or field may have gone since it was proposed."""
    version = locked(version_of(proposal), state)
    if problems := problems_of(actor, version.as_profile):
        raise ValidationError(problems)
    return version


def _become(version: ProfileVersion, state: State) -> None:
    version.state = state
    version.save(update_fields=["state", "proposed_by"])


def _given_back(actor: User, version: ProfileVersion, proposal: Proposal, refused: str) -> None:
    if proposal.state == Proposal.State.EXPIRED:
        noted(actor, version, "expire")  # the ledger has its entry
    else:
        returned = proposal.state == Proposal.State.RETURNED
        happened(actor, version, refused if returned else "withdraw", proposal.remark)


def _watch(actor: User, version: ProfileVersion, proposal: Proposal) -> None:
    """Into shadow: judged on what is assessed from now on, and decides nothing. That it comes into
    force is proposed with it."""
    _end_shadow(actor, version)
    version.state = State.SHADOW
    version.shadow_from = timezone.now()
    version.shadow_until = timezone.localdate() + timedelta(days=version.shadow_days)
    version.shadow_seen = lake().version(ASSESSMENTS)
    version.save()
    waits = timedelta(days=version.shadow_days + settings.PROPOSAL_DAYS)
    hand_over(
        proposal.proposed_by, version, FROM_SHADOW, proposal.reason,
        authors=proposal.authors.all(), expires_at=timezone.now() + waits,
    )  # fmt: skip


def _end_shadow(actor: User, version: ProfileVersion) -> None:
    """What another version of the profile was watched for is over."""
    for other in version.profile.versions.filter(state=State.SHADOW).exclude(pk=version.pk):
        _supersede(actor, other, version)


def activate(actor: User, version: ProfileVersion) -> None:
    """Put a version in force in place of the one before it. Inside the caller's transaction, which has
    taken its turn among decisions."""
    before = version.profile.versions.filter(state__in=(State.ACTIVE, State.RETIRING))
    for other in before.exclude(pk=version.pk):
        _supersede(actor, other, version)
    _end_shadow(actor, version)
    version.state = State.ACTIVE
    version.save()


def _supersede(actor: User, other: ProfileVersion, version: ProfileVersion) -> None:
    other.state = State.RETIRED
    other.save(update_fields=["state"])
    lapse(actor, other, _("Version {number} took its place.").format(number=version.number))


def lapse(actor: User, version: ProfileVersion, why: str) -> None:
    for kind in (RETIREMENT, FROM_SHADOW):
        foureyes.lapse(actor, kind, subject_of(version), why)
