"""What the targeting desk proposes, decided on the page of proposals, and what becomes of it in time."""

from __future__ import annotations

import importlib
from dataclasses import replace
from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from tests.access.of_targeting import declaration_of
from tests.desks.targeting.test_profiles import in_force, profile
from tidewaiter.desks.targeting.actions import learning, lists, overrides, policy, profiles
from tidewaiter.desks.targeting.models import Override, ProfileVersion, RiskModelVersion
from tidewaiter.engine.records import SELECTIONS
from tidewaiter.engine.risk.lists import ListEntry
from tidewaiter.platform.accounts import delegations
from tidewaiter.platform.accounts.roles import ROLES
from tidewaiter.platform.foureyes import actions as foureyes
from tidewaiter.platform.foureyes.models import Proposal
from tidewaiter.platform.foureyes.registry import KINDS
from tidewaiter.platform.jobs.steps import Unwatched
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.store import lake

pytestmark = pytest.mark.django_db
State = ProfileVersion.State
WHY = "A letter of last week names the seller."


@pytest.fixture
def anna(officer):
    """Proposes."""
    return officer("targeting_officer", "analyst", national=True, username="anna")


@pytest.fixture
def berta(browse):
    """Decides."""
    return browse("profile_approver", "head_of_enforcement", national=True)


def waiting() -> Proposal:
    return Proposal.objects.get(state="waiting")


def page_of(client, found: Proposal) -> str:
    return client.get(f"/four-eyes/{found.pk}/").content.decode()


def approved(client, found: Proposal) -> str:
    answer = client.post(f"/four-eyes/{found.pk}/approve", follow=True)
    assert "Approved." in answer.content.decode()
    return answer.content.decode()


def expire(operator) -> None:
    Proposal.objects.filter(state="waiting").update(expires_at=timezone.now())
    assert foureyes.expire_overdue(operator, Unwatched()) == 1


def test_whoever_decides_something_opens_the_page():
    for kind in KINDS.values():
        holders = [role for role in ROLES.values() if kind.permission in role.may]
        assert holders
        assert all("proposals.read" in role.may for role in holders), kind.code


def test_a_profile(anna, berta, operator):
    before = in_force(anna, berta.user, profile())
    version = profiles.save_and_propose(anna, profile(condition="net_mass > 9"), change="Fewer.")
    page = page_of(berta, waiting())
    for told in ("net_mass &gt; 5", "net_mass &gt; 9", "Fewer.", "P1"):
        assert told in page
    expire(operator)
    version.refresh_from_db()
    assert (version.state, version.proposed_by) == (State.DRAFT, None)
    assert "Not decided in time" in berta.get("/targeting/profiles/P1/").content.decode()
    version = profiles.propose(anna, version)
    done = approved(berta, waiting())
    assert "net_mass &gt; 5" in done
    version.refresh_from_db()
    before.refresh_from_db()
    assert (version.state, before.state) == (State.ACTIVE, State.RETIRED)


def test_a_profile_on_its_own_page_says_who_does_not_decide(anna, berta, browse, officer):
    version = profiles.save_and_propose(anna, profile())
    dora = officer("profile_approver", national=True)
    delegations.set_superior(None, dora, anna)
    address = "/targeting/profiles/P1/"
    page = browse(dora).get(address).content.decode()
    assert "anna leads you: somebody else decides." in page
    assert 'name="agree"' not in page
    refused = browse(dora).post(f"{address}decide", {"version": version.number, "agree": "1"})
    assert refused.status_code == 403
    assert "leads you" in refused.content.decode()
    assert Entry.objects.filter(action="access.refuse").get().detail["why"]
    assert 'name="agree"' in berta.get(address).content.decode()


def test_a_retirement(anna, berta, operator):
    version = in_force(anna, berta.user, profile())
    profiles.propose_retirement(anna, version, reason="no finds")
    expire(operator)
    version.refresh_from_db()
    assert version.state == State.ACTIVE
    profiles.propose_retirement(anna, version, reason="no finds still")
    assert "no finds still" in page_of(berta, waiting())
    approved(berta, waiting())
    version.refresh_from_db()
    assert version.state == State.RETIRED


def test_what_takes_its_place_or_ends_leaves_nothing_waiting(anna, berta, operator):
    version = in_force(anna, berta.user, profile())
    profiles.propose_retirement(anna, version, reason="no finds")
    in_force(anna, berta.user, profile(condition="net_mass > 7"))
    lapsed = Proposal.objects.get(kind="profile.retirement")
    assert (lapsed.state, lapsed.remark) == ("expired", "Version 2 took its place.")
    today = timezone.localdate()
    last = in_force(anna, berta.user, profile("P2", valid_to=today))
    profiles.propose_retirement(anna, last, reason="no finds")
    assert profiles.end_the_ended(operator, today + timedelta(days=1)) == ["P2"]
    assert not Proposal.objects.filter(state="waiting").exists()


