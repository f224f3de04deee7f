"""proposed → in force → superseded. Whoever proposes a version never decides it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tidewaiter.desks.targeting.actions.policy.force import in_force
from tidewaiter.desks.targeting.models import PolicyVersion
from tidewaiter.desks.targeting.rights import may_decide_policy, may_propose_policy, must
from tidewaiter.engine.risk.selection import PolicyError, SelectionPolicy
from tidewaiter.engine.risk.selection.writing import to_toml
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

State = PolicyVersion.State


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


@transaction.atomic
def withdraw(actor: User, version: PolicyVersion) -> PolicyVersion:
    """Take back one's own proposal. Raises Denied, ValidationError."""
    version = _proposed(version)
    must(may_propose_policy(actor) and version.proposed_by_id == actor.pk, "policy.propose")
    return _settled(actor, version, State.WITHDRAWN, "withdraw")


@transaction.atomic
def decide(actor: User, version: PolicyVersion, *, agree: bool, remark: str = "") -> PolicyVersion:
    """Put somebody else's proposal in force, or refuse it with a reason. The next selection uses
    it. Raises Denied, ValidationError."""
    version = _proposed(version)
    must(may_decide_policy(actor, version), "policy.approve")
    if not agree:
        if not remark.strip():
            raise ValidationError({"remark": _("Say why.")})
        return _settled(actor, version, State.REFUSED, "refuse", remark)
    _readable(version)
    before = PolicyVersion.objects.get(state=State.ACTIVE)
    before.state, before.superseded_by = State.SUPERSEDED, version
    before.save(update_fields=["state", "superseded_by"])
    version.in_force_since = timezone.now()
    return _settled(actor, version, State.ACTIVE, "approve", remark)


def _readable(version: PolicyVersion) -> None:
    """A release may have come since that does not take it any more."""
    try:
        SelectionPolicy.from_toml(version.content)
    except PolicyError as error:
        raise ValidationError(str(error)) from error


def _proposed(version: PolicyVersion) -> PolicyVersion:
    """The version afresh, locked together with the one in force."""
    PolicyVersion.objects.select_for_update().get(state=State.ACTIVE)
    version = PolicyVersion.objects.select_for_update().get(pk=version.pk)
    if version.state != State.PROPOSED:
        raise ValidationError(
            _("Version {number} is {state} by now.").format(
                number=version.number, state=version.get_state_display()
            )
        )
    return version


def _settled(
    actor: User, version: PolicyVersion, state: State, what: str, remark: str = ""
) -> PolicyVersion:
    version.state, version.remark = state, remark.strip()
    version.decided_by, version.decided_at = actor, timezone.now()
    version.save()
    _record(actor, f"policy.{what}", version, remark=version.remark)
    return version


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
