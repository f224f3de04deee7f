"""Who speaks through a token: asked at every request of a machine client."""

from __future__ import annotations

import logging
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.db.models import Q
from django.utils import timezone

from tidewaiter.platform.accounts.access import confine
from tidewaiter.platform.accounts.actions import secret_hash
from tidewaiter.platform.accounts.lockout import client_address
from tidewaiter.platform.accounts.models import Token
from tidewaiter.platform.ledger.actions import REFUSED, record
from tidewaiter.platform.limits import ADDRESS, TOKEN, count

if TYPE_CHECKING:
    from django.http import HttpRequest

    from tidewaiter.platform.accounts.models import User

log = logging.getLogger(__name__)
# How stale "last used" may be: it spares a write at every request.
USE_NOTED_EVERY = timedelta(minutes=10)


def authenticate_token(request: HttpRequest) -> User | None:
    """The user of `Authorization: Bearer tw_…`, confined to what the token may, for `auth=` of
    django-ninja; None refuses.

    Also sets `request.user`, so that actions and pages see the same officer. Requests are counted,
    by token or, when there is none, by address. Raises TooMany.
    """
    secret = _secret_of(request)
    hashed = secret_hash(secret)
    token = _token_of(hashed) if secret else None
    if token is None:
        if secret:
            log.warning("refused the token %s… from %s", secret[:11], client_address(request))
        count(ADDRESS, client_address(request))
        return None
    count(TOKEN, token.pk)
    address = client_address(request)
    if not _is_one_of(token.networks, address):
        _refuse_from(address, token)
        return None
    _note_use(token, "last_used_at" if hashed == token.secret_hash else "previous_used_at")
    request.user = confine(token.user, token.limit)
    return token.user


def _secret_of(request: HttpRequest) -> str:
    """What claims to be a secret of ours; empty without."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" and secret.startswith("tw_") else ""


def _token_of(hashed: str) -> Token | None:
    """By either secret in the same one look-up: how long it takes tells nothing."""
    either = Q(secret_hash=hashed) | Q(previous_hash=hashed, previous_until__gt=timezone.now())
    return Token.objects.valid().filter(either).select_related("user", "office").first()


def _is_one_of(networks: list[str], address: str) -> bool:
    if not networks:
        return True
    try:
        here = ip_address(address)
    except ValueError:
        return False
    here = getattr(here, "ipv4_mapped", None) or here
    return any(here in ip_network(network) for network in networks)


def _refuse_from(address: str, token: Token) -> None:
    """A good secret in a wrong place may be a stolen one: the ledger hears of it, once in a while."""
    log.warning("refused the token tw_%s… from %s: not its network", token.prefix, address)
    if cache.add(f"token-refused:{token.pk}:{address}", 1, USE_NOTED_EVERY.total_seconds()):
        record(None, "token.refuse", token.user.username, result=REFUSED, prefix=token.prefix)


def _note_use(token: Token, field: str) -> None:
    now, noted = timezone.now(), getattr(token, field)
    if noted is None or noted < now - USE_NOTED_EVERY:
        stale = Q(**{field: None}) | Q(**{f"{field}__lt": now - USE_NOTED_EVERY})
        Token.objects.filter(stale, pk=token.pk).update(**{field: now})
