"""What an administrator may read about accounts."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Exists, OuterRef, Q, QuerySet

from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.accounts.models import Office, User
from tidewaiter.platform.accounts.policies import MANAGE
from tidewaiter.platform.accounts.roles import OPERATOR


def users(
    actor: User, *, text: str = "", role: str = "", office: str = "", state: str = ""
) -> QuerySet[User]:
    """Accounts in sight; `factor` on each tells whether it has a second factor.

    `state`: "active", "disabled", or "waiting" (made, but no password set yet).
    """
    check(actor, MANAGE)
    rows = User.objects.visible_to(actor).prefetch_related("roles", "offices").order_by("username")
    rows = rows.annotate(factor=Exists(Authenticator.objects.filter(user=OuterRef("pk"))))
    if text:
        fields = ("username", "first_name", "last_name", "email")
        match = Q()
        for field in fields:
            match |= Q(**{f"{field}__icontains": text})
        rows = rows.filter(match)
    if role:
        rows = rows.filter(roles__role=role)
    if office:
        rows = rows.filter(offices__in=Office.objects.filter(code=office))
    if state == "active":
        rows = rows.filter(is_active=True)
    elif state == "disabled":
        rows = rows.filter(is_active=False)
    elif state == "waiting":
        rows = rows.filter(is_active=True, password__startswith=UNUSABLE_PASSWORD_PREFIX)
    return rows


def user(actor: User, pk: int) -> User:
    """Raises User.DoesNotExist, also for an account out of sight."""
    check(actor, MANAGE)
    return User.objects.visible_to(actor).get(pk=pk)


def offices(actor: User) -> QuerySet[Office]:
    """The offices an administrator may give to others."""
    return Office.objects.filter(actor.scope().rows("code"))


def operator() -> User:
    """The account in whose name the house works by itself, and the command line unless told.

    Nobody can log in with it; `tidewaiter init` makes it. Raises User.DoesNotExist.
    """
    return User.objects.get(username=OPERATOR)
