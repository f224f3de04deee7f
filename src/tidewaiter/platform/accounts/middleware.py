"""Deny by default: a view opens only if it is marked, and only to those its mark admits."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from tidewaiter.platform.accounts.factors import lacks_factor
from tidewaiter.platform.accounts.lockout import client_address
from tidewaiter.platform.ledger.whence import coming_from

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.sessions.backends.base import SessionBase
    from django.http import HttpRequest, HttpResponse

# How stale "last seen" may be, in seconds: it spares a write at every request.
SEEN_EVERY = 60
# Doors of the log-in library: it guards them itself.
LIBRARY_DOORS = (
    "allauth.",
    "django.views.i18n",
    "django.views.static",
    "django.contrib.staticfiles",
)


class Whence:
    """Entries of the ledger tell the address that a request came from."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with coming_from(client_address(request)):
            return self.get_response(request)


class PlainAddress:
    """No address holds NUL: nobody means it, and PostgreSQL takes it in no text."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("NUL in the address")
        return self.get_response(request)


class SessionLife:
    """A session ends when nothing was asked in it for long, and after a working day anyway.

    Django alone would begin its time anew whenever something is kept in it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if SESSION_KEY in request.session:
            now = time.time()
            if _is_over(request.session, now):
                logout(request)
            elif now - request.session["seen"] > SEEN_EVERY:
                request.session["seen"] = now
        return self.get_response(request)


def _is_over(session: SessionBase, now: float) -> bool:
    began, seen = session.setdefault("began", now), session.setdefault("seen", now)
    return now - began > settings.SESSION_COOKIE_AGE or now - seen > settings.SESSION_IDLE


class DenyByDefault:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], *_arguments: Any
    ) -> HttpResponse | None:
        mark = getattr(view, "permission", None)
        # A view marked "token" is guarded by its own check of the machine client's token.
        library = mark is None and view.__module__.startswith(LIBRARY_DOORS)
        if mark in ("public", "token") or library:
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if mark is None:
            raise PermissionDenied("this page has no permission mark")
        if lacks_factor(request.user, request.session):
            messages.warning(request, _("Your account needs a second factor: add one to go on."))
            return redirect("mfa_index")
        return None
