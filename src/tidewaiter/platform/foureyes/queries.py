"""What an officer may know of proposals. What is out of his sight is not there and not counted."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from django.db.models import Case, F, Q, QuerySet, Value, When

from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.foureyes.models import Proposal
from tidewaiter.platform.foureyes.policies import decidable, in_sight, why_not
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tidewaiter.platform.accounts.models import User

READ = "proposals.read"
# What a click on a head may ask for → column.
ORDERS = {
    "number": "pk", "kind": "kind", "subject": "subject", "state": "state",
    "proposer": "proposed_by__username", "proposed": "proposed_at", "expires": "expires_at",
    "decider": "decided_by__username", "decided": "decided_at",
}  # fmt: skip
EXPORTED = {
    "number": "pk", "kind": "kind", "subject": "subject", "reason": "reason", "state": "state",
    "proposed_by": "proposed_by__username", "proposed_at": "proposed_at",
    "expires_at": "expires_at", "decided_by": "decided_by__username", "decided_at": "decided_at",
    "remark": "remark", "digest": "digest",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed to; empty means all. `text`: in subject, reason or remark. `who`
    proposed or decided. `mine`: "decide" (that the officer may decide), "own" (that he wrote)."""

    text: str = ""
    kind: str = ""
    state: str = ""
    office: str = ""
    who: str = ""
    mine: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an officer stands to a proposal: what its page offers him, and why not more."""

    may_decide: bool
    may_withdraw: bool
    why_not: str


def standing(user: User, proposal: Proposal | None) -> Standing:
    """None: nothing waits, and nothing is offered."""
    if proposal is None:
        return Standing(may_decide=False, may_withdraw=False, why_not="")
    why = why_not(user, proposal)
    mine = proposal.state == Proposal.State.WAITING and proposal.proposed_by_id == user.pk
    return Standing(not why, mine, why)


def proposals(
    user: User, wanted: Wanted, *, order: str = "", descending: bool = False
) -> QuerySet[Proposal]:
    """Those in sight that match. Without an order: what he may decide first, then what waits, then
    the newest; `decide` on each says which he may. Raises Denied."""
    check(user, READ)
    mine = decidable(user)
    rows = Proposal.objects.filter(in_sight(user)).annotate(
        decide=Case(When(mine, then=Value(value=True)), default=Value(value=False))
    )
    rows = _narrowed(rows, user, wanted)
    rows = rows.select_related("proposed_by", "decided_by").prefetch_related("offices")
    if not order:
        rank = Case(When(mine, then=0), When(state=Proposal.State.WAITING, then=1), default=2)
        return rows.order_by(rank, "-proposed_at", "-pk")
    column = F(ORDERS[order])
    ordered = column.desc(nulls_last=True) if descending else column.asc(nulls_last=True)
    return rows.order_by(ordered, "-pk")


def _narrowed(rows: QuerySet[Proposal], user: User, wanted: Wanted) -> QuerySet[Proposal]:
    if text := wanted.text.strip():
        said = Q(reason__icontains=text) | Q(remark__icontains=text)
        rows = rows.filter(said | Q(subject__icontains=text))
    for field in ("kind", "state"):
        if value := getattr(wanted, field):
            rows = rows.filter(**{field: value})
    if wanted.office.strip():
        rows = rows.filter(offices__office=wanted.office.strip())
    if who := wanted.who.strip():
        rows = rows.filter(Q(proposed_by__username=who) | Q(decided_by__username=who))
    if wanted.mine == "decide":
        rows = rows.filter(decide=True)
    elif wanted.mine == "own":
        rows = rows.filter(pk__in=Proposal.objects.filter(authors=user).values("pk"))
    return rows


def proposal(user: User, number: int) -> Proposal | None:
    """One in sight. Raises Denied."""
    return proposals(user, Wanted()).filter(pk=number).first()


def earlier(user: User, proposal: Proposal) -> QuerySet[Proposal]:
    """What was proposed for the same thing at other times, the newest first. Raises Denied."""
    rows = proposals(user, Wanted(kind=proposal.kind), order="number", descending=True)
    return rows.filter(subject=proposal.subject).exclude(pk=proposal.pk)


def to_decide(user: User, *kinds: str) -> int:
    """How many wait that the officer may decide; of some kinds, or of all."""
    rows = Proposal.objects.filter(decidable(user))
    return (rows.filter(kind__in=kinds) if kinds else rows).count()


def exported(user: User, wanted: Wanted) -> Iterator[Sequence[object]]:
    """Those that match, after a head, to be written to a file. Raises Denied."""
    rows = list(proposals(user, wanted).values_list(*EXPORTED.values()))
    record(user, "proposal.export", rows=len(rows))
    return chain([tuple(EXPORTED)], rows)
