"""Named lists at the targeting desk: in at once, out under four eyes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ValidationError

from tidewaiter.desks.targeting.actions import lists as actions
from tidewaiter.desks.targeting.models import ListVersion, RiskList
from tidewaiter.engine.risk.lists import ListEntry
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.foureyes import actions as foureyes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tidewaiter.platform.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def writer(officer: Callable[..., User]) -> User:
    return officer("targeting_officer")


@pytest.fixture
def approver(officer: Callable[..., User]) -> User:
    return officer("profile_approver")


@pytest.fixture
def suspended(writer: User) -> RiskList:
    made = actions.create_list(writer, name="suspended")
    actions.add_values(writer, made, [ListEntry("I1"), ListEntry("I2")], cause="ruling 7")
    return made


def members() -> set[str]:
    return set(actions.current_lists()["suspended"])


def test_what_is_added_counts_at_once(writer: User, suspended: RiskList) -> None:
    assert members() == {"I1", "I2"}
    done = actions.add_values(writer, suspended, [ListEntry("I2"), ListEntry("I3")])
    assert (done.added, done.unchanged) == (1, 1)
    assert members() == {"I1", "I2", "I3"}
    numbers = ListVersion.objects.values_list("number", "size", "added")
    assert list(numbers) == [(2, 3, 1), (1, 2, 2)]


def test_what_is_removed_counts_until_a_second_officer_agrees(
    writer: User, approver: User, suspended: RiskList, officer: Callable[..., User]
) -> None:
    row = suspended.values.get(value="I1")
    with pytest.raises(ValidationError):
        actions.propose_removal(writer, [row], reason=" ")
    assert actions.propose_removal(writer, [row], reason="acquitted") == 1
    assert actions.propose_removal(writer, [row], reason="again") == 0
    assert members() == {"I1", "I2"}
    with pytest.raises(Denied):
        actions.decide_removal(writer, [row], agree=True)
    both = officer("targeting_officer", "profile_approver")
    actions.propose_removal(both, [suspended.values.get(value="I2")], reason="mine")
    with pytest.raises(Denied):
        actions.decide_removal(both, suspended.values.all(), agree=True)
    assert actions.decide_removal(approver, [row], agree=True) == 1
    assert members() == {"I2"}
    row.refresh_from_db()
    assert (row.removed_by, row.removal_by) == (approver, writer)
    actions.add_values(writer, suspended, [ListEntry("I1")])
    assert members() == {"I1", "I2"}


def test_a_refused_removal_leaves_the_value(
    writer: User, approver: User, suspended: RiskList
) -> None:
    row = suspended.values.get(value="I1")
    actions.propose_removal(writer, [row], reason="x")
    with pytest.raises(ValidationError, match="Say why"):
        actions.decide_removal(approver, [row], agree=False)
    actions.decide_removal(approver, [row], agree=False, remark="The ruling stands.")
    row.refresh_from_db()
    assert (row.removal_by, row.removal) == (None, None)
    assert members() == {"I1", "I2"}


def test_what_was_proposed_together_is_decided_together(
    writer: User, approver: User, suspended: RiskList
) -> None:
    rows = list(suspended.values.all())
    assert actions.propose_removal(writer, rows, reason="acquitted") == 2
    with pytest.raises(ValidationError, match="proposed together"):
        actions.decide_removal(approver, rows[:1], agree=True)
    assert actions.decide_removal(approver, rows, agree=True) == 2
    assert members() == set()
    assert ListVersion.objects.first().removed == 2


def test_a_value_whose_stay_was_lengthened_meanwhile_is_not_removed(
    writer: User, approver: User, suspended: RiskList
) -> None:
    end = date(2026, 1, 31)
    actions.add_values(writer, suspended, [ListEntry("I3", valid_to=end)])
    row = suspended.values.get(value="I3")
    actions.propose_removal(writer, [row], reason="acquitted")
    actions.add_values(writer, suspended, [ListEntry("I3")])
    row.refresh_from_db()
    with pytest.raises(ValidationError, match="has changed since"):
        foureyes.approve(approver, row.removal_id)
    foureyes.return_(approver, row.removal_id, remark="It was lengthened.")
    assert "I3" in members()


def test_a_stay_can_be_lengthened_but_not_shortened(writer: User, suspended: RiskList) -> None:
    end = date(2026, 1, 31)
    done = actions.add_values(writer, suspended, [ListEntry("I1", valid_to=end)])
    assert done.kept_longer == ["I1"]
    actions.add_values(writer, suspended, [ListEntry("I3", valid_to=end)])
    later = ListEntry("I3", valid_to=date(2026, 12, 31))
    assert actions.add_values(writer, suspended, [later]).added == 1
    assert "I3" in actions.current_lists(date(2026, 6, 1))["suspended"]
    assert "I3" not in actions.current_lists(date(2027, 1, 1))["suspended"]


def test_lists_are_kept_and_found_again(writer: User, suspended: RiskList) -> None:
    before = actions.current_lists()
    actions.add_values(writer, suspended, [ListEntry("I9")])
    assert actions.current_lists().version != before.version
    assert actions.load_lists(before.version) == before


def test_import_tells_each_file(writer: User, tmp_path: Path) -> None:
    (tmp_path / "good-one.csv").write_text("value,note\nA,x\nB,\n")
    (tmp_path / "bad.csv").write_text("code\nA\n")
    (tmp_path / "1st.csv").write_text("value\nA\n")
    done = actions.import_lists(writer, sorted(tmp_path.glob("*")))
    assert [(d.name, d.added, bool(d.problem)) for d in done] == [
        ("1st", 0, True),
        ("bad", 0, True),
        ("good_one", 2, False),
    ]
    assert RiskList.objects.count() == 1


def test_rights(approver: User, suspended: RiskList, officer: Callable[..., User]) -> None:
    for nobody in (approver, officer("analyst")):
        with pytest.raises(Denied):
            actions.create_list(nobody, name="x")
        with pytest.raises(Denied):
            actions.add_values(nobody, suspended, [ListEntry("X")])
    with pytest.raises(Denied):
        actions.decide_removal(officer("analyst"), [], agree=True)
