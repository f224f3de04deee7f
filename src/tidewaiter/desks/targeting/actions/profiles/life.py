"""draft → proposed → active → retired. Whoever proposes a step never decides it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tidewaiter.desks.targeting.actions.lists import lists_for
from tidewaiter.desks.targeting.models import (
    ProfileEvent,
    ProfileVersion,
    RiskList,
    RiskProfile,
)
from tidewaiter.desks.targeting.rights import WAITING, may_decide, may_write, must
from tidewaiter.engine.records import ASSESSMENTS
from tidewaiter.engine.risk.language import check as check_condition
from tidewaiter.engine.risk.language import tree as t
from tidewaiter.engine.risk.language.problems import placed
from tidewaiter.engine.risk.profiles import Profile, field_problems
from tidewaiter.engine.risk.schema import SCHEMA
from tidewaiter.platform import handling
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from datetime import date

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


@transaction.atomic
def save_draft(
    actor: User,
    profile: Profile,
    *,
    change: str = "",
    seen: str | None = None,
    shadow_days: int = 0,
) -> ProfileVersion:
    """Make a draft of a new profile or of a new version, or change the draft that there is.

    A draft may be incomplete; only its code must be right. `seen` is the digest of the draft that
    the officer had before him (empty: none), so that nobody overwrites what he has not read.
    `shadow_days`: how long it is to be watched before it can bite; 0 is not at all.
    Raises Denied, ValidationError.
    """
    must(may_write(actor, profile.offices), "profiles.write")
    if handling.level_of(profile.handling_code) > actor.clearance:
        raise ValidationError({"handling_code": _("You could not read it yourself any more.")})
    wrong = field_problems(profile, SCHEMA)
    if "code" in wrong:
        raise ValidationError({"code": wrong["code"].say(_)})
    parent = parent_of(actor, profile)
    version = parent.versions.filter(state__in=(State.DRAFT, State.PROPOSED)).first()
    if version and version.state == State.PROPOSED:
        message = _("Version {number} is proposed: it cannot be changed until it is decided.")
        raise ValidationError(message.format(number=version.number))
    if seen is not None and seen != (version.digest if version else ""):
        message = _(
            "{who} has changed this draft meanwhile: open it again, then make your changes."
        )
        who = version.created_by.username if version else _("Somebody")
        raise ValidationError(message.format(who=who))
    version = version or new_version(parent, State.DRAFT)
    version.content, version.digest = profile.to_dict(), profile.version
    version.created_by, version.change = actor, change.strip()
    version.shadow_days = shadow_days
    version.save()
    happened(actor, version, "draft", change)
    return version


@transaction.atomic
def propose(actor: User, version: ProfileVersion) -> ProfileVersion:
    """Hand a draft to a second officer. Raises Denied, ValidationError (by field)."""
    version = _locked(version, State.DRAFT)
    profile = version.as_profile
    must(may_write(actor, profile.offices), "profiles.write")
    problems = problems_of(actor, profile)
    if problems:
        raise ValidationError(problems)
    version.state, version.proposed_by = State.PROPOSED, actor
    version.save(update_fields=["state", "proposed_by"])
    happened(actor, version, "propose", version.change)
    return version


@transaction.atomic
def save_and_propose(actor: User, profile: Profile, **saving: Any) -> ProfileVersion:
    """Save a draft (see `save_draft`) and hand it on; nothing is saved when it cannot be proposed."""
    return propose(actor, save_draft(actor, profile, **saving))


@transaction.atomic
def withdraw(actor: User, version: ProfileVersion) -> ProfileVersion:
    """Take back one's own proposal: a version becomes a draft again, a retirement is forgotten."""
    version = _locked(version, State.PROPOSED, State.RETIRING)
    must(actor.may("profiles.write") and version.proposed_by_id == actor.pk, "profiles.write")
    retiring = version.state == State.RETIRING
    version.state = State.ACTIVE if retiring else State.DRAFT
    version.proposed_by = None
    version.save(update_fields=["state", "proposed_by"])
    happened(actor, version, "withdraw")
    return version


@transaction.atomic
def discard_draft(actor: User, version: ProfileVersion) -> None:
    """Give up a draft. It stays readable as refused. Raises Denied, ValidationError."""
    version = _locked(version, State.DRAFT)
    must(may_write(actor, version.as_profile.offices), "profiles.write")
    version.state = State.REFUSED
    version.save(update_fields=["state"])
    happened(actor, version, "discard")


