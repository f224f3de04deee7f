"""Risk profiles that an officer may see: the list, one profile, its condition in lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from tidewaiter.desks.targeting.actions.profiles import active_profile_set
from tidewaiter.desks.targeting.models import ProfileVersion, RiskProfile
from tidewaiter.engine.risk.language import check, text_of
from tidewaiter.engine.risk.language import tree as t
from tidewaiter.engine.risk.schema import SCHEMA
from tidewaiter.platform import handling

if TYPE_CHECKING:
    from tidewaiter.desks.targeting.models.profiles import RiskProfileRows
    from tidewaiter.platform.accounts.models import User

# What a click on a head may ask for → columns.
ORDERS: dict[str, tuple[str, ...]] = {
    "code": ("code",),
    "title": ("title", "code"),
    "area": ("risk_area", "code"),
    "severity": ("severity", "code"),
    "lane": ("lane", "code"),
    "state": ("state", "code"),
    "ends": ("valid_to", "code"),
}


REVIEW = "review"  # asked for like a state: its day of review has come


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed to; empty means all. `state` may also be a pending step."""

    text: str = ""
    state: str = ""
    area: str = ""
    lane: str = ""
    office: str = ""


def profiles(
    user: User, wanted: Wanted, *, order: str = "code", descending: bool = False
) -> RiskProfileRows:
    """Visible profiles that match. `text` is looked for in code and title."""
    rows = RiskProfile.objects.visible_to(user)
    if wanted.text:
        text = wanted.text.strip()
        rows = rows.filter(Q(code__icontains=text) | Q(title__icontains=text))
    if wanted.state in RiskProfile.State.values:
        rows = rows.filter(state=wanted.state)
    elif wanted.state == REVIEW:
        active = RiskProfile.State.ACTIVE
        rows = rows.filter(state=active, review_on__lte=timezone.localdate())
    elif wanted.state == ProfileVersion.State.SHADOW:
        rows = rows.filter(shadow=True)
    elif wanted.state:
        rows = rows.filter(pending=wanted.state)
    for field, value in (("risk_area", wanted.area), ("lane", wanted.lane)):
        if value:
            rows = rows.filter(**{field: value})
    if wanted.office:
        rows = rows.filter(Q(offices="") | Q(offices__contains=f"|{wanted.office}|"))
    first, *rest = ORDERS[order]
    return rows.order_by(f"-{first}" if descending else first, *rest)


def not_cleared(user: User) -> frozenset[str]:
    """Codes of the profiles whose handling code is above the officer's clearance."""
    hidden = RiskProfile.objects.exclude(handling.rows(user))
    return frozenset(hidden.values_list("code", flat=True))


def profile(user: User, code: str) -> RiskProfile | None:
    return RiskProfile.objects.visible_to(user).filter(code=code).first()


def versions(profile: RiskProfile) -> list[ProfileVersion]:
    """All versions, newest first."""
    return list(profile.versions.select_related("created_by", "proposed_by", "profile"))


def waiting(user: User) -> int:
    """How many visible profiles wait for a decision."""
    return profiles(user, Wanted(state="proposed")).count() + (
        profiles(user, Wanted(state="retiring")).count()
    )


def watched_enough(user: User) -> int:
    """How many visible versions have been in shadow for as long as was planned."""
    visible = RiskProfile.objects.visible_to(user).filter(shadow=True)
    state, today = ProfileVersion.State.SHADOW, timezone.localdate()
    rows = ProfileVersion.objects.filter(profile__in=visible, state=state)
    return rows.filter(shadow_until__lte=today).count()


def broken(user: User) -> list[tuple[str, str]]:
    """Visible active profiles that cannot be evaluated any more: code, and what is wrong.

    It happens when a list or a field is gone that existed when they were approved.
    """
    found = {one.profile.code: one for one in active_profile_set(timezone.localdate()).broken}
    visible = RiskProfile.objects.visible_to(user).filter(code__in=found)
    codes = visible.values_list("code", flat=True)
    return [(code, " ".join(p.say(_) for p in found[code].problems)) for code in codes]


def condition_lines(condition: str) -> list[str]:
    """A condition broken at its outermost AND or OR; as written when it cannot be read."""
    tree = check(condition, SCHEMA).tree
    if not isinstance(tree, t.And | t.Or):
        return condition.splitlines() or [""]
    word = "AND" if isinstance(tree, t.And) else "OR"
    kind = type(tree)
    # Printed inside the whole, so that each part keeps the brackets it needs.
    first, *rest = [_part(kind, part) for part in tree.parts]
    return [first, *(f"{word} {line}" for line in rest)]


def _part(kind: type[t.And] | type[t.Or], part: t.Condition) -> str:
    marker = t.Truth(t.Flag(value=True))
    return text_of(kind((marker, part))).split(" ", maxsplit=2)[2]