def test_a_shadow(anna, berta, operator):
    version = profiles.save_and_propose(anna, profile(), shadow_days=7)
    first = waiting()
    approved(berta, first)
    second = waiting()
    assert (second.kind, second.proposed_by) == ("profile.shadow", anna)
    assert second.expires_at - first.expires_at >= timedelta(days=7)
    wider = profiles.save_and_propose(anna, profile(condition="net_mass > 1"))
    approved(berta, Proposal.objects.get(kind="profile.activation", state="waiting"))
    version.refresh_from_db()
    wider.refresh_from_db()
    assert (version.state, wider.state) == (State.RETIRED, State.ACTIVE)
    assert not Proposal.objects.filter(state="waiting").exists()
    third = profiles.save_and_propose(anna, profile(condition="net_mass > 3"), shadow_days=7)
    approved(berta, waiting())
    expire(operator)
    third.refresh_from_db()
    assert third.state == State.REFUSED


def test_the_policy(anna, berta, operator):
    changed = replace(policy.current_policy(), cost_per_minute=1.5)
    version = policy.propose(anna, changed, reason="A minute costs.")
    assert "1.5" in page_of(berta, waiting())
    expire(operator)
    version.refresh_from_db()
    assert (version.state, version.decided_by) == ("withdrawn", None)
    policy.propose(anna, changed, reason="A minute costs.")
    approved(berta, waiting())
    assert policy.current_policy() == changed


def test_a_removal_from_a_list(anna, berta, operator):
    made = lists.create_list(anna, name="suspended")
    lists.add_values(anna, made, [ListEntry("I1", note="ruling 7"), ListEntry("I2")])
    rows = list(made.values.all())
    lists.propose_removal(anna, rows, reason="acquitted")
    expire(operator)
    assert lists.propose_removal(anna, rows, reason="acquitted") == 2
    page = page_of(berta, waiting())
    for told in ("I1", "ruling 7", "I2", "acquitted"):
        assert told in page
    approved(berta, waiting())
    assert not made.values.in_force().exists()


def lane_of(number: str) -> str:
    lanes = lake().current(SELECTIONS).collect()
    return dict(lanes.select("declaration_id", "lane").iter_rows())[number]


def another_lane(number: str) -> str:
    return "orange" if lane_of(number) == "red" else "red"


def test_another_lane(anna, berta, operator):
    number = declaration_of("A")
    lane = another_lane(number)
    overrides.propose_override(anna, number, lane=lane, reason=WHY)
    expire(operator)
    assert Override.objects.get().state == "withdrawn"
    overrides.propose_override(anna, number, lane=lane, reason=WHY)
    approved(berta, waiting())
    override = Override.objects.get(state="approved")
    assert (override.decided_by, override.applied_at is not None) == (berta.user, True)
    assert lane_of(number) == lane


def test_a_model(anna, berta, officer):
    model = RiskModelVersion.objects.create(
        version="f" * 64, trained_by=anna, learned_until=timezone.localdate(), metrics={"auc": 0.9}
    )
    tara = officer("analyst", "profile_approver", national=True)
    learning.propose_promotion(tara, model.version, reason="It finds more.")
    assert {one.username for one in waiting().authors.all()} == {"anna", tara.username}
    assert "0.900" in page_of(berta, waiting())
    approved(berta, waiting())
    model.refresh_from_db()
    assert (model.state, model.promoted_by) == ("champion", berta.user)
    told = Entry.objects.filter(action__in=("proposal.approve", "model.promote"))
    assert told.count() == 2


def test_what_waits_when_the_mechanism_comes_has_its_proposal(anna, officer, operator):
    """As a house of an earlier release has it: states at the desk, and no proposals."""
    other = officer("targeting_officer", national=True)
    profiles.save_draft(other, profile(offices=("A",)))
    profiles.save_and_propose(
        anna, profile(condition="net_mass > 6", offices=("A",)), change="New."
    )
    policy.propose(
        anna, replace(policy.current_policy(), cost_per_minute=1.5), reason="A minute costs."
    )
    made = lists.create_list(anna, name="suspended")
    lists.add_values(anna, made, [ListEntry("I1"), ListEntry("I2")])
    lists.propose_removal(anna, made.values.all(), reason="acquitted")
    number = declaration_of("A")
    overrides.propose_override(anna, number, lane=another_lane(number), reason=WHY)
    RiskModelVersion.objects.create(
        version="f" * 64, trained_by=anna, learned_until=timezone.localdate()
    )
    before = {one.kind: one for one in Proposal.objects.all()}
    offices = {kind: list(one.offices.values_list("office")) for kind, one in before.items()}
    authors = {kind: set(one.authors.all()) for kind, one in before.items()}
    made.values.update(removal=None)
    Proposal.objects.all().delete()

    name = "tidewaiter.desks.targeting.migrations.0006_proposals_that_wait"
    importlib.import_module(name).forward(apps, None)
    after = {one.kind: one for one in Proposal.objects.all()}
    assert after.pop("model.promotion").proposed_by == anna
    assert after.keys() == before.keys()
    for kind, one in after.items():
        was = before[kind]
        assert (one.subject, one.details, one.reason) == (was.subject, was.details, was.reason)
        assert one.digest == was.digest == foureyes.digest_of(one), kind
        assert list(one.offices.values_list("office")) == offices[kind]
        assert set(one.authors.all()) == authors[kind]
    approver = officer("profile_approver", national=True)
    for one in Proposal.objects.all():
        foureyes.approve(approver, one.pk)
