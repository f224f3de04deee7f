"""Machine clients: issuing, revoking and recognising their tokens."""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tidewaiter.platform.accounts.actions import secret_hash
from tidewaiter.platform.accounts.lockout import client_address
from tidewaiter.platform.accounts.models import Token, User
from tidewaiter.platform.accounts.policies import check_manages
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.limits import ADDRESS, TOKEN, count

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

log = logging.getLogger(__name__)
LONGEST_LIFE = timedelta(days=366)
# How stale "last used" may be: it spares a write at every request.
USE_NOTED_EVERY = timedelta(minutes=10)
# What every end-point for machines may answer besides its own: an address that cannot be read, no
# token, no right, a parameter that is not understood, too many requests, and faults of the house.
REFUSALS: dict[int, Any] = dict.fromkeys((400, 401, 403, 422, 429, 503, 507), dict[str, Any])


@transaction.atomic
def issue_token(
    actor: User | None, user: User, name: str, expires_at: datetime
) -> tuple[Token, str]:
    """A token and its secret, which is shown once and never stored."""
    check_manages(actor, user)
    now = timezone.now()
    prefix = secrets.token_hex(4)
    secret = f"tw_{prefix}_{secrets.token_urlsafe(32)}"
    token = Token.objects.create(
        user=user,
        name=name,
        prefix=prefix,
        secret_hash=secret_hash(secret),
        created_by=actor,
        created_at=now,
        expires_at=min(expires_at, now + LONGEST_LIFE),
    )
    record(actor, "token.issue", user.username, prefix=prefix, expires_at=token.expires_at)
    return token, secret


@transaction.atomic
def revoke_token(actor: User | None, token: Token) -> None:
    check_manages(actor, token.user)
    if Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        record(actor, "token.revoke", token.user.username, prefix=token.prefix)


def authenticate_token(request: HttpRequest) -> User | None:
    """The user of `Authorization: Bearer tw_…`, for `auth=` of django-ninja; None refuses.

    Also sets `request.user`, so that actions and pages see the same officer. Requests are counted,
    by token or, when there is none, by address. Raises TooMany.
    """
    token = _token_of(request)
    if token is None:
        count(ADDRESS, client_address(request))
        return None
    count(TOKEN, token.pk)
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at < now - USE_NOTED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
        Token.objects.filter(stale, pk=token.pk).update(last_used_at=now)
    request.user = token.user
    return token.user


def _token_of(request: HttpRequest) -> Token | None:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.startswith("tw_"):
        return None
    token = (
        Token.objects.filter(
            secret_hash=secret_hash(secret.strip()),
            revoked_at=None,
            expires_at__gt=timezone.now(),
            user__is_active=True,
        )
        .select_related("user")
        .first()
    )
    if token is None:
        log.warning("refused the token %s… from %s", secret[:11], client_address(request))
    return token
