"""Named lists and their values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from tidewaiter.desks.targeting.models import ListValue, ProfileVersion, RiskList, RiskProfile
from tidewaiter.engine.risk.language import check
from tidewaiter.engine.risk.language import tree as t
from tidewaiter.engine.risk.schema import SCHEMA
from tidewaiter.platform.accounts.access import check as check_right

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

LIST_ORDERS = ("name", "title", "size", "changed_at")
VALUE_ORDERS = ("value", "valid_from", "valid_to", "added_at")
STATES = ("in_force", "removal", "removed", "all")


def lists(
    user: User, text: str = "", *, order: str = "name", descending: bool = False
) -> QuerySet[RiskList]:
    """Lists whose name or title holds the text. Raises Denied."""
    check_right(user, "lists.read")
    rows = RiskList.objects.visible_to(user)
    if text.strip():
        rows = rows.filter(Q(name__icontains=text.strip()) | Q(title__icontains=text.strip()))
    return rows.order_by(f"-{order}" if descending else order, "name")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the values are narrowed to. `state`: one of STATES; `text`: in value or note."""

    text: str = ""
    state: str = "in_force"


def values(
    user: User,
    risk_list: RiskList,
    wanted: Wanted,
    *,
    order: str = "value",
    descending: bool = False,
) -> QuerySet[ListValue]:
    """Raises Denied."""
    check_right(user, "lists.read")
    rows = risk_list.values.select_related("added_by", "removal_by", "removed_by")
    if wanted.state != "all":
        rows = rows.filter(removed_at__isnull=wanted.state != "removed")
    if wanted.state == "removal":
        rows = rows.exclude(removal_by=None)
    if wanted.text.strip():
        text = wanted.text.strip()
        rows = rows.filter(Q(value__icontains=text) | Q(note__icontains=text))
    return rows.order_by(f"-{order}" if descending else order, "value", "pk")


def users_of(user: User, name: str) -> list[RiskProfile]:
    """Visible profiles whose active version refers to the list."""
    states = (ProfileVersion.State.ACTIVE, ProfileVersion.State.RETIRING)
    active = ProfileVersion.objects.filter(
        state__in=states, profile__in=RiskProfile.objects.visible_to(user)
    ).select_related("profile")
    return [v.profile for v in active.order_by("profile__code") if name in _lists(v)]


def _lists(version: ProfileVersion) -> frozenset[str]:
    tree = check(version.content["condition"], SCHEMA).tree
    return t.lists(tree) if tree else frozenset()
