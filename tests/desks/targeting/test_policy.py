"""The selection policy under four eyes: proposed, decided, in force, replayed, rolled back."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from tests.desks.targeting.test_selecting import DAY, arrives, declared
from tests.desks.targeting.test_what_if import asked, tried
from tests.fixtures.traffic import NORTH
from tidewaiter.desks.control.actions import set_capacity
from tidewaiter.desks.control.queries import capacity_frame
from tidewaiter.desks.targeting.actions import policy as actions
from tidewaiter.desks.targeting.actions.online import _loaded, assess_and_select
from tidewaiter.desks.targeting.actions.profiles import active_profile_set
from tidewaiter.desks.targeting.actions.selecting import select_days
from tidewaiter.desks.targeting.actions.verify import verify_house
from tidewaiter.desks.targeting.models import PolicyVersion, SelectionRun
from tidewaiter.desks.targeting.queries.before import authorised, days_of_traders
from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, SELECTIONS
from tidewaiter.engine.risk.facts import conform
from tidewaiter.engine.risk.selection import SelectionPolicy, before, select
from tidewaiter.engine.risk.value import OF_ITEM, by_declaration
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.chance.actions import day_key
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.store import lake

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/targeting/policy/"
LATER = DAY + timedelta(days=1)
State = PolicyVersion.State
PLAIN = SelectionPolicy()
ALL_RED = replace(PLAIN, lanes=(replace(PLAIN.lanes[0], random_rate=1.0), *PLAIN.lanes[1:]))


@pytest.fixture
def anna(browse, traffic):
    """Proposes."""
    return browse("targeting_officer", "supervisor", national=True)


@pytest.fixture
def hugo(browse):
    """Decides."""
    return browse("head_of_enforcement", national=True)


def figures(client) -> dict[str, object]:
    """The form of figures as shown, and what has to go with them."""
    context = client.get(f"{URL}new").context
    shown = {name: field.initial for name, field in context["figures"].fields.items()}
    return shown | {"seen": context["form"]["seen"].value(), "reason": "Chance found more."}


def proposed(client, **changes):
    answer = client.post(f"{URL}new", figures(client) | changes)
    assert answer.status_code == 302, answer.content.decode()
    return PolicyVersion.objects.latest("number")


def decided(client, version, *, agree=True, remark=""):
    return client.post(f"{URL}{version.number}/decide", {"agree": int(agree), "remark": remark})


def in_force(proposer, approver, policy, reason="A better one."):
    version = actions.propose(proposer, policy, reason=reason)
    return actions.decide(approver, version, agree=True)


def test_nothing_counts_before_a_second_officer_agrees(anna, hugo):
    version = proposed(anna, red_random_rate=5, weight_drugs=3, legal_basis="Article 46")
    assert (version.number, version.state, version.legal_basis) == (2, "proposed", "Article 46")
    assert actions.current_policy() == PLAIN
    page = hugo.get(f"{URL}2/").content.decode()
    for told in ("Chance found more.", "Red: random share, %", "0.25", "5", "Drugs", "3"):
        assert told in page
    assert decided(anna, version).status_code == 403
    assert decided(hugo, version).status_code == 302
    now = actions.current_policy()
    assert (now.lanes[0].random_rate, now.weights) == (0.05, {"drugs": 3.0})
    first, second = PolicyVersion.objects.order_by("number")
    assert (first.state, first.superseded_by, second.state) == ("superseded", second, "active")
    assert (second.decided_by, second.base) == (hugo.user, first)
    told = list(Entry.objects.filter(action__startswith="policy.").values_list("action", "actor"))
    assert told[::-1] == [
        ("policy.begin", "system"),
        ("policy.propose", anna.user.username),
        ("policy.approve", hugo.user.username),
    ]


def test_nobody_decides_his_own_proposal_nor_one_of_all_offices_from_one_office(browse, officer):
    both = browse("targeting_officer", "head_of_enforcement", national=True)
    version = proposed(both, red_random_rate=5)
    assert decided(both, version).status_code == 403
    local = browse("targeting_officer", "head_of_enforcement", offices=[NORTH])
    assert decided(local, version).status_code == 403
    assert local.get(f"{URL}new").status_code == 403
    assert "Approve" not in local.get(f"{URL}2/").content.decode()
    with pytest.raises(Denied):
        actions.propose(local.user, ALL_RED, reason="Mine.")
    with pytest.raises(Denied):
        actions.propose(officer("inspector", national=True), ALL_RED, reason="Mine.")


def test_a_refusal_needs_a_reason_and_changes_nothing(anna, hugo):
    version = proposed(anna, limit=20)
    answer = decided(hugo, version, agree=False)
    assert answer.status_code == 400
    assert "Say why." in answer.content.decode()
    assert decided(hugo, version, agree=False, remark="Too hard.").status_code == 302
    version.refresh_from_db()
    assert (version.state, version.remark) == ("refused", "Too hard.")
    assert actions.current_policy() == PLAIN
    again = decided(hugo, version)
    assert "refused by now" in again.content.decode()


def test_one_change_waits_at_a_time_and_can_be_taken_back(anna, hugo):
    version = proposed(anna, limit=20)
    answer = anna.post(f"{URL}new", figures(anna) | {"limit": 30})
    assert "waits for a decision" in answer.content.decode()
    assert hugo.post(f"{URL}2/withdraw").status_code == 403
    assert anna.post(f"{URL}2/withdraw").status_code == 302
    version.refresh_from_db()
    assert version.state == "withdrawn"
    assert proposed(anna, limit=30).number == 3


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Nothing differs"),
        ({"limit": 30, "reason": " "}, "required"),
        ({"limit": 101}, "100"),
        ({"red_random_rate": 60, "blue_random_rate": 60}, "add up to more than 1"),
        ({"limit": 30, "seen": "another"}, "come into force meanwhile"),
    ],
)
def test_a_proposal_that_cannot_be_is_refused_with_the_reason(anna, changes, said):
    answer = anna.post(f"{URL}new", figures(anna) | changes)
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not PolicyVersion.objects.filter(state="proposed").exists()


def test_what_was_tried_is_proposed_with_its_figures(anna, hugo, browse):
    address = tried(anna, red_random_rate=20, red_capacity=200)
    number = int(address.rstrip("/").rpartition("/")[2])
    assert f"/targeting/policy/new?trial={number}" in anna.get(address).content.decode()
    page = anna.get(f"{URL}new?trial={number}").content.decode()
    assert "Red: random share, %" in page
    given = {"trial": number, "reason": "See the trial.", "seen": PLAIN.version}
    assert anna.post(f"{URL}new", given).status_code == 302
    version = PolicyVersion.objects.latest("number")
    assert version.as_policy.lanes[0].random_rate == 0.2
    shown = hugo.get(f"{URL}2/").content.decode()
    assert "The trial it rests on" in shown
    assert "physical 200" in shown
    assert hugo.get(address).status_code == 200
    assert browse("head_of_enforcement", offices=[NORTH]).get(address).status_code == 404
    assert hugo.get(f"{URL}new?trial={number}").status_code == 403


def test_an_earlier_version_is_tried_before_it_is_proposed_again(anna, hugo):
    in_force(anna.user, hugo.user, ALL_RED)
    page = anna.get("/targeting/what-if/?version=1")
    form = page.context["form"]
    assert "These are the figures of version 1." in page.content.decode()
    given = {name: field.initial for name, field in form.fields.items()} | {"version": 1}
    assert given["red_random_rate"] == 0.25
    changed = [one.now for _lane, row in form.lanes for one in row if one.changed]
    assert changed == ["100"]
    address = anna.post("/targeting/what-if/", given)["Location"]
    text = anna.get(f"{address}policy.toml").content.decode()
    assert SelectionPolicy.from_toml(text) == PLAIN


@pytest.mark.parametrize(
    "query", ["trial=x", "trial=7", f"trial={'9' * 50}", "version=9", "version=²"]
)
def test_an_address_that_names_nothing_is_not_found(anna, query):
    assert anna.get(f"{URL}new?{query}").status_code == 404
    assert anna.get(f"{URL}1/?against={'9' * 5000}").status_code == 200


def test_a_trial_of_somebody_else_is_nothing_to_rest_on(anna, browse):
    address = tried(anna, red_random_rate=20)
    number = address.rstrip("/").rpartition("/")[2]
    other = browse("analyst", national=True)
    assert other.get(f"{URL}new?trial={number}").status_code == 404


def test_back_to_an_earlier_version_goes_the_same_way(anna, hugo):
    in_force(anna.user, hugo.user, ALL_RED)
    page = anna.get(f"{URL}new?version=1")
    assert page.context["form"]["reason"].value() == "Back to version 1: "
    given = {"version": 1, "reason": "Back to version 1: too many.", "seen": ALL_RED.version}
    anna.post(f"{URL}new", given)
    assert decided(hugo, PolicyVersion.objects.latest("number")).status_code == 302
    now = actions.in_force()
    assert (now.number, now.as_policy) == (3, PLAIN)
    assert "No figure differs" in hugo.get(f"{URL}3/?against=1").content.decode()


def test_the_history_is_filtered_sorted_and_exported(anna, hugo, browse):
    in_force(anna.user, hugo.user, ALL_RED, "=All of it")
    refused = actions.propose(anna.user, PLAIN, reason="Less of it")
    actions.decide(hugo.user, refused, agree=False, remark="Not yet")

    def numbers(query):
        return [int(row.cells[0]) for row in anna.get(f"{URL}?{query}").context["table"].rows]

    assert numbers("") == [3, 2, 1]
    assert numbers("sort=since") == [1, 2, 3]
    assert numbers("sort=-decider") == [3, 2, 1]
    assert numbers("state=refused") == [3]
    assert numbers("q=all of") == [2]
    assert numbers(f"who={hugo.user.username}") == [3, 2]
    sheet = pl.read_csv(io.BytesIO(anna.get(f"{URL}export?state=active").getvalue()))
    assert sheet["version"].to_list() == [2]
    assert sheet["reason"].to_list() == ["'=All of it"]  # no formula of a spreadsheet
    assert browse("supervisor", national=True).get(f"{URL}export").status_code == 403


def test_a_file_of_the_administrator_is_taken_over_once(anna, hugo):
    PolicyVersion.objects.all().delete()
    path = Path(settings.HOME) / "policy.toml"
    path.write_text("cost_per_minute = 0.5\n", "utf-8")
    first = actions.in_force()
    assert (first.number, first.as_policy.cost_per_minute) == (1, 0.5)
    assert first.reason == "Taken over from policy.toml."
    assert actions.unread_file() is None
    path.write_text("cost_per_minute = 0.7\n", "utf-8")
    assert actions.current_policy().cost_per_minute == 0.5
    assert "not read any more" in anna.get(URL).content.decode()
    with path.open("rb") as file:
        anna.post(f"{URL}import", {"file": file, "reason": "The administrator's figure."})
    version = PolicyVersion.objects.latest("number")
    assert (version.state, version.as_policy.cost_per_minute) == ("proposed", 0.7)
    assert actions.unread_file() is None


def test_a_file_that_cannot_be_used_proposes_nothing(anna):
    for text, said in ((b"lanes = 3", "ill-formed"), (b"\xff\xfe", "UTF-8")):
        given = {"file": io.BytesIO(text), "reason": "Try."}
        given["file"].name = "policy.toml"
        page = anna.post(f"{URL}import", given, follow=True).content.decode()
        assert said in page
    with pytest.raises(ValidationError, match="ill-formed"):
        actions.import_policy(anna.user, "lanes = 3", reason="Try.")
    assert not PolicyVersion.objects.filter(state="proposed").exists()


@pytest.fixture
def operator(officer, home):
    _loaded.clear()
    return officer("operator", "supervisor", national=True, username="operator")


def test_it_bites_in_batch_and_online_and_each_selection_keeps_its_own(operator, officer, hugo):
    anna = officer("targeting_officer", national=True)
    arrives(declared(range(300, 320), "ONE", DAY), expected_value=1.0)
    set_capacity(operator, office=NORTH, control="physical", minutes_per_day=120)
    select_days(operator, DAY)
    earlier = lake().current(SELECTIONS).collect()
    assert set(earlier["policy"]) == {PLAIN.version}
    assert earlier.filter(lane="red").height < 20

    in_force(anna, hugo.user, ALL_RED)
    arrives(declared(range(320, 330), "TWO", LATER), expected_value=1.0)
    select_days(operator, LATER)
    later = lake().current(SELECTIONS).filter(importer="TWO").collect()
    assert set(later["lane"]) == {"red"}
    assert set(later["policy"]) == {ALL_RED.version}
    assert SelectionRun.objects.latest("started_at").policy == ALL_RED.version

    _loaded.clear()  # a server process looks every two seconds
    (row,) = declared([340], "THREE", LATER)
    items = pl.DataFrame([row], schema_overrides=dict(DECLARATIONS.schema))
    one = assess_and_select(conform(items).select(DECLARATIONS.incoming.names()))[1]
    assert (one["lane"], one["policy"]) == ("red", ALL_RED.version)

    assert replayed(earlier).equals(earlier.select(DECIDED).sort("declaration_id"))
    report = {line.check: line for line in verify_house(operator)}
    assert report["random share"].ok
    assert report["random share"].said == "30 selections drawn again"
    assert report["selection policy"].ok


DECIDED = ("declaration_id", "lane", "controls", "selected_by", "selection_probability", "policy")


def replayed(selections: pl.DataFrame) -> pl.DataFrame:
    """The selections of a day made again, with the policy that each of them names."""
    policy = actions.policy_of(selections["policy"][0])
    items = lake().current(ASSESSMENTS).select(OF_ITEM).collect()
    items = items.join(selections, on="declaration_id", how="semi")
    again = select(
        by_declaration(items),
        profiles=active_profile_set(DAY),
        capacity=capacity_frame(),
        policy=policy,
        day_keys={DAY: day_key(DAY)},
        run_id="again",
        at=selections["selected_at"][0],
        traders=before.traders(
            days_of_traders(DAY, DAY, policy).lazy().filter(pl.lit(value=False)),
            DAY, policy, authorised(DAY, policy),
        ),
    )  # fmt: skip
    return again.rows.select(DECIDED).sort("declaration_id")


def test_a_share_that_was_not_drawn_is_found_out(operator):
    arrives(declared(range(300, 320), "ONE", DAY), expected_value=1.0)
    select_days(operator, DAY)
    forged = lake().current(SELECTIONS).collect().with_columns(
        pl.col("version") + 1, selected_by=pl.lit("random")
    )  # fmt: skip
    lake().append(SELECTIONS, [forged], cause="forged")
    report = {line.check: line for line in verify_house(operator)}
    assert not report["random share"].ok


def test_the_form_shows_what_differs_from_what_is_in_force(anna, hugo):
    page = anna.post("/targeting/what-if/", asked(anna, red_random_rate=7, limit=101))
    form = page.context["form"]
    changed = {one.field.name for _lane, row in form.lanes for one in row if one.changed}
    assert changed == {"red_random_rate"}
    assert "in force: 0.25" in page.content.decode()
    odd = replace(PLAIN, cost_per_minute=1 / 3)
    in_force(anna.user, hugo.user, odd)
    version = proposed(anna, limit=20)
    # What the form shows rounded and nobody touched keeps all its digits.
    assert version.as_policy.cost_per_minute == 1 / 3
