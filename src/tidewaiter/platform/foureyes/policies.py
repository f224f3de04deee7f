"""Who may decide what another one proposed: the rule of four eyes, here and nowhere else.

It takes the permission that the kind of proposal names, and sight of all that is concerned. And whoever
decides is none of these, for any of those who wrote the proposal: the author himself; who stands in for
the author, today or on the day of the proposal; whoever the author leads, at any depth.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.accounts.models import Delegation
from tidewaiter.platform.accounts.policies import superiors
from tidewaiter.platform.foureyes.models import Concerned, Proposal
from tidewaiter.platform.foureyes.registry import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from tidewaiter.platform.accounts.models import User


@dataclass(frozen=True, slots=True)
class Ties:
    """What binds an officer to others, as far as four eyes go. Keys of accounts."""

    own: int
    stands_in: frozenset[int]
    """For whom, today."""
    led_by: frozenset[int]
    """Everybody above him."""
    stood_in: tuple[tuple[int, date, date], ...]
    """For whom at any time, with the first and the last day."""

    @classmethod
    def of(cls, user: User) -> Ties:
        rows = Delegation.objects.filter(to=user)
        stood = tuple(rows.values_list("of", "since", "until"))
        today = timezone.localdate()
        now = frozenset(of for of, since, until in stood if since <= today <= until)
        return cls(user.pk, now, frozenset(superiors(user)), stood)

    def why_not(self, proposer: User, authors: Iterable[User], day: date) -> str:
        """Why he is no second officer for what they wrote on a day; empty if he is one."""
        if self.own == proposer.pk:
            return _("You proposed it: a second officer decides.")
        then = {of for of, since, until in self.stood_in if since <= day <= until}
        for author in (proposer, *authors):
            who = {"who": author.username}
            if author.pk == self.own:
                return _("You wrote some of it: a second officer decides.")
            if author.pk in self.stands_in:
                return _("You stand in for %(who)s: somebody else decides.") % who
            if author.pk in then:
                return _("You stood in for %(who)s on that day: somebody else decides.") % who
            if author.pk in self.led_by:
                return _("%(who)s leads you: somebody else decides.") % who
        return ""

    def today(self) -> set[int]:
        """For whom he is no second officer today, whenever it was."""
        return {self.own, *self.stands_in, *self.led_by}

    def bound(self) -> Q:
        """The same as a filter: proposals for which he is no second officer."""
        found = Q(authors__in=self.today())
        for of, since, until in self.stood_in:
            last = _midnight(until + timedelta(days=1))
            found |= Q(authors=of, proposed_at__gte=_midnight(since), proposed_at__lt=last)
        return found


def why_not_second(user: User, author: User, day: date | None = None) -> str:
    """Why somebody is no second officer for what another one did on a day (today), where that is no
    proposal; empty if he is."""
    return Ties.of(user).why_not(author, (), day or timezone.localdate())


def why_not(user: User, proposal: Proposal, ties: Ties | None = None) -> str:
    """Why somebody may not decide on a proposal, as a sentence; empty if he may. `ties` spares asking
    for them again."""
    if not proposal.waits:
        return _("It does not wait any more.")
    kind = KINDS.get(proposal.kind)
    if kind is None:
        return _("This release does not know such proposals any more.")
    if not user.may(kind.permission):
        return _("An officer with the permission %(name)s decides.") % {"name": kind.permission}
    if not kind.shared and (said := _out_of_reach(user, proposal)):
        return said
    day = timezone.localdate(proposal.proposed_at)
    return (ties or Ties.of(user)).why_not(proposal.proposed_by, proposal.authors.all(), day)


def may_decide(user: User, proposal: Proposal) -> bool:
    return not why_not(user, proposal)


def check_decides(user: User, proposal: Proposal) -> None:
    """Raises Denied, which says why."""
    if why := why_not(user, proposal):
        kind = KINDS.get(proposal.kind)
        raise Denied(kind.permission if kind else "", why)


def _out_of_reach(user: User, proposal: Proposal) -> str:
    scope = user.scope()
    offices = [one.office for one in proposal.offices.all()]
    if scope.national or (offices and all(scope.allows(code) for code in offices)):
        return ""
    if offices:
        return _("It concerns offices that you do not see.")
    return _("It concerns all offices: who sees all of them decides.")


def decidable(user: User) -> Q:
    """Proposals that `why_not` has nothing against, as a filter."""
    waiting = Q(state=Proposal.State.WAITING, expires_at__gt=timezone.now())
    bound = Proposal.objects.filter(Ties.of(user).bound()).values("pk")
    return waiting & _entitled(user) & ~Q(pk__in=bound)


def in_sight(user: User) -> Q:
    """Proposals that somebody may know of: those that he could decide if he were a second officer, and
    those that he wrote. Nothing of offices that he does not see."""
    mine = Proposal.objects.filter(authors=user).values("pk")
    shared = [kind.code for kind in KINDS.values() if kind.shared]
    within = Q(kind__in=shared) | ~Q(Exists(_beyond(user)))
    return _entitled(user) | (Q(pk__in=mine) & within)


def _entitled(user: User) -> Q:
    """By permission and offices."""
    kinds = [kind for kind in KINDS.values() if user.may(kind.permission)]
    shared = Q(kind__in=[kind.code for kind in kinds if kind.shared])
    others = Q(kind__in=[kind.code for kind in kinds if not kind.shared])
    if user.scope().national:
        return shared | others
    named = Exists(Concerned.objects.filter(proposal=OuterRef("pk")))
    return shared | (others & Q(named) & ~Q(Exists(_beyond(user))))


def _beyond(user: User) -> object:
    """The offices of a proposal that an officer does not see."""
    rows = Concerned.objects.filter(proposal=OuterRef("pk"))
    scope = user.scope()
    return rows.none() if scope.national else rows.exclude(office__in=sorted(scope.codes))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
