"""Machine clients: issuing, rotating and revoking their tokens."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tidewaiter.platform.accounts.actions import secret_hash
from tidewaiter.platform.accounts.models import Office, Token, User
from tidewaiter.platform.accounts.policies import MANAGE, check_manages
from tidewaiter.platform.accounts.roles import PERMISSIONS
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from django.db.models import QuerySet

LONGEST_LIFE = timedelta(days=366)
# How long the old secret is good beside the new one, unless told otherwise, and at most.
OVERLAP, LONGEST_OVERLAP = timedelta(hours=24), timedelta(days=14)
WARNED_BEFORE = timedelta(days=14)
# What every end-point for machines may answer besides its own: an address that cannot be read, no
# token, no right, a parameter that is not understood, too many requests, and faults of the house.
REFUSALS: dict[int, Any] = dict.fromkeys((400, 401, 403, 422, 429, 503, 507), dict[str, Any])


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token may do of what its account may: by default nothing. `office`: in this one only;
    `networks`: from there only, as `192.0.2.0/24`; none: from anywhere."""

    permissions: Collection[str] = ()
    office: str = ""
    networks: Iterable[str] = ()


@transaction.atomic
def issue_token(
    actor: User | None, user: User, name: str, expires_at: datetime, grant: Grant
) -> tuple[Token, str]:
    """A token and its secret, which is shown once and never stored.

    Raises Denied, and ValidationError for what the account itself may not, or no network.
    """
    check_manages(actor, user)
    now = timezone.now()
    prefix = secrets.token_hex(4)
    secret = _new_secret(prefix)
    token = Token.objects.create(
        user=user,
        name=name,
        prefix=prefix,
        secret_hash=secret_hash(secret),
        permissions=_permitted(user, grant.permissions),
        office=_office(user, grant.office),
        networks=read_networks(grant.networks),
        created_by=actor,
        created_at=now,
        expires_at=min(expires_at, now + LONGEST_LIFE),
    )
    record(
        actor, "token.issue", user.username, office=grant.office, prefix=prefix,
        expires_at=token.expires_at, permissions=token.permissions, networks=token.networks,
    )  # fmt: skip
    return token, secret


@transaction.atomic
def rotate_token(
    actor: User | None, token: Token, expires_at: datetime, overlap: timedelta = OVERLAP
) -> tuple[Token, str]:
    """A new secret, valid until `expires_at`; the old one stays good for `overlap`, never longer
    than it was to be. One older still ends at once. Raises Denied, ValidationError."""
    check_manages(actor, token.user)
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise ValidationError({"overlap": _("Between no time and fourteen days.")})
    token = Token.objects.select_for_update(of=("self",)).select_related("user").get(pk=token.pk)
    if not token.is_valid:
        raise ValidationError(_("This token has ended: issue a new one."))
    now = timezone.now()
    secret = _new_secret(token.prefix)
    token.previous_hash, token.secret_hash = token.secret_hash, secret_hash(secret)
    token.previous_until = min(now + overlap, token.expires_at)
    token.previous_used_at, token.last_used_at = token.last_used_at, None
    token.expires_at = min(expires_at, now + LONGEST_LIFE)
    token.save()
    record(
        actor, "token.rotate", token.user.username, prefix=token.prefix,
        expires_at=token.expires_at, previous_until=token.previous_until,
    )  # fmt: skip
    return token, secret


@transaction.atomic
def revoke_token(actor: User | None, token: Token) -> None:
    """Both its secrets end at once. Raises Denied."""
    check_manages(actor, token.user)
    if Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        record(actor, "token.revoke", token.user.username, prefix=token.prefix)


def ending_soon(user: User) -> QuerySet[Token]:
    """Tokens of accounts in sight that end within two weeks, for those who can rotate them."""
    rows = Token.objects.visible_to(user).valid().select_related("user")
    if not user.may(MANAGE):
        return rows.none()
    return rows.filter(expires_at__lt=timezone.now() + WARNED_BEFORE).order_by("expires_at")


def grantable(user: User) -> list[str]:
    """What a token of this account may be given."""
    return sorted(p for p in PERMISSIONS if user.may(p))


def read_networks(texts: Iterable[str]) -> list[str]:
    """Networks in their usual form. Raises ValidationError, which names the one it can't read."""
    networks = []
    for text in filter(None, (text.strip() for text in texts)):
        try:
            networks.append(str(ip_network(text, strict=False)))
        except ValueError:
            said = _("%s is no network: write 192.0.2.0/24, 2001:db8::/32 or one address.") % text
            raise ValidationError({"networks": said}) from None
    return networks


def _permitted(user: User, permissions: Collection[str]) -> list[str]:
    beyond = set(permissions) - set(grantable(user))
    if beyond:
        said = _("The account itself may not: %s") % ", ".join(sorted(beyond))
        raise ValidationError({"permissions": said})
    return sorted(permissions)


def _office(user: User, code: str) -> Office | None:
    if not code:
        return None
    office = Office.objects.filter(code=code).first()
    if office is None or not user.scope().allows(code):
        raise ValidationError({"office": _("The account itself does not see this office.")})
    return office


def _new_secret(prefix: str) -> str:
    return f"tw_{prefix}_{secrets.token_urlsafe(32)}"
