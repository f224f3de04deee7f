"""draft → proposed → active → retired: what an officer does with a profile before a second one decides
(deciding.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from tidewaiter.desks.targeting.actions.profiles.deciding import (
    ACTIVATION,
    RETIREMENT,
    hand_over,
    lapse,
)
from tidewaiter.desks.targeting.actions.profiles.rows import (
    happened,
    locked,
    new_version,
    parent_of,
    problems_of,
)
from tidewaiter.desks.targeting.models import ProfileVersion
from tidewaiter.desks.targeting.rights import may_write, must
from tidewaiter.engine.risk.profiles import Profile, field_problems
from tidewaiter.engine.risk.schema import SCHEMA
from tidewaiter.platform import handling
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.accounts.models import User
from tidewaiter.platform.foureyes import actions as foureyes

if TYPE_CHECKING:
    from datetime import date

State = ProfileVersion.State


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
    version = locked(version, State.DRAFT)
    profile = version.as_profile
    must(may_write(actor, profile.offices), "profiles.write")
    problems = problems_of(actor, profile)
    if problems:
        raise ValidationError(problems)
    version.state, version.proposed_by = State.PROPOSED, actor
    version.save(update_fields=["state", "proposed_by"])
    hand_over(actor, version, ACTIVATION, version.change, authors=_writers(version))
    happened(actor, version, "propose", version.change)
    return version


@transaction.atomic
def save_and_propose(actor: User, profile: Profile, **saving: Any) -> ProfileVersion:
    """Save a draft (see `save_draft`) and hand it on; nothing is saved when it cannot be proposed."""
    return propose(actor, save_draft(actor, profile, **saving))


@transaction.atomic
def discard_draft(actor: User, version: ProfileVersion) -> None:
    """Give up a draft. It stays readable as refused. Raises Denied, ValidationError."""
    version = locked(version, State.DRAFT)
    must(may_write(actor, version.as_profile.offices), "profiles.write")
    version.state = State.REFUSED
    version.save(update_fields=["state"])
    happened(actor, version, "discard")


@transaction.atomic
def propose_retirement(actor: User, version: ProfileVersion, *, reason: str) -> ProfileVersion:
    """Ask to stop using an active profile; it works on until somebody else agrees."""
    version = locked(version, State.ACTIVE)
    must(may_write(actor, version.as_profile.offices), "profiles.write")
    if not reason.strip():
        raise ValidationError({"reason": _("Say why.")})
    version.state, version.proposed_by = State.RETIRING, actor
    version.save(update_fields=["state", "proposed_by"])
    hand_over(actor, version, RETIREMENT, reason)
    happened(actor, version, "retire_propose", reason)
    return version


def _writers(version: ProfileVersion) -> list[User]:
    drafts = version.profile.events.filter(version=version.number, what="draft")
    return list(User.objects.filter(pk__in=drafts.values("actor")))


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
    foureyes.take_turns()
    version = locked(version, State.ACTIVE, State.RETIRING, State.SHADOW)
    lapse(actor, version, _("Its last day is over."))
    version.state = State.RETIRED
    version.save(update_fields=["state"])
    happened(actor, version, "end", version.content["valid_to"])
    return True
