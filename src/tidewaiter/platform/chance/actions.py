"""The day's secret: made before its first use, committed to in the ledger, revealed afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from tidewaiter.engine.risk import chance
from tidewaiter.platform.chance.models import DayKey
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date


class ClockBehind(Exception):
    """The key of a day that is not over by the clock was published already: the clock was stepped
    back, and whoever read the key could tell the picks beforehand."""

    def __init__(self, day: date) -> None:
        super().__init__(
            f"the clock says {timezone.localdate()}, but the key of {day} was published, which is "
            "done when a day is over: set the clock"
        )


@transaction.atomic
def day_keys(days: Iterable[date]) -> dict[date, str]:
    """The key of each of the days; those not made yet are made at once."""
    return {day: day_key(day) for day in days}


def day_key(day: date) -> str:
    """The key of a day's random picks. Its SHA-256 enters the ledger when it is made. Raises
    ClockBehind."""
    known = DayKey.objects.filter(date=day).first()
    if known and known.revealed_at is not None and day >= timezone.localdate():
        raise ClockBehind(day)
    return known.key if known else _new_key(day)


@transaction.atomic
def _new_key(day: date) -> str:
    key = chance.new_key()
    made, created = DayKey.objects.get_or_create(
        date=day, defaults={"key": key, "commitment": chance.commitment(key)}
    )
    if created:
        record(None, "chance.commit", f"day:{day}", commitment=made.commitment)
    return made.key


@transaction.atomic
def reveal_past_days() -> int:
    """Publish in the ledger the keys of days that are over; the number of them."""
    today = timezone.localdate()
    over = DayKey.objects.select_for_update().filter(date__lt=today, revealed_at=None)
    count = 0
    for one in over:
        record(None, "chance.reveal", f"day:{one.date}", key=one.key, commitment=one.commitment)
        one.revealed_at = timezone.now()
        one.save(update_fields=["revealed_at"])
        count += 1
    return count
