"""The door of every page and end-point: `@requires("area.verb")`; without it nothing opens."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied

from tidewaiter.platform.accounts.roles import PERMISSIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.accounts.scope import Limit


class Denied(PermissionDenied):
    """The officer lacks a permission, the page says which; or holds it, and may not here: `why` says
    it in words."""

    def __init__(self, permission: str, why: str = "") -> None:
        super().__init__(why or f"permission needed: {permission}")
        self.permission, self.why = permission, why


def check(user: User, permission: str) -> None:
    """Raise Denied unless the officer holds the permission. Every action starts with this."""
    if permission not in PERMISSIONS:
        raise ValueError(f"no role names the permission {permission}")
    if not user.may(permission):
        raise Denied(permission)


def confine(user: User, limit: Limit) -> User:
    """The same officer, who from here on may no more than a token names. Whatever asks what he may
    or sees, asks through `may` and `scope`, so nothing goes round it."""
    user.limit = limit
    user.__dict__.pop("_scope", None)
    return user


def check_national(user: User, permission: str) -> None:
    """`check`, for what serves or tells of every office: only who sees all of them."""
    check(user, permission)
    if not user.scope().national:
        raise Denied(permission)


def requires(
    permission: str,
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Mark a view with the permission it needs; DenyByDefault refuses views without a mark."""
    if permission not in PERMISSIONS:
        raise ValueError(f"no role names the permission {permission}")

    def mark(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            check(request.user, permission)
            return view(request, *args, **kwargs)

        guarded.permission = permission
        return guarded

    return mark


def signed_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view that any officer may open (home, own account)."""
    view.permission = "signed_in"
    return view


def public(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view that needs no log-in (health, static pages)."""
    view.permission = "public"
    return view


def by_own_check(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view for machines that checks their token or address itself."""
    view.permission = "token"
    return view


def by_token(urls: tuple[list[Any], str, str]) -> tuple[list[Any], str, str]:
    """Mark the views of a django-ninja API, which checks the token itself; its own description
    (OpenAPI) is open, as the source it is made from."""
    for pattern in urls[0]:
        described = pattern.name in ("openapi-json", "openapi-view", "api-root")
        pattern.callback.permission = "signed_in" if described else "token"
    return urls
