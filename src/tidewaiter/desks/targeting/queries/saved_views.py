"""The worklists an officer keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidewaiter.desks.targeting.models import SavedView
from tidewaiter.platform.accounts.access import check

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User


def views_of(user: User) -> list[SavedView]:
    """His own only, by name. Raises Denied."""
    check(user, "targeting.read")
    return list(SavedView.objects.filter(owner=user))
