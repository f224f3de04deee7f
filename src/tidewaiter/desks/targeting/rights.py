"""Who may do what with a profile, by permission and by the offices it is for; and with the policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidewaiter.desks.targeting.models import PolicyVersion, ProfileVersion
from tidewaiter.platform.accounts.access import Denied

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidewaiter.platform.accounts.models import User

State = ProfileVersion.State
# A change that waits for a second officer; what is in shadow waits to be put in force.
WAITING = (State.PROPOSED, State.RETIRING, State.SHADOW)


def within_reach(user: User, offices: Collection[str]) -> bool:
    """National profiles belong to national officers; an office's own to its officers."""
    scope = user.scope()
    return scope.national or (bool(offices) and all(scope.allows(code) for code in offices))


def may_write(user: User, offices: Collection[str]) -> bool:
    return user.may("profiles.write") and within_reach(user, offices)


def may_decide(user: User, version: ProfileVersion) -> bool:
    """Never one's own proposal, nor a version of which one has written anything."""
    if version.state not in WAITING or user.pk == version.proposed_by_id:
        return False
    wrote = version.profile.events.filter(version=version.number, what="draft", actor=user)
    if version.state != State.RETIRING and wrote.exists():
        return False
    return user.may("profiles.approve") and within_reach(user, version.as_profile.offices)


def may_propose_policy(user: User) -> bool:
    """The selection policy is of all offices, and so for those who see all of them."""
    return user.may("policy.propose") and user.scope().national


def may_decide_policy(user: User, version: PolicyVersion) -> bool:
    """Never one's own proposal."""
    return (
        user.may("policy.approve")
        and user.scope().national
        and version.state == PolicyVersion.State.PROPOSED
        and user.pk != version.proposed_by_id
    )


def must(allowed: bool, permission: str) -> None:  # noqa: FBT001  reads as a sentence
    if not allowed:
        raise Denied(permission)
