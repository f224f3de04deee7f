"""Proposing and deciding: one way for every action that needs a second officer."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tidewaiter.platform.accounts import delegations
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.accounts.models import Delegation, User
from tidewaiter.platform.foureyes import actions, queries
from tidewaiter.platform.foureyes.models import Proposal
from tidewaiter.platform.foureyes.policies import why_not
from tidewaiter.platform.jobs import worker
from tidewaiter.platform.jobs.actions import enqueue
from tidewaiter.platform.ledger.models import Entry

pytestmark = pytest.mark.django_db
State = Proposal.State


def proposed(by, subject="figure", **more) -> Proposal:
    return actions.propose(by, "test.figure", subject, reason="It was too low.", **more)


def verbs() -> list[tuple[str, str]]:
    found = Entry.objects.filter(action__startswith="proposal.").order_by("sequence")
    return list(found.values_list("action", "actor"))


def test_what_is_approved_is_done_once_and_told(desk, anna, berta):
    made = proposed(anna)
    assert desk.done == []
    actions.approve(berta, made.pk, remark="Agreed.")
    made.refresh_from_db()
    assert (made.state, made.decided_by, made.remark) == (State.APPROVED, berta, "Agreed.")
    assert desk.done == [("approve", "berta", "figure"), ("after", "", "figure")]
    assert verbs() == [("proposal.propose", "anna"), ("proposal.approve", "berta")]
    for again in (actions.approve, actions.return_):
        with pytest.raises(ValidationError, match="approved by now"):
            again(berta, made.pk, remark="again")
    assert len(desk.done) == 2


def test_what_is_returned_says_why(desk, anna, berta):
    made = proposed(anna)
    with pytest.raises(ValidationError, match="Say why"):
        actions.return_(berta, made.pk, remark=" ")
    actions.return_(berta, made.pk, remark="Two is enough.")
    made.refresh_from_db()
    assert (made.state, made.decided_by, made.remark) == (State.RETURNED, berta, "Two is enough.")
    assert desk.done == [("returned", "berta", "figure")]
    entry = Entry.objects.first()
    assert (entry.action, entry.reason) == ("proposal.return", "Two is enough.")


def test_only_the_proposer_takes_it_back(desk, anna, berta):
    made = proposed(anna, authors=[berta])
    with pytest.raises(Denied, match="Only who proposed it"):
        actions.withdraw(berta, made.pk)
    actions.withdraw(anna, made.pk)
    made.refresh_from_db()
    assert (made.state, made.decided_by) == (State.WITHDRAWN, None)
    assert desk.done == [("withdrawn", "anna", "figure")]


def test_one_waits_at_a_time_for_each_subject(desk, anna, berta):
    made = proposed(anna)
    proposed(anna, "another")
    with pytest.raises(ValidationError, match="waits already"):
        proposed(berta)
    actions.withdraw(anna, made.pk)
    proposed(berta)


def test_nobody_approves_what_changed_meanwhile(desk, anna, berta):
    made = proposed(anna)
    desk.now["figure"] = 2
    with pytest.raises(ValidationError, match="has changed since"):
        actions.approve(berta, made.pk)
    actions.return_(berta, made.pk, remark="Look at it again.")
    assert [step for step, *_ in desk.done] == ["returned"]


def test_what_cannot_be_done_is_not_approved(desk, anna, berta):
    made = proposed(anna)
    desk.broken = True
    with pytest.raises(ValidationError, match="cannot be done"):
        actions.approve(berta, made.pk)
    made.refresh_from_db()
    assert (made.state, desk.done) == (State.WAITING, [])
    assert verbs() == [("proposal.propose", "anna")]


def overdue(made: Proposal) -> Proposal:
    Proposal.objects.filter(pk=made.pk).update(expires_at=timezone.now())
    return made


def test_what_nobody_decides_goes_back_to_its_proposer(desk, anna, berta, officer):
    officer("operator", national=True, username="operator")
    late, waits = overdue(proposed(anna)), proposed(anna, "another")
    assert queries.to_decide(berta) == 1
    with pytest.raises(ValidationError, match="Nobody decided in time"):
        actions.approve(berta, late.pk)
    job = enqueue("foureyes.expire", actor=None)
    worker.drain()
    job.refresh_from_db()
    assert job.result == {"expired": 1}
    late.refresh_from_db()
    waits.refresh_from_db()
    assert (late.state, late.decided_by, waits.state) == (State.EXPIRED, None, State.WAITING)
    assert desk.done == [("expired", "operator", "figure")]
    entry = Entry.objects.get(action="proposal.expire")
    assert (entry.subject, entry.detail["proposer"]) == ("figure", "anna")
    proposed(anna)


def test_what_came_to_its_end_in_another_way_is_closed(desk, anna, berta):
    made = proposed(anna)
    actions.lapse(berta, "test.figure", "figure", "The figure is gone.")
    actions.lapse(berta, "test.figure", "nothing", "There is none.")
    made.refresh_from_db()
    assert (made.state, made.remark, desk.done) == (State.EXPIRED, "The figure is gone.", [])


def test_the_database_refuses_a_proposer_who_decides(desk, anna):
    made = proposed(anna)
    for state in (State.APPROVED, State.RETURNED):
        with pytest.raises(IntegrityError), transaction.atomic():
            Proposal.objects.filter(pk=made.pk).update(state=state, decided_by=anna)
        with pytest.raises(IntegrityError), transaction.atomic():
            Proposal.objects.filter(pk=made.pk).update(state=state, decided_by=None)


def test_each_refusal_names_its_reason(desk, anna, berta, officer):
    def said(user: User) -> str:
        return why_not(User.objects.get(pk=user.pk), made)

    made = proposed(anna, authors=[officer(username="carl")])
    assert said(berta) == ""
    assert said(anna) == "An officer with the permission profiles.approve decides."
    local = officer("profile_approver", offices=["A"])
    assert said(local) == "It concerns all offices: who sees all of them decides."
    both = officer("targeting_officer", "profile_approver", national=True)
    made = proposed(both, "another", authors=[berta])
    assert said(both) == "You proposed it: a second officer decides."
    assert said(berta) == "You wrote some of it: a second officer decides."
    dora = officer("profile_approver", national=True)
    delegations.set_superior(None, dora, both)
    assert said(dora) == f"{both.username} leads you: somebody else decides."
    delegations.set_superior(None, dora, None)
    today = timezone.localdate()
    delegations.delegate(both, both, dora, since=today, until=today)
    assert said(dora) == f"You stand in for {both.username}: somebody else decides."
    then = timezone.now() - timedelta(days=9)
    Proposal.objects.filter(pk=made.pk).update(proposed_at=then)
    Delegation.objects.update(since=then.date(), until=then.date())
    made.refresh_from_db()
    assert said(dora) == f"You stood in for {both.username} on that day: somebody else decides."
    made = proposed(officer(), "of an office", offices=["A", "B"])
    assert said(local) == "It concerns offices that you do not see."
    assert said(officer("profile_approver", offices=["A", "B"])) == ""


def test_what_concerns_other_offices_is_out_of_sight(desk, officer):
    here = officer("targeting_officer", offices=["A"])
    made = proposed(here, offices=["A"])
    wide = proposed(officer("targeting_officer", offices=["A", "B"]), "wide", offices=["A", "B"])
    seen = {
        "head of A": (officer("profile_approver", offices=["A"]), {made.pk}),
        "head of B": (officer("profile_approver", offices=["B"]), set()),
        "head of both": (officer("profile_approver", offices=["A", "B"]), {made.pk, wide.pk}),
        "head of all": (officer("profile_approver", national=True), {made.pk, wide.pk}),
        "the proposer": (here, {made.pk}),
        "a colleague": (officer("targeting_officer", offices=["A"]), set()),
        "nobody's": (officer("profile_approver"), set()),
    }
    for who, (user, expected) in seen.items():
        rows = queries.proposals(user, queries.Wanted())
        assert set(rows.values_list("pk", flat=True)) == expected, who
        mine = expected if user.may("profiles.approve") else set()
        assert queries.to_decide(user) == len(mine), who


@pytest.mark.django_db(transaction=True)
def test_of_two_who_approve_at_once_one_wins(desk, anna, officer):
    made = proposed(anna)
    deciders = [officer("profile_approver", national=True) for _ in range(3)]
    start, told = threading.Barrier(len(deciders)), []

    def decide(user: User) -> None:
        start.wait()
        try:
            told.append(actions.approve(user, made.pk).state)
        except ValidationError as error:
            told.append(error.message)
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(user,)) for user in deciders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["It is approved by now.", "It is approved by now.", "approved"]
    assert [step for step, *_ in desk.done] == ["approve", "after"]
