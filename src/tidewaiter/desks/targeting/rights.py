"""Who may propose what about a profile, by permission and by the offices it is for; and about the policy.
Who decides: `platform/foureyes/policies.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidewaiter.platform.accounts.access import Denied

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidewaiter.platform.accounts.models import User


def within_reach(user: User, offices: Collection[str]) -> bool:
    """National profiles belong to national officers; an office's own to its officers."""
    scope = user.scope()
    return scope.national or (bool(offices) and all(scope.allows(code) for code in offices))


def may_write(user: User, offices: Collection[str]) -> bool:
    return user.may("profiles.write") and within_reach(user, offices)


def may_propose_policy(user: User) -> bool:
    """The selection policy is of all offices, and so for those who see all of them."""
    return user.may("policy.propose") and user.scope().national


def must(allowed: bool, permission: str) -> None:  # noqa: FBT001  reads as a sentence
    if not allowed:
        raise Denied(permission)
