"""Profiles and lists of the targeting desk."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tests.access.factories import shows
from tidewaiter.desks.targeting.actions.lists import add_values, create_list
from tidewaiter.desks.targeting.actions.profiles import deciding, save_draft
from tidewaiter.desks.targeting.models import ProfileVersion, RiskList, RiskProfile, Study
from tidewaiter.engine.risk.lists import ListEntry
from tidewaiter.engine.risk.profiles import Profile
from tidewaiter.platform.accounts.models import HeldRole, User

if TYPE_CHECKING:
    from tidewaiter.platform.foureyes.models import Proposal

STEPS = ("propose", "withdraw", "discard", "retire", "decide", "edit")
INTERVAL = [0.2, 0.1, 0.3]
TALLY = {
    "items": 40, "declarations": 30, "controlled": 10, "finds": 2, "unselected": 25, "unknown": 30,
    "precision": INTERVAL, "revenue": [900.0, 100.0, 2000.0],
}  # fmt: skip
EXAMPLE = {
    "declaration_id": "26XT0001", "item_no": 1, "declaration_date": "2026-01-05", "office": "A",
    "importer": "IMP1", "hs": "85171300", "description": "Telephones", "origin": "VN",
    "customs_value": 1000.0, "currency": "EUR", "found": True, "revenue": 450.0, "selected": True,
    "others": False,
}  # fmt: skip
# What jobs would have worked out.
ANSWERS = {
    "backtest": {
        "items": 1000, "base": INTERVAL, "controlled": 100, "ours": TALLY, "alone": TALLY,
        "unjudged": 7, "listed": 40, "overlap": [], "examples": [EXAMPLE],
        "daily": [{"day": "2026-01-05", "hits": 40, "declarations": 30, "extra": 25, "finds": 2}],
        "thresholds": [
            {
                "comparison": "net_mass > 5", "current": 5.0, "proposed": 8.0,
                "proposed_text": "net_mass > 8",
                "points": [[5.0, 40, 10, 2, *INTERVAL], [8.0, 20, 6, 2, *INTERVAL]],
            }
        ],
        "work": {
            "control": "physical", "capacity": 480.0, "minutes_each": 60.0,
            "days": [{"day": "2026-01-05", "minutes": 300.0}],
            "offices": [
                {"office": "A", "declarations": 30, "extra": 25, "minutes": 300.0, "most": 300.0,
                 "capacity": 480.0}
            ],
        },
    },
    "suggestions": {
        "items": 1000, "base": INTERVAL, "profiles": [], "split": "2026-01-20", "later": INTERVAL,
        "controlled": 100,
        "grown": [
            {"condition": "net_mass >= 8", "controlled": 20, "finds": 8, "later_controlled": 10,
             "later_finds": 4, "later": INTERVAL, "hits": 60}
        ],
    },
}  # fmt: skip
LIST_STEPS = ("export", "add", "upload", "remove", "decide")


def _writer() -> User:
    writer, made = User.objects.get_or_create(username="profile-writer", national=True)
    if made:
        HeldRole.objects.create(user=writer, role="targeting_officer")
    return writer


@shows("targeting:profile", *(f"targeting:profile_{step}" for step in STEPS))
def profile(office: str, officer: User) -> dict[str, object]:
    """A draft of a profile for one office."""
    code = f"OF-{office}"
    if not RiskProfile.objects.filter(code=code).exists():
        save_draft(_writer(), Profile(code, "Title", "net_mass > 5", offices=(office,)))
    return {"code": code}


def proposal_of(office: str, officer: User) -> Proposal:
    """A profile for one office, of which the officer proposed that it comes into force."""
    code = f"WAITS-{office}-{RiskProfile.objects.count()}"
    version = save_draft(_writer(), Profile(code, "Title", "net_mass > 5", offices=(office,)))
    version.state, version.proposed_by = ProfileVersion.State.PROPOSED, officer
    version.save()
    return deciding.hand_over(officer, version, deciding.ACTIVATION, "It is needed.")


STEPS_OF_PROPOSALS = ("proposal", "approve", "return", "withdraw")


@shows(*(f"foureyes:{step}" for step in STEPS_OF_PROPOSALS), sight="own")
def proposal(office: str, officer: User) -> dict[str, object]:
    return {"pk": proposal_of(office, officer).pk}


def study_of(office: str, officer: User, kind: str) -> Study:
    """An answer about the days of one office."""
    made, _new = Study.objects.get_or_create(
        kind=kind, offices=f"|{office}|",
        defaults={
            "since": date(2026, 1, 1), "until": date(2026, 2, 1), "asked_by": officer,
            "profile": RiskProfile.objects.get(**profile(office, officer)), "version": 1,
            "content": Profile("OF", "Title", "net_mass > 5").to_dict(), "result": ANSWERS[kind],
        },
    )  # fmt: skip
    return made


@shows("targeting:backtest", "targeting:backtest_export")
def backtest(office: str, officer: User) -> dict[str, object]:
    return {"pk": study_of(office, officer, "backtest").pk}


@shows("targeting:backtest_ask")
def to_backtest(office: str, officer: User) -> dict[str, object]:
    return profile(office, officer)


@shows("targeting:suggestion", "targeting:suggestion_draft")
def suggestions(office: str, officer: User) -> dict[str, object]:
    return {"pk": study_of(office, officer, "suggestions").pk}


@shows("targeting:study_progress")
def study_progress(office: str, officer: User) -> dict[str, object]:
    return {"kind": "backtest", "pk": study_of(office, officer, "backtest").pk}


@shows("targeting:list", *(f"targeting:list_{step}" for step in LIST_STEPS), sight="shared")
def risk_list(office: str, officer: User) -> dict[str, object]:
    """A list; lists are national."""
    if not RiskList.objects.filter(name="shared_list").exists():
        made = create_list(_writer(), name="shared_list")
        add_values(_writer(), made, [ListEntry("A")])
    return {"name": "shared_list"}
