"""Who stands in for whom, and who leads whom: what four eyes have to know about people.

**What a delegation means.** While an officer is away, another one does his work. The delegation gives
no right and shows nothing: who stands in works with his own roles and offices. It says that on these
days he acts in the other's place. So he is no second officer for what the other proposes meanwhile,
nor, while he stands in, for anything the other has proposed (`foureyes/policies.py`). It reaches one
step: who stands in for a stand-in is bound by what that one proposes, not by the first.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from tidewaiter.platform.accounts.models import Delegation, User
from tidewaiter.platform.accounts.policies import check_manages, superiors
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

LONGEST = timedelta(days=366)


def of(user: User) -> QuerySet[Delegation]:
    """Who stands in for an officer, or will; the last one first."""
    today = timezone.localdate()
    return Delegation.objects.filter(of=user, until__gte=today).select_related("to")


def by(user: User) -> QuerySet[Delegation]:
    """For whom an officer stands in, or will."""
    today = timezone.localdate()
    return Delegation.objects.filter(to=user, until__gte=today).select_related("of")


def colleague(user: User, username: str) -> User | None:
    """An active account by its name, of an office that the officer sees or of all offices."""
    scope = user.scope()
    near = Q(national=True) | Q(offices__code__in=scope.codes)
    rows = User.objects.filter(is_active=True, username=username.strip())
    return (rows if scope.national else rows.filter(near)).distinct().first()


@transaction.atomic
def delegate(actor: User | None, user: User, to: User, *, since: date, until: date) -> Delegation:
    """Note who stands in for `user`: himself, or who manages his account. Raises Denied,
    ValidationError (by field)."""
    if actor != user:
        check_manages(actor, user)
    if to == user:
        raise ValidationError({"to": _("Nobody stands in for himself.")})
    if since < timezone.localdate():
        raise ValidationError({"since": _("Not before today.")})
    if until < since:
        raise ValidationError({"until": _("Not before the first day.")})
    if until - since >= LONGEST:
        raise ValidationError({"until": _("A year at most.")})
    made = Delegation.objects.create(
        of=user, to=to, since=since, until=until, made_by=actor or user
    )
    record(actor, "account.delegate", user.username, to=to.username, since=since, until=until)
    return made


@transaction.atomic
def end(actor: User | None, delegation: Delegation) -> None:
    """End it today; one that has not begun is forgotten. Raises Denied."""
    if actor != delegation.of:
        check_manages(actor, delegation.of)
    today = timezone.localdate()
    if delegation.since > today:
        delegation.delete()
    else:
        # He has stood in today: what was proposed today is still not his to decide.
        delegation.until = min(delegation.until, today)
        delegation.save(update_fields=["until"])
    record(
        actor, "account.delegate_end", delegation.of.username, to=delegation.to.username,
        until=today,
    )  # fmt: skip


@transaction.atomic
def set_superior(actor: User | None, user: User, superior: User | None) -> User:
    """Note who leads an officer; None: nobody. Raises Denied, ValidationError."""
    check_manages(actor, user)
    # Everybody, in one order: two changes at once could close a circle that neither sees.
    list(User.objects.select_for_update().order_by("pk").values_list("pk"))
    if superior is not None and user.pk in {superior.pk, *superiors(superior)}:
        raise ValidationError({"superior": _("He would lead himself: choose somebody else.")})
    user.refresh_from_db(fields=["superior"])
    before = user.superior
    if before != superior:
        user.superior = superior
        user.save(update_fields=["superior"])
        record(
            actor, "account.superior", user.username,
            superior=superior.username if superior else "",
            before=before.username if before else "",
        )  # fmt: skip
    return user