@transaction.atomic
def propose_retirement(actor: User, version: ProfileVersion, *, reason: str) -> ProfileVersion:
    """Ask to stop using an active profile; it works on until somebody else agrees."""
    version = _locked(version, State.ACTIVE)
    must(may_write(actor, version.as_profile.offices), "profiles.write")
    if not reason.strip():
        raise ValidationError({"reason": _("Say why.")})
    version.state, version.proposed_by = State.RETIRING, actor
    version.save(update_fields=["state", "proposed_by"])
    happened(actor, version, "retire_propose", reason)
    return version


def end_the_ended(actor: User, today: date) -> list[str]:
    """Retire the profiles whose last day is over, and those in shadow that would be; their codes.

    Nobody has to agree: their end was part of what was approved. Raises Denied.
    """
    check(actor, "profiles.write")
    states = (State.ACTIVE, State.RETIRING, State.SHADOW)
    rows = ProfileVersion.objects.filter(state__in=states).select_related("profile")
    ends = {version: version.as_profile.valid_to for version in rows}
    over = [version for version, last in ends.items() if last is not None and last < today]
    return [version.profile.code for version in over if _end(actor, version)]


@transaction.atomic
def _end(actor: User, version: ProfileVersion) -> bool:
    version = _locked(version, State.ACTIVE, State.RETIRING, State.SHADOW)
    version.state = State.RETIRED
    version.save(update_fields=["state"])
    happened(actor, version, "end", version.content["valid_to"])
    return True


@transaction.atomic
def decide(
    actor: User, version: ProfileVersion, *, agree: bool, remark: str = ""
) -> ProfileVersion:
    """Agree to a proposal of somebody else, or refuse it; put in force, or give up, what was in
    shadow. Raises Denied, ValidationError.
    """
    version = _locked(version, *WAITING)
    must(may_decide(actor, version), "profiles.approve")
    if not agree and not remark.strip():
        raise ValidationError({"remark": _("Say why.")})
    if version.state == State.RETIRING:
        version.state = State.RETIRED if agree else State.ACTIVE
        version.save(update_fields=["state"])
        happened(actor, version, "retire" if agree else "retire_refuse", remark)
    elif agree:
        problems = problems_of(actor, version.as_profile)
        if problems:
            # A list or field may have gone since it was proposed.
            raise ValidationError(problems)
        if version.state == State.PROPOSED and version.shadow_days:
            _watch(version)
            happened(actor, version, "shadow", remark)
        else:
            activate(version)
            happened(actor, version, "approve", remark)
    else:
        version.state = State.REFUSED
        version.save(update_fields=["state"])
        happened(actor, version, "refuse", remark)
    return version


def _watch(version: ProfileVersion) -> None:
    """Into shadow: judged on what is assessed from now on, and decides nothing."""
    _end_shadow(version)
    version.state = State.SHADOW
    version.shadow_from = timezone.now()
    version.shadow_until = timezone.localdate() + timedelta(days=version.shadow_days)
    version.shadow_seen = lake().version(ASSESSMENTS)
    version.save()


def _end_shadow(version: ProfileVersion) -> None:
    """What another version of the profile was watched for is over."""
    others = version.profile.versions.filter(state=State.SHADOW).exclude(pk=version.pk)
    others.update(state=State.RETIRED)


def activate(version: ProfileVersion) -> None:
    """Put a version in force in place of the one before it. Inside the caller's transaction."""
    before = version.profile.versions.filter(state__in=(State.ACTIVE, State.RETIRING))
    before.exclude(pk=version.pk).update(state=State.RETIRED)
    _end_shadow(version)
    version.state = State.ACTIVE
    version.save()


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


def _locked(version: ProfileVersion, *states: str) -> ProfileVersion:
    # The parent is the lock of all its versions, so that two steps cannot cross.
    RiskProfile.objects.select_for_update().get(pk=version.profile_id)
    version = ProfileVersion.objects.select_related("profile").get(pk=version.pk)
    if version.state not in states:
        raise ValidationError(
            _("Version {number} is {state} by now.").format(
                number=version.number, state=version.get_state_display()
            )
        )
    return version


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
    refresh(version.profile)
    ProfileEvent.objects.create(
        profile=version.profile,
        version=version.number,
        what=what,
        actor=actor,
        remark=remark.strip(),
    )
    record(
        actor, f"profile.{what}", version.profile.code, version=version.number,
        digest=version.digest, remark=remark.strip(), **detail,
    )  # fmt: skip


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
