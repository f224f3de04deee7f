"""Nobody decides who may not, whatever ties there are between people: tried through the action."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.platform.foureyes.conftest import DECIDE
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.accounts.models import Delegation, HeldRole, Office, User
from tidewaiter.platform.foureyes import actions, queries
from tidewaiter.platform.foureyes.models import Proposal

pytestmark = pytest.mark.django_db
PEOPLE = range(6)
person = st.sampled_from(PEOPLE)
day = st.integers(-4, 4)


@st.composite
def worlds(draw):
    """Who leads whom, who stands in for whom and when, who decides, who sees what, who wrote what."""
    ranks = draw(st.permutations(PEOPLE))
    superior = {}
    for at, one in enumerate(ranks[1:], 1):
        superior[one] = draw(st.none() | st.sampled_from(ranks[:at]))
    pairs = st.tuples(person, person, day, st.integers(0, 4)).filter(lambda d: d[0] != d[1])
    return {
        "superior": superior,
        "delegations": draw(st.lists(pairs, max_size=5)),
        "deciders": draw(st.sets(person, min_size=2)),
        "sees": {one: draw(st.sampled_from(["all", "A", "AB", ""])) for one in PEOPLE},
        "proposer": draw(person),
        "authors": draw(st.sets(person, max_size=3)),
        "offices": draw(st.sampled_from(["", "A", "AB"])),
        "proposed": draw(st.integers(-4, 0)),
    }


def may(world, one: int) -> bool:
    """The rule once more, said in another way."""
    sees, offices = world["sees"][one], world["offices"]
    if one not in world["deciders"]:
        return False
    if sees != "all" and not (offices and set(offices) <= set(sees)):
        return False
    authors = {world["proposer"], *world["authors"]}
    above, at = set(), world["superior"].get(one)
    while at is not None:
        above.add(at)
        at = world["superior"].get(at)
    stood_in = {
        of
        for of, to, since, length in world["delegations"]
        if to == one and any(since <= d <= since + length for d in (0, world["proposed"]))
    }
    return not authors & ({one} | above | stood_in)


def build(world) -> tuple[list[User], Proposal]:
    today, now = timezone.localdate(), timezone.now()
    offices = [Office.objects.get_or_create(code=code)[0] for code in "AB"]
    users = []
    for one in PEOPLE:
        sees = world["sees"][one]
        user = User.objects.create(username=f"p{one}", password="!", national=sees == "all")
        user.offices.set(office for office in offices if sees != "all" and office.code in sees)
        if one in world["deciders"]:
            HeldRole.objects.create(user=user, role="profile_approver")
        users.append(user)
    for one, leader in world["superior"].items():
        if leader is not None:
            User.objects.filter(pk=users[one].pk).update(superior=users[leader])
    for of, to, since, length in world["delegations"]:
        first = today + timedelta(days=since)
        Delegation.objects.create(
            of=users[of], to=users[to], since=first, until=first + timedelta(days=length),
            made_by=users[of],
        )  # fmt: skip
    proposer = users[world["proposer"]]
    authors = [users[one] for one in world["authors"]]
    made = actions.propose(
        proposer, "test.figure", "figure", offices=list(world["offices"]), authors=authors
    )
    Proposal.objects.filter(pk=made.pk).update(proposed_at=now + timedelta(days=world["proposed"]))
    return [User.objects.get(pk=user.pk) for user in users], made


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(world=worlds())
def test_who_may_decide_can_and_nobody_else(desk, world):
    with undone():
        users, made = build(world)
        for one, user in enumerate(users):
            expected = may(world, one)
            assert (queries.to_decide(user) == 1) == expected
            found = queries.proposal(user, made.pk) if user.may(queries.READ) else None
            assert (found is not None and found.decide) == expected
            if found is not None:
                assert queries.standing(user, found).may_decide == expected
            for decide in (actions.approve, actions.return_):
                assert can(decide, user, made) == expected


def can(decide, user: User, made: Proposal) -> bool:
    """Whether he comes through; what he did is undone. A refusal says why, and leaves it waiting."""
    try:
        with undone():
            assert decide(user, made.pk, remark="So be it.").decided_by == user
    except Denied as denied:
        said = denied.why, denied.permission
    else:
        return True
    assert said[0]
    assert said[1] == DECIDE
    assert Proposal.objects.get(pk=made.pk).state == "waiting"
    return False


@contextmanager
def undone():
    """What is done within is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
