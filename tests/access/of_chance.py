"""Days of chance: they tell of every office."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from tests.access.factories import NATIONAL, shows
from tidewaiter.platform.chance.actions import day_key, reveal_past_days

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

NATIONAL.add("targeting:chance")


@shows("targeting:chance_day", "targeting:chance_export", sight="national")
def day(office: str, officer: User) -> dict[str, object]:
    yesterday = timezone.localdate() - timedelta(days=1)
    day_key(yesterday)
    reveal_past_days()
    return {"day": yesterday.isoformat()}
