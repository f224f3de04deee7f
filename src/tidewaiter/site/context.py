"""What every page of the frame needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.functional import SimpleLazyObject

from tidewaiter.platform.accounts.emergencies import lasting_of
from tidewaiter.platform.sign_on.configuration import sign_on
from tidewaiter.site.navigation import groups_for, search_for
from tidewaiter.site.preferences import Preferences

if TYPE_CHECKING:
    from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """Navigation entries that the officer may follow, preferences, languages."""
    user = getattr(request, "user", None)
    known = user is not None and user.is_authenticated
    groups = SimpleLazyObject(lambda: groups_for(user, request.path) if known else [])
    return {
        "navigation_groups": groups,
        "navigation": SimpleLazyObject(
            lambda: [entry for group in groups for entry in group.entries]
        ),
        "bar_search": SimpleLazyObject(lambda: search_for(user) if known else ""),
        "preferences": getattr(request, "preferences", None) or Preferences(),
        "languages": settings.LANGUAGES,
        "sign_on": SimpleLazyObject(sign_on) if settings.SIGN_ON else None,
        "emergencies": SimpleLazyObject(lambda: lasting_of(user) if known else []),
    }
