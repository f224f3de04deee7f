"""Profiles at the targeting desk: their life under four eyes, what is in force, files."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ValidationError

from tidewaiter.desks.targeting.actions import profiles as actions
from tidewaiter.desks.targeting.actions.lists import (
    add_values,
    create_list,
    current_lists,
    import_lists,
)
from tidewaiter.desks.targeting.models import ProfileVersion, RiskProfile
from tidewaiter.engine.risk.lists import ListEntry
from tidewaiter.engine.risk.profiles import Profile, read_profiles
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.ledger.models import Entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidewaiter.platform.accounts.models import User

pytestmark = pytest.mark.django_db
EXAMPLES = Path(__file__).parents[3] / "examples"
DAY = date(2026, 3, 1)
State = ProfileVersion.State


@pytest.fixture
def writer(officer: Callable[..., User]) -> User:
    return officer("targeting_officer", national=True, clearance=3)


@pytest.fixture
def approver(officer: Callable[..., User]) -> User:
    return officer("profile_approver", national=True)


def profile(code: str = "P1", condition: str = "net_mass > 5", **more: object) -> Profile:
    return replace(Profile(code, f"Title of {code}", condition), **more)


def in_force(writer: User, approver: User, wanted: Profile) -> ProfileVersion:
    version = actions.propose(writer, actions.save_draft(writer, wanted))
    return actions.decide(approver, version, agree=True)


def codes() -> list[str]:
    return list(actions.active_profile_set(DAY).codes)


def test_a_profile_bites_only_when_a_second_officer_agreed(writer: User, approver: User) -> None:
    version = actions.save_draft(writer, profile(), change="first")
    assert codes() == []
    version = actions.propose(writer, version)
    assert codes() == []
    actions.decide(approver, version, agree=True)
    assert codes() == ["P1"]
    assert list(Entry.objects.values_list("action", flat=True))[::-1] == [
        "profile.draft", "profile.propose", "profile.approve",
    ]  # fmt: skip


def test_nobody_approves_what_he_wrote_or_proposed(officer: Callable[..., User]) -> None:
    both = officer("targeting_officer", "profile_approver", national=True)
    other = officer("targeting_officer", "profile_approver", national=True)
    version = actions.propose(both, actions.save_draft(both, profile()))
    with pytest.raises(Denied):
        actions.decide(both, version, agree=True)
    # Written by one and proposed by another: neither of them decides.
    version = actions.save_draft(both, profile("P2"))
    version = actions.propose(other, version)
    for one in (both, other):
        with pytest.raises(Denied):
            actions.decide(one, version, agree=True)
    assert codes() == []


def test_rights(writer: User, approver: User, officer: Callable[..., User]) -> None:
    reader = officer("analyst", national=True)
    for nobody in (reader, approver):
        with pytest.raises(Denied):
            actions.save_draft(nobody, profile())
    version = actions.propose(writer, actions.save_draft(writer, profile()))
    for nobody in (reader, officer("targeting_officer", national=True)):
        with pytest.raises(Denied):
            actions.decide(nobody, version, agree=True)
    with pytest.raises(Denied):
        actions.import_profiles(writer, [], approve=True)


def test_an_office_writes_and_sees_its_own_profiles_only(officer: Callable[..., User]) -> None:
    here = officer("targeting_officer", offices=["A"])
    boss = officer("profile_approver", offices=["B"])
    version = actions.propose(here, actions.save_draft(here, profile(offices=("A",))))
    for offices in ((), ("B",), ("A", "B")):
        with pytest.raises(Denied):
            actions.save_draft(here, profile("P2", offices=offices))
    with pytest.raises(Denied):
        actions.decide(boss, version, agree=True)
    visible = RiskProfile.objects.visible_to
    assert visible(here).count() == 1
    assert visible(boss).count() == 0
    assert visible(officer("targeting_officer", offices=["A", "B"])).count() == 1
    assert visible(officer("targeting_officer")).count() == 0


def test_an_office_cannot_take_over_a_national_code(
    writer: User, officer: Callable[..., User]
) -> None:
    actions.save_draft(writer, profile())
    with pytest.raises(Denied):
        actions.save_draft(officer("targeting_officer", offices=["A"]), profile(offices=("A",)))


def test_what_is_proposed_cannot_be_changed(writer: User) -> None:
    actions.propose(writer, actions.save_draft(writer, profile()))
    with pytest.raises(ValidationError):
        actions.save_draft(writer, profile(condition="net_mass > 6"))


def test_a_draft_may_be_wrong_but_is_not_proposed_so(writer: User) -> None:
    version = actions.save_draft(writer, profile(condition="net_mas > 5", reason="{orgin}"))
    with pytest.raises(ValidationError) as raised:
        actions.propose(writer, version)
    assert set(raised.value.message_dict) == {"condition", "reason"}
    assert "net_mass" in raised.value.message_dict["condition"][0]


def test_a_new_version_takes_the_place_of_the_old_one(writer: User, approver: User) -> None:
    first = in_force(writer, approver, profile())
    before = actions.active_profile_set(DAY).version
    in_force(writer, approver, profile(condition="net_mass > 9"))
    now = actions.active_profile_set(DAY)
    assert [p.condition for p in now.profiles] == ["net_mass > 9"]
    first.refresh_from_db()
    assert (first.state, first.as_profile.condition) == (State.RETIRED, "net_mass > 5")
    again = actions.load_profile_set(before, current_lists())
    assert [p.condition for p in again.profiles] == ["net_mass > 5"]


def test_retirement_needs_a_second_officer_too(writer: User, approver: User) -> None:
    version = in_force(writer, approver, profile())
    version = actions.propose_retirement(writer, version, reason="no finds")
    assert codes() == ["P1"]
    with pytest.raises(Denied):
        actions.decide(writer, version, agree=True)
    actions.decide(approver, version, agree=False, remark="keep it a month")
    assert codes() == ["P1"]
    version = actions.propose_retirement(writer, version, reason="no finds still")
    actions.decide(approver, version, agree=True)
    assert codes() == []
    assert RiskProfile.objects.get().state == RiskProfile.State.RETIRED


def test_refused_withdrawn_and_given_up(writer: User, approver: User) -> None:
    version = actions.propose(writer, actions.save_draft(writer, profile()))
    with pytest.raises(ValidationError):
        actions.decide(approver, version, agree=False)
    version = actions.decide(approver, version, agree=False, remark="too wide")
    assert version.state == State.REFUSED
    version = actions.propose(writer, actions.save_draft(writer, profile()))
    assert version.number == 2
    version = actions.withdraw(writer, version)
    assert version.state == State.DRAFT
    actions.discard_draft(writer, version)
    assert actions.save_draft(writer, profile()).number == 3
    with pytest.raises(ValidationError):
        actions.propose(writer, version)


def test_profiles_of_the_past_are_left_out_and_lists_are_used(writer: User, approver: User) -> None:
    suspended = create_list(writer, name="suspended")
    add_values(writer, suspended, [ListEntry("I1")])
    in_force(writer, approver, profile("OLD", valid_to=date(2026, 2, 28)))
    in_force(writer, approver, profile("NEW", "importer IN LIST('suspended')"))
    now = actions.active_profile_set(DAY)
    assert now.codes == ("NEW",)
    assert now.evaluate_row({"importer": "I1"}) == (["NEW"], [])
    add_values(writer, suspended, [ListEntry("I2")])
    assert actions.active_profile_set(DAY).evaluate_row({"importer": "I2"}) == (["NEW"], [])


def test_a_kept_set_that_was_altered_is_not_used(
    writer: User, approver: User, settings: object
) -> None:
    in_force(writer, approver, profile())
    version = actions.active_profile_set(DAY).version
    path = Path(settings.HOME) / "risk" / "profiles" / f"{version}.json"
    path.write_text(path.read_text().replace("> 5", "> 6"))
    with pytest.raises(ValueError, match="mean something else"):
        actions.load_profile_set(version, current_lists())
    with pytest.raises(FileNotFoundError):
        actions.load_profile_set("0" * 64, current_lists())


def test_the_operator_sets_the_house_up_from_files(
    officer: Callable[..., User], tmp_path: Path
) -> None:
    operator = officer("operator", national=True)
    lists = import_lists(operator, sorted((EXAMPLES / "lists").glob("*")))
    assert all(not done.problem and done.added for done in lists)
    files = sorted((EXAMPLES / "profiles").glob("*.toml"))
    done = actions.import_profiles(operator, files, approve=True)
    assert done.problems == []
    assert len(done) == len(codes()) >= 100
    assert not actions.active_profile_set(DAY).broken
    assert Entry.objects.filter(action="profile.import").count() == len(done)
    again = actions.import_profiles(operator, files, approve=True)
    assert (len(again.versions), len(again.unchanged)) == (0, len(done))
    # What is exported and imported elsewhere is the same.
    path = tmp_path / "all.toml"
    path.write_text(actions.export_profiles(operator, RiskProfile.objects.all()))
    assert len(actions.import_profiles(operator, [path], approve=True).unchanged) == len(done)


def test_an_import_takes_the_good_and_tells_the_bad(writer: User, tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "profiles" / "security.toml", path := tmp_path / "x.toml")
    path.write_text(
        path.read_text() + '[[profile]]\ncode = "BAD"\ntitle = "x"\ncondition = "a ="\n'
    )
    done = actions.import_profiles(writer, [path])
    missing_lists = {"SEC-PRECURSOR", "SEC-DUAL-USE"}
    assert {p.profile for p in done.problems} == {"BAD", *missing_lists}
    assert {v.state for v in done.versions} == {State.DRAFT}
    assert codes() == []


def test_whoever_wrote_any_of_it_does_not_approve_it(
    writer: User, officer: Callable[..., User]
) -> None:
    both = officer("targeting_officer", "profile_approver", national=True)
    actions.save_draft(both, profile())
    version = actions.save_draft(writer, profile(condition="net_mass > 6"))
    with pytest.raises(Denied):
        actions.decide(both, actions.propose(writer, version), agree=True)


def test_nobody_overwrites_a_draft_he_has_not_read(
    writer: User, officer: Callable[..., User], tmp_path: Path
) -> None:
    other = officer("targeting_officer", national=True)
    first = actions.save_draft(writer, profile(), seen="")
    actions.save_draft(other, profile(condition="net_mass > 6"), seen=first.digest)
    with pytest.raises(ValidationError, match=other.username):
        actions.save_draft(writer, profile(condition="net_mass > 7"), seen=first.digest)
    path = tmp_path / "x.toml"
    path.write_text('[[profile]]\ncode = "P1"\ntitle = "T"\ncondition = "TRUE"\n')
    done = actions.import_profiles(writer, [path])
    assert [p.profile for p in done.problems] == ["P1"]
    assert RiskProfile.objects.get().versions.get().as_profile.condition == "net_mass > 6"
    # The operator's import stands beside the draft.
    operator = officer("operator", national=True)
    assert len(actions.import_profiles(operator, [path], approve=True)) == 1
    assert codes() == ["P1"]
    states = list(RiskProfile.objects.get().versions.values_list("number", "state"))
    assert states == [(2, State.ACTIVE), (1, State.DRAFT)]


def test_one_compiled_set_serves_all_days_with_the_same_profiles(
    writer: User, approver: User
) -> None:
    in_force(writer, approver, profile("OLD", valid_to=date(2026, 2, 28)))
    in_force(writer, approver, profile("NEW"))
    march = actions.active_profile_set(DAY)
    assert actions.active_profile_set(date(2026, 4, 1)) is march
    assert actions.active_profile_set(date(2026, 2, 28)).codes == ("NEW", "OLD")


def test_a_profile_whose_last_day_is_over_is_retired_by_itself(
    writer: User, approver: User, officer: Callable[..., User]
) -> None:
    operator = officer("operator", national=True, username="operator")
    in_force(writer, approver, profile("OLD", valid_to=date(2026, 2, 28)))
    in_force(writer, approver, profile("NOW", valid_to=DAY))
    in_force(writer, approver, profile("EVER"))
    assert actions.end_the_ended(operator, DAY) == ["OLD"]
    states = dict(RiskProfile.objects.values_list("code", "state"))
    assert states == {"OLD": "retired", "NOW": "active", "EVER": "active"}
    assert Entry.objects.filter(action="profile.end", subject="OLD").count() == 1
    assert actions.end_the_ended(operator, DAY) == []


def test_a_local_profile_is_approved_by_the_head_of_its_office(
    officer: Callable[..., User],
) -> None:
    here = officer("targeting_officer", offices=["A"])
    version = actions.propose(here, actions.save_draft(here, profile(offices=("A",))))
    with pytest.raises(Denied):
        actions.decide(officer("head_of_enforcement", offices=["B"]), version, agree=True)
    actions.decide(officer("head_of_enforcement", offices=["A"]), version, agree=True)
    judged = actions.active_profile_set(DAY)
    assert judged.evaluate_row({"office": "A", "net_mass": 6.0}) == (["P1"], [])
    assert judged.evaluate_row({"office": "B", "net_mass": 6.0}) == ([], [])
    assert RiskProfile.objects.visible_to(officer("analyst", offices=["B"])).count() == 0


def test_new_fields_go_through_files_and_leave_old_versions_as_they_are(
    writer: User, approver: User, tmp_path: Path
) -> None:
    exports = profile(directions=("export",), review_on=date(2026, 9, 1))
    in_force(writer, approver, exports)
    path = tmp_path / "x.toml"
    path.write_text(actions.export_profiles(writer, RiskProfile.objects.all()))
    assert read_profiles(path) == ([exports], [])
    judged = actions.active_profile_set(DAY)
    assert judged.evaluate_row({"direction": "export", "net_mass": 6.0}) == (["P1"], [])
    assert judged.evaluate_row({"direction": "import", "net_mass": 6.0}) == ([], [])
    # What was kept before these fields came has the version it had.
    assert {"directions", "review_on"}.isdisjoint(profile().to_dict())
