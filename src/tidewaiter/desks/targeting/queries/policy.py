"""Versions of the selection policy: every reader of the desk sees them, deciding is for few."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from django.db.models import F, Q, QuerySet

from tidewaiter.desks.targeting.actions.policy import in_force
from tidewaiter.desks.targeting.models import PolicyVersion
from tidewaiter.engine.risk.selection.comparing import changes
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tidewaiter.engine.risk.selection.comparing import Change
    from tidewaiter.platform.accounts.models import User

# What a click on a head may ask for → column.
ORDERS = {
    "number": "number", "state": "state", "proposed": "proposed_at",
    "proposer": "proposed_by__username", "decider": "decided_by__username",
    "since": "in_force_since",
}  # fmt: skip
EXPORTED = {
    "version": "number", "state": "state", "proposed_by": "proposed_by__username",
    "proposed_at": "proposed_at", "reason": "reason", "legal_basis": "legal_basis",
    "trial": "trial", "decided_by": "decided_by__username", "decided_at": "decided_at",
    "remark": "remark", "in_force_since": "in_force_since",
    "superseded_by": "superseded_by__number", "digest": "digest",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the history is narrowed to; empty means all. `who` proposed or decided."""

    text: str = ""
    state: str = ""
    who: str = ""


def versions(
    user: User, wanted: Wanted, *, order: str = "number", descending: bool = True
) -> QuerySet[PolicyVersion]:
    """Versions that match. `text` is looked for in reason, legal basis and remark. Raises Denied."""
    check(user, "targeting.read")
    in_force()  # a house has a first version from the first look on
    rows = PolicyVersion.objects.select_related("proposed_by", "decided_by", "superseded_by")
    if wanted.text.strip():
        text = wanted.text.strip()
        said = Q(reason__icontains=text) | Q(legal_basis__icontains=text)
        rows = rows.filter(said | Q(remark__icontains=text))
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.who.strip():
        who = wanted.who.strip()
        rows = rows.filter(Q(proposed_by__username=who) | Q(decided_by__username=who))
    column = F(ORDERS[order])
    ordered = column.desc(nulls_last=True) if descending else column.asc(nulls_last=True)
    return rows.order_by(ordered, "-number")


def version(user: User, number: int) -> PolicyVersion | None:
    """Raises Denied."""
    rows = versions(user, Wanted()).select_related(
        "base", "proposed_by", "decided_by", "superseded_by"
    )
    return rows.filter(number=number).first()


def named(user: User, text: str) -> PolicyVersion | None:
    """The version whose number an address or a form gives; None if it gives none. Raises Denied."""
    return version(user, int(text)) if text.isdecimal() and len(text) < 9 else None


def waiting(user: User) -> PolicyVersion | None:
    """The proposal that waits for a decision. Raises Denied."""
    return versions(user, Wanted(state=PolicyVersion.State.PROPOSED)).first()


def changed(version: PolicyVersion) -> list[Change]:
    """What a version changes in the one that was in force when it was proposed."""
    return changes(version.base.as_policy, version.as_policy) if version.base else []


def of_digest(digest: str | None) -> PolicyVersion | None:
    """The first version with this content: what a selection names."""
    return PolicyVersion.objects.filter(digest=digest).order_by("number").first()


def exported(user: User, wanted: Wanted) -> Iterator[Sequence[object]]:
    """The versions that match, newest first, after a head, to be written to a file. Raises Denied."""
    check(user, "targeting.export")
    rows = list(versions(user, wanted).values_list(*EXPORTED.values()))
    record(user, "policy.history", rows=len(rows))
    return chain([tuple(EXPORTED)], rows)
