"""proposed → in force → superseded. A second officer decides (`platform/foureyes`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tidewaiter.desks.targeting.actions.policy.force import in_force
from tidewaiter.desks.targeting.models import PolicyVersion
from tidewaiter.desks.targeting.rights import may_propose_policy, must
from tidewaiter.engine.risk.selection import PolicyError, SelectionPolicy
from tidewaiter.engine.risk.selection.writing import to_toml
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.foureyes import actions as foureyes
from tidewaiter.platform.foureyes.models import Proposal
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

State = PolicyVersion.State
POLICY = "policy.version"


@dataclass(frozen=True, slots=True)
class Trial:
    """A what-if trial: the number of its job, what it tried, and its figures in short."""

    number: int
    policy: SelectionPolicy
    figures: dict[str, Any]


@transaction.atomic
def propose(
    actor: User,
    policy: SelectionPolicy,
    *,
    reason: str,
    legal_basis: str = "",
    trial: Trial | None = None,
    seen: str | None = None,
) -> PolicyVersion:
    """Hand another policy to a second officer. One proposal waits at a time.

    trial: on which it rests. seen: digest of the policy that was in force when the officer looked at
    the figures, so that nobody changes what he has not read. Raises Denied, ValidationError.
    """
    must(may_propose_policy(actor), "policy.propose")
    # The version in force is the lock of all of them, so that two proposals cannot cross.
    now = PolicyVersion.objects.select_for_update().get(pk=in_force().pk)
    _possible(policy, now, reason, seen, trial)
    version = PolicyVersion.objects.create(
        number=PolicyVersion.objects.latest("number").number + 1,
        state=State.PROPOSED,
        content=to_toml(policy),
        digest=policy.version,
        base=now,
        reason=reason.strip(),
        legal_basis=legal_basis.strip(),
        trial=trial.number if trial else None,
        tried=trial.figures if trial else None,
        proposed_by=actor,
        proposed_at=timezone.now(),
    )
    foureyes.propose(
        actor, POLICY, str(version.number), reason=version.reason, details={"version": version.pk}
    )
    _record(actor, "policy.propose", version, reason=version.reason, trial=version.trial)
    return version


def _possible(
    policy: SelectionPolicy,
    now: PolicyVersion,
    reason: str,
    seen: str | None,
    trial: Trial | None,
) -> None:
    waiting = PolicyVersion.objects.filter(state=State.PROPOSED).first()
    if waiting:
        message = _("Version {number} waits for a decision: only one change waits at a time.")
        raise ValidationError(message.format(number=waiting.number))
    if seen is not None and seen != now.digest:
        message = _("Version {number} has come into force meanwhile: look at its figures first.")
        raise ValidationError(message.format(number=now.number))
    if policy.version == now.digest:
        raise ValidationError(_("Nothing differs from the policy in force: change a figure."))
    if trial and trial.policy.version != policy.version:
        raise ValidationError(_("The trial tried other figures than these: try these."))
    if not reason.strip():
        raise ValidationError({"reason": _("Say what changes and why.")})


def withdraw(actor: User, version: PolicyVersion) -> PolicyVersion:
    """Take back one's own proposal. Raises Denied, ValidationError."""
    must(may_propose_policy(actor), "policy.propose")
    foureyes.withdraw(actor, _existing_proposal(version).pk)
    return PolicyVersion.objects.get(pk=version.pk)


def decide(actor: User, version: PolicyVersion, *, agree: bool, remark: str = "") -> PolicyVersion:
    """Put somebody else's proposal in force, or refuse it with a reason. The next selection uses
    it. Raises Denied, ValidationError."""
    number = _existing_proposal(version).pk
    if agree:
        foureyes.approve(actor, number, remark=remark)
    else:
        foureyes.return_(actor, number, remark=remark)
    return PolicyVersion.objects.get(pk=version.pk)


def proposal_of(version: PolicyVersion) -> Proposal | None:
    """What waits for a second officer about a version."""
    return foureyes.waiting(POLICY, str(version.number))


def version_of(proposal: Proposal) -> PolicyVersion:
    """What a proposal is about. Raises PolicyVersion.DoesNotExist."""
    return PolicyVersion.objects.select_related("base").get(pk=proposal.details["version"])


def approve_version(actor: User, proposal: Proposal) -> None:
    version = _proposed(version_of(proposal))
    _readable(version)
    before = PolicyVersion.objects.get(state=State.ACTIVE)
    before.state, before.superseded_by = State.SUPERSEDED, version
    before.save(update_fields=["state", "superseded_by"])
    version.in_force_since = timezone.now()
    _settled(actor, version, proposal, State.ACTIVE)
    _record(actor, "policy.approve", version, remark=proposal.remark)


def give_back_version(actor: User, proposal: Proposal) -> None:
    version = _proposed(version_of(proposal))
    match proposal.state:
        case Proposal.State.RETURNED:
            _settled(actor, version, proposal, State.REFUSED)
            _record(actor, "policy.refuse", version, remark=proposal.remark)
        case Proposal.State.WITHDRAWN:
            _settled(actor, version, proposal, State.WITHDRAWN)
            _record(actor, "policy.withdraw", version)
        case _:  # nobody decided in time; the ledger has its entry
            _settled(None, version, proposal, State.WITHDRAWN)


def _readable(version: PolicyVersion) -> None:
    """A release may have come since that does not take it any more."""
    try:
        SelectionPolicy.from_toml(version.content)
    except PolicyError as error:
        raise ValidationError(str(error)) from error


def _existing_proposal(version: PolicyVersion) -> Proposal:
    found = proposal_of(version)
    if found is None:
        raise _by_now(PolicyVersion.objects.get(pk=version.pk))
    return found


def _proposed(version: PolicyVersion) -> PolicyVersion:
    """The version afresh, locked together with the one in force."""
    PolicyVersion.objects.select_for_update().get(state=State.ACTIVE)
    version = PolicyVersion.objects.select_for_update().get(pk=version.pk)
    if version.state != State.PROPOSED:
        raise _by_now(version)
    return version


def _by_now(version: PolicyVersion) -> ValidationError:
    return ValidationError(
        _("Version {number} is {state} by now.").format(
            number=version.number, state=version.get_state_display()
        )
    )


def _settled(actor: User | None, version: PolicyVersion, proposal: Proposal, state: State) -> None:
    version.state, version.remark = state, proposal.remark
    version.decided_by, version.decided_at = actor, proposal.decided_at
    version.save()


def _record(actor: User, verb: str, version: PolicyVersion, **detail: Any) -> None:
    record(actor, verb, version.number, digest=version.digest, **detail)


def import_policy(actor: User, text: str, *, reason: str, legal_basis: str = "") -> PolicyVersion:
    """Propose the policy that a file holds. Raises Denied, ValidationError (`file` names what is
    wrong with it)."""
    try:
        policy = SelectionPolicy.from_toml(text)
    except PolicyError as error:
        raise ValidationError({"file": str(error)}) from error
    return propose(actor, policy, reason=reason, legal_basis=legal_basis)


def write_policy(actor: User, version: PolicyVersion) -> str:
    """A version as a file that imports again. Raises Denied."""
    check(actor, "targeting.read")
    _record(actor, "policy.write", version)
    return version.content
