"""Profiles and lists of the targeting desk."""

from __future__ import annotations

from tests.access.factories import shows
from tidewaiter.desks.targeting.actions.lists import add_values, create_list
from tidewaiter.desks.targeting.actions.profiles import save_draft
from tidewaiter.desks.targeting.models import RiskList, RiskProfile
from tidewaiter.engine.risk.lists import ListEntry
from tidewaiter.engine.risk.profiles import Profile
from tidewaiter.platform.accounts.models import HeldRole, User

STEPS = ("propose", "withdraw", "discard", "retire", "decide", "edit")
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


@shows("targeting:list", *(f"targeting:list_{step}" for step in LIST_STEPS), sight="shared")
def risk_list(office: str, officer: User) -> dict[str, object]:
    """A list; lists are national."""
    if not RiskList.objects.filter(name="shared_list").exists():
        made = create_list(_writer(), name="shared_list")
        add_values(_writer(), made, [ListEntry("A")])
    return {"name": "shared_list"}
