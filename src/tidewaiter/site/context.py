"""What every page of the frame needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidewaiter.site.navigation import navigation_for

if TYPE_CHECKING:
    from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """Navigation entries that the officer may follow."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"navigation": []}
    return {"navigation": navigation_for(user, request.path)}
