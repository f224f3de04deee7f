"""Whose account a subject of the provider is: linked by a one-time link, or made if configured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from tidewaiter.platform.accounts.actions import (
    Person,
    Rights,
    change_user,
    create_user,
    end_all_sessions,
    rights_of,
)
from tidewaiter.platform.accounts.models import Invitation, User
from tidewaiter.platform.accounts.policies import check_manages
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.sign_on.claims import rights_by
from tidewaiter.platform.sign_on.provider import PROVIDER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidewaiter.platform.sign_on.configuration import SignOn


@transaction.atomic
def link_by_invitation(invitation: int, subject: str) -> User | None:
    """Use up a one-time link to tie a subject to its account; None if it no longer works."""
    now = timezone.now()
    waiting = Invitation.objects.filter(
        pk=invitation, used_at=None, expires_at__gt=now, user__is_active=True
    )
    if not waiting.update(used_at=now):
        return None
    user = Invitation.objects.select_related("user").get(pk=invitation).user
    SocialAccount.objects.filter(user=user, provider=PROVIDER).delete()
    SocialAccount.objects.create(user=user, provider=PROVIDER, uid=subject, extra_data={})
    record(None, "account.link", user.username)
    return user


@transaction.atomic
def make_account(found: SignOn, claims: Mapping[str, Any], subject: str) -> User | None:
    """An account of its own for an unknown subject; None if its name is taken or no name."""
    name = str(claims.get(found.username) or "").strip()
    if not name or User.objects.filter(username__iexact=name).exists():
        return None
    person = Person(
        str(claims.get("given_name", ""))[:150], str(claims.get("family_name", ""))[:150]
    )
    try:
        rights = rights_by(found, claims, Rights(frozenset(), frozenset()))
        user = create_user(None, name, person, rights)
    except ValidationError:
        return None
    SocialAccount.objects.create(user=user, provider=PROVIDER, uid=subject, extra_data={})
    record(None, "account.link", user.username)
    return user


def take_over_rights(found: SignOn, user: User, claims: Mapping[str, Any]) -> None:
    """Roles and offices as claims have them, if they are mapped and differ. Raises ValidationError."""
    before = rights_of(user)
    now = rights_by(found, claims, before)
    if now != before:
        person = Person(user.first_name, user.last_name, user.email)
        change_user(None, user, person, now)
        for kept in ("_role_codes", "_scope"):
            user.__dict__.pop(kept, None)


@transaction.atomic
def unlink(actor: User | None, user: User) -> None:
    """From now on nobody logs in to this account by single sign-on. Raises Denied."""
    check_manages(actor, user)
    removed, _each = SocialAccount.objects.filter(user=user, provider=PROVIDER).delete()
    if removed:
        end_all_sessions(user)
        record(actor, "account.unlink", user.username)
