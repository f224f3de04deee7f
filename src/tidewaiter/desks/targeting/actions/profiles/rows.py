"""The rows of a profile: found and locked, what is wrong with a version, what happened to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from tidewaiter.desks.targeting.actions.lists import lists_for
from tidewaiter.desks.targeting.models import (
    ProfileEvent,
    ProfileVersion,
    RiskList,
    RiskProfile,
)
from tidewaiter.desks.targeting.rights import may_write, must
from tidewaiter.engine.risk.language import check as check_condition
from tidewaiter.engine.risk.language import tree as t
from tidewaiter.engine.risk.language.problems import placed
from tidewaiter.engine.risk.profiles import Profile, field_problems
from tidewaiter.engine.risk.schema import SCHEMA
from tidewaiter.platform import handling
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

State = ProfileVersion.State


def problems_of(actor: User, profile: Profile) -> dict[str, list[str]]:
    """Field → what is wrong with it, in the reader's language; empty when it can be proposed. A list
    that the actor may not read does not exist for him."""
    found = {name: [problem.say(_)] for name, problem in field_problems(profile, SCHEMA).items()}
    if said := _handling_problem(profile):
        found["handling_code"] = [said]
    checked = check_condition(profile.condition, SCHEMA, lists_for(actor))
    if checked.errors:
        found["condition"] = [placed(p, profile.condition, _) for p in checked.errors]
    return found


def _handling_problem(profile: Profile) -> str:
    """A profile is never told more freely than the lists it names."""
    if not handling.known(profile.handling_code):
        return _("There is no such handling code.")
    tree = check_condition(profile.condition, SCHEMA).tree
    level = handling.level_of(profile.handling_code)
    closer = RiskList.objects.filter(name__in=t.lists(tree) if tree else (), handling__gt=level)
    return _("A list it names has a closer handling code.") if closer.exists() else ""


def new_version(parent: RiskProfile, state: str) -> ProfileVersion:
    """The next version, not saved yet."""
    last = parent.versions.first()
    return ProfileVersion(profile=parent, number=last.number + 1 if last else 1, state=state)


def parent_of(actor: User, profile: Profile) -> RiskProfile:
    """The row of the profile's code, locked; made if need be."""
    parent = RiskProfile.objects.select_for_update().filter(code=profile.code).first()
    if parent is None:
        return RiskProfile.objects.create(code=profile.code, **columns_of(profile))
    offices = [code for code in parent.offices.split("|") if code]
    must(may_write(actor, offices), "profiles.write")
    must(parent.handling <= actor.clearance, "profiles.write")
    return parent


def locked(version: ProfileVersion, *states: str) -> ProfileVersion:
    # The parent is the lock of all its versions, so that two steps cannot cross.
    RiskProfile.objects.select_for_update().get(pk=version.profile_id)
    version = afresh(version)
    if version.state not in states:
        raise by_now(version)
    return version


def afresh(version: ProfileVersion) -> ProfileVersion:
    return ProfileVersion.objects.select_related("profile").get(pk=version.pk)


def by_now(version: ProfileVersion) -> ValidationError:
    return ValidationError(
        _("Version {number} is {state} by now.").format(
            number=version.number, state=version.get_state_display()
        )
    )


def columns_of(profile: Profile) -> dict[str, object]:
    """What the profile's row repeats of a version."""
    offices = "|".join(profile.offices)
    return {
        "title": profile.title[:200],
        "risk_area": profile.risk_area[:20],
        "severity": max(profile.severity, 0),
        "mandatory": profile.mandatory,
        "lane": profile.lane[:10],
        "valid_to": profile.valid_to,
        "review_on": profile.review_on,
        "offices": f"|{offices}|" if offices else "",
        "handling": handling.level_of(profile.handling_code),
    }


def happened(
    actor: User, version: ProfileVersion, what: str, remark: str = "", **detail: object
) -> None:
    """The row of the profile, its history, the ledger: last in every action."""
    noted(actor, version, what, remark)
    record(
        actor, f"profile.{what}", version.profile.code, version=version.number,
        digest=version.digest, remark=remark.strip(), **detail,
    )  # fmt: skip


def noted(actor: User, version: ProfileVersion, what: str, remark: str = "") -> None:
    """The row of the profile and its history."""
    refresh(version.profile)
    ProfileEvent.objects.create(
        profile=version.profile,
        version=version.number,
        what=what,
        actor=actor,
        remark=remark.strip(),
    )


def refresh(profile: RiskProfile) -> None:
    """Bring the row of a profile up to its versions."""
    versions = list(profile.versions.all())
    active = next((v for v in versions if v.state in (State.ACTIVE, State.RETIRING)), None)
    waiting = next((v for v in versions if v.state in (State.DRAFT, State.PROPOSED)), None)
    ever = any(v.state == State.RETIRED for v in versions)
    states = RiskProfile.State
    profile.state = states.ACTIVE if active else states.RETIRED if ever else states.NEW
    profile.pending = waiting.state if waiting else ""
    if active and active.state == State.RETIRING:
        profile.pending = State.RETIRING
    watched = next((v for v in versions if v.state == State.SHADOW), None)
    profile.shadow = watched is not None
    shown = active or watched or waiting or versions[0]
    for name, value in columns_of(shown.as_profile).items():
        setattr(profile, name, value)
    profile.handling = max(handling.level_of(v.as_profile.handling_code) for v in versions)
    profile.save()
