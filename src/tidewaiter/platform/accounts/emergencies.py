"""Breaking the glass: an officer opens another office for some hours, with a reason, and those who
lead that office, or internal affairs, see it at once and look at it afterwards.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tidewaiter.platform.accounts.access import Denied, check
from tidewaiter.platform.accounts.models import Emergency, Office, User
from tidewaiter.platform.accounts.policies import MANAGE
from tidewaiter.platform.foureyes.policies import Ties, why_not_second
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from django.db.models import QuerySet

BREAK, REVIEW = "emergency.begin", "emergency.review"
LONGEST = timedelta(hours=8)
LEAST_REASON = 15  # characters: a word is no reason


def may_begin(user: User) -> bool:
    """Not whoever manages accounts: he could give away what he sees for some hours for ever."""
    return user.may(BREAK) and not user.national and not user.may(MANAGE)


@transaction.atomic
def begin(actor: User, office: Office, *, reason: str, hours: int) -> Emergency:
    """Open an office now. Raises Denied, ValidationError."""
    check(actor, BREAK)
    if not may_begin(actor):
        raise Denied(BREAK)
    span = timedelta(hours=hours)
    if not timedelta(0) < span <= LONGEST:
        raise ValidationError({"hours": _("Between one and eight hours.")})
    if len(reason.strip()) < LEAST_REASON:
        raise ValidationError({"reason": _("Say what happened, in a sentence.")})
    if actor.scope().allows(office.code):
        raise ValidationError({"office": _("You see this office already.")})
    now = timezone.now()
    made = Emergency.objects.create(
        user=actor, office=office, reason=reason.strip(), begun_at=now, ends_at=now + span
    )
    record(
        actor, "emergency.begin", office.code, office=office.code, reason=made.reason, hours=hours
    )
    _forget_scope(actor)
    return made


@transaction.atomic
def end(actor: User, emergency: Emergency) -> Emergency:
    """End it before its time: its own officer, or whoever may look at it. Raises Denied."""
    if emergency.user_id != actor.pk:
        _check_reviews(actor, emergency)
    if emergency.lasts:
        emergency.ended_at = timezone.now()
        emergency.save(update_fields=["ended_at"])
        code = emergency.office.code
        record(actor, "emergency.end", code, office=code, of=emergency.user.username)
    _forget_scope(actor)
    return emergency


@transaction.atomic
def review(actor: User, emergency: Emergency, remark: str) -> Emergency:
    """Say afterwards what to think of it; never one's own. Raises Denied, ValidationError."""
    _check_reviews(actor, emergency)
    if why := why_not_review(actor, emergency):
        raise Denied(REVIEW, why)
    if emergency.lasts:
        raise ValidationError(_("It still lasts: end it first."))
    if not remark.strip():
        raise ValidationError({"remark": _("Say what you found.")})
    emergency.reviewed_by, emergency.reviewed_at = actor, timezone.now()
    emergency.remark = remark.strip()[:1000]
    emergency.save(update_fields=["reviewed_by", "reviewed_at", "remark"])
    code = emergency.office.code
    record(
        actor, "emergency.review", code, office=code, reason=emergency.remark,
        of=emergency.user.username,
    )  # fmt: skip
    return emergency


def why_not_review(user: User, emergency: Emergency) -> str:
    """Why somebody may not say what to think of it, as a sentence; empty if he may."""
    return why_not_second(user, emergency.user, timezone.localdate(emergency.begun_at))


def to_look_at(user: User) -> QuerySet[Emergency]:
    """Of the officer's own offices, that nobody has looked at and he may: by nobody to whom he is
    bound (`foureyes/policies.py`)."""
    rows = Emergency.objects.visible_to(user).exclude(user__in=Ties.of(user).today())
    return rows.filter(reviewed_at=None)


def lasting_of(user: User) -> list[Emergency]:
    if not may_begin(user):
        return []
    return list(Emergency.objects.lasting().filter(user=user).select_related("office"))


def _check_reviews(actor: User, emergency: Emergency) -> None:
    check(actor, REVIEW)
    seen = Emergency.objects.visible_to(actor).filter(pk=emergency.pk).exists()
    if emergency.user_id == actor.pk or not seen:
        raise Denied(REVIEW)


def _forget_scope(user: User) -> None:
    """What he may see is asked for again."""
    user.__dict__.pop("_scope", None)
