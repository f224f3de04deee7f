"""Deny by default: a view opens only if it is marked, and only to those its mark admits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied

from tidewaiter.platform.accounts.lockout import client_address
from tidewaiter.platform.ledger.whence import coming_from

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

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


class KeptByNoCache:
    """What an officer sees stays in no cache, the browser's or a proxy's, unless its view says
    otherwise: the next person at the desk would find it there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class DenyByDefault:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], *_: Any
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
        return None
