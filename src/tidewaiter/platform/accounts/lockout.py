"""How long a log-in stays shut after failures: longer each time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from allauth.account.adapter import get_adapter
from axes.models import AccessFailureLog
from django.conf import settings
from django.utils import timezone

if TYPE_CHECKING:
    from django.http import HttpRequest

FIRST = timedelta(minutes=1)
LONGEST = timedelta(hours=4)
REMEMBERED = timedelta(hours=24)


def pause(request: HttpRequest | None) -> timedelta:
    """One minute after the first five failures of a day from an address, then four times as long
    with every further five."""
    if request is None or not getattr(request, "axes_ip_address", None):
        return FIRST
    failures = AccessFailureLog.objects.filter(
        ip_address=request.axes_ip_address, attempt_time__gt=timezone.now() - REMEMBERED
    )
    name = tried_name(request)
    if name:
        failures = failures.filter(username=name)
    rounds = failures.count() // settings.AXES_FAILURE_LIMIT
    return min(FIRST * 4 ** min(max(rounds - 1, 0), 8), LONGEST)


def tried_name(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """The name somebody tries to log in with, in one spelling: log-in ignores case, so the
    counting of failures must too."""
    given = (credentials or {}).get("username")
    if given is None and request is not None:
        given = request.POST.get("login", "")
    return str(given or "").strip().casefold()[:255].replace("\x00", "")


def client_address(request: HttpRequest) -> str:
    """The client's address, past the proxies that settings say are ours."""
    return get_adapter().get_client_ip(request)
