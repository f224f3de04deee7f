"""Who may manage whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidewaiter.platform.accounts.access import Denied, check
from tidewaiter.platform.accounts.models import User

if TYPE_CHECKING:
    from collections.abc import Collection

MANAGE = "accounts.manage"


def check_manages(actor: User | None, user: User) -> None:
    """An administrator manages the accounts he sees, but never his own rights.

    `actor` None is the command line of the machine itself. Raises Denied.
    """
    if actor is None:
        return
    check(actor, MANAGE)
    if actor.pk == user.pk or not User.objects.visible_to(actor).filter(pk=user.pk).exists():
        raise Denied(MANAGE)


def check_grants(actor: User | None, *, offices: Collection[str], national: bool) -> None:
    """Nobody grants sight of an office that he does not see himself."""
    if actor is None:
        return
    check(actor, MANAGE)
    scope = actor.scope()
    if national and not scope.national:
        raise Denied(MANAGE)
    if not national and not offices and not scope.national:
        raise Denied(MANAGE)  # an account of no office would be out of his own sight
    if not all(scope.allows(code) for code in offices):
        raise Denied(MANAGE)


def superiors(user: User) -> list[int]:
    """Who leads an officer, who leads that one, and so on: keys of accounts, the nearest first. Asked
    afresh, as a change may have come since the officer was read."""
    chain: list[int] = []
    at = _superior(user.pk)
    while at is not None and at not in chain:
        chain.append(at)
        at = _superior(at)
    return chain


def _superior(pk: int) -> int | None:
    return User.objects.values_list("superior", flat=True).get(pk=pk)
