"""Who stands in for whom, and who leads whom."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tidewaiter.platform.accounts import delegations
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.accounts.models import Delegation, User
from tidewaiter.platform.accounts.policies import superiors
from tidewaiter.platform.ledger.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(officer):
    return [officer("inspector", offices=["A"], username=name) for name in ("ada", "ben", "cem")]


def days(first: int, last: int):
    today = timezone.localdate()
    return {"since": today + timedelta(days=first), "until": today + timedelta(days=last)}


def test_nobody_leads_himself_however_long_the_way(three, officer):
    boss = officer("administrator", national=True)
    ada, ben, cem = three
    delegations.set_superior(boss, ben, ada)
    delegations.set_superior(boss, cem, ben)
    assert superiors(cem) == [ben.pk, ada.pk]
    for leader in (ada, ben, cem):
        with pytest.raises(ValidationError, match="lead himself"):
            delegations.set_superior(boss, ada, leader)
    delegations.set_superior(boss, ben, None)
    delegations.set_superior(boss, ben, None)
    delegations.set_superior(boss, ada, cem)
    entries = Entry.objects.filter(action="account.superior", subject="ben").order_by("sequence")
    assert [(e.detail["before"], e.detail["superior"]) for e in entries] == [
        ("", "ada"), ("ada", ""),
    ]  # fmt: skip


def test_only_who_manages_the_account_says_who_leads(three, officer):
    ada, ben, _cem = three
    there = officer("administrator", offices=["B"])
    himself = officer("administrator", "inspector", offices=["A"])
    for actor, user in ((ada, ben), (there, ben), (himself, himself)):
        with pytest.raises(Denied):
            delegations.set_superior(actor, user, ada)
    assert not User.objects.exclude(superior=None).exists()


def test_somebody_stands_in_for_a_while(three):
    ada, ben, _cem = three
    made = delegations.delegate(ada, ada, ben, **days(0, 7))
    later = delegations.delegate(ada, ada, ben, **days(20, 27))
    assert set(delegations.of(ada)) == set(delegations.by(ben)) == {made, later}
    delegations.end(ada, made)
    delegations.end(ada, later)
    # Today he has stood in already; what had not begun never was.
    assert list(Delegation.objects.values_list("until", flat=True)) == [timezone.localdate()]
    told = Entry.objects.filter(action__startswith="account.delegate", subject="ada")
    assert told.count() == 4


@pytest.mark.parametrize(
    ("field", "wanted"),
    [("since", days(-1, 1)), ("until", days(2, 1)), ("until", days(0, 366))],
)
def test_days_that_make_no_sense_are_refused(three, field, wanted):
    with pytest.raises(ValidationError) as refused:
        delegations.delegate(three[0], three[0], three[1], **wanted)
    assert field in refused.value.message_dict


def test_nobody_names_another_ones_stand_in(three, officer):
    ada, ben, cem = three
    with pytest.raises(Denied):
        delegations.delegate(cem, ada, ben, **days(0, 1))
    made = delegations.delegate(officer("administrator", offices=["A"]), ada, ben, **days(0, 1))
    with pytest.raises(Denied):
        delegations.end(ben, made)
    with pytest.raises(ValidationError, match="for himself"):
        delegations.delegate(ada, ada, ada, **days(0, 1))


def test_a_colleague_is_found_by_name_and_a_stranger_is_not(three, officer):
    ada, ben, cem = three
    head, far = officer(national=True), officer(offices=["B"])
    User.objects.filter(pk=cem.pk).update(is_active=False)
    found = {one.username: delegations.colleague(ada, one.username) for one in (ben, head)}
    assert found == {"ben": ben, head.username: head}
    assert delegations.colleague(ada, far.username) is None
    assert delegations.colleague(ada, "cem") is None
    assert delegations.colleague(head, far.username) == far
