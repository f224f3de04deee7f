"""The selection policy: all readers see its versions, officers of all offices take its steps."""

from __future__ import annotations

from dataclasses import replace

from tests.access.factories import NATIONAL, shows
from tidewaiter.desks.targeting.actions.policy import current_policy, proposal_of, propose
from tidewaiter.desks.targeting.models import PolicyVersion
from tidewaiter.platform.accounts.models import HeldRole, User
from tidewaiter.platform.foureyes.models import Proposal

NATIONAL.update({"targeting:policy_new", "targeting:policy_import"})


def proposal() -> PolicyVersion:
    """The version that waits, made by somebody else than whoever looks at it."""
    waiting = PolicyVersion.objects.filter(state=PolicyVersion.State.PROPOSED).first()
    if waiting:
        return waiting
    writer, made = User.objects.get_or_create(username="policy-writer", national=True)
    if made:
        HeldRole.objects.create(user=writer, role="analyst")
    changed = replace(current_policy(), cost_per_minute=1.5)
    return propose(writer, changed, reason="A minute costs more than nothing.")


@shows("targeting:policy_version", "targeting:policy_file", sight="shared")
def version(office: str, officer: User) -> dict[str, object]:
    return {"number": proposal().number}


@shows("targeting:policy_decide", sight="national")
def to_decide(office: str, officer: User) -> dict[str, object]:
    return {"number": proposal().number}


@shows("targeting:policy_withdraw", sight="national")
def to_withdraw(office: str, officer: User) -> dict[str, object]:
    """One's own."""
    found = proposal()
    PolicyVersion.objects.filter(pk=found.pk).update(proposed_by=officer)
    Proposal.objects.filter(pk=proposal_of(found).pk).update(proposed_by=officer)
    return {"number": found.number}
