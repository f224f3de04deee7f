"""The newest check of the model in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidewaiter.desks.performance.models import DriftCheck
from tidewaiter.desks.targeting.actions.learning import current_version
from tidewaiter.platform.accounts.access import check

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User


def newest_check(user: User) -> DriftCheck | None:
    """None while the model in force has not been checked. Raises Denied."""
    check(user, "models.read")
    version = current_version()
    return DriftCheck.objects.filter(model=version).first() if version else None


def alarms(user: User) -> int:
    """How many figures of the model in force have drifted. Raises Denied."""
    newest = newest_check(user)
    return newest.alarms if newest else 0
