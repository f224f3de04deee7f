"""What chance picked, drawn again: for auditors of the whole administration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING

import polars as pl
from django.utils import timezone

from tidewaiter.desks.targeting.actions.overrides import OVERRIDE
from tidewaiter.desks.targeting.actions.policy import policy_of
from tidewaiter.engine.records import SELECTIONS
from tidewaiter.engine.risk import chance
from tidewaiter.engine.risk.selection.picks import CANCELLED, MANDATORY, RANDOM, RATE
from tidewaiter.platform.accounts.access import check_national
from tidewaiter.platform.chance.models import DayKey
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from tidewaiter.platform.accounts.models import User

AUDIT = "ledger.read"
DRAWN: dict[str, pl.DataType] = {
    "declaration_date": pl.Date(),
    "declaration_id": pl.String(),
    "selected_by": pl.String(),
    "number": pl.Float64(),
    "rate": pl.Float64(),
    "due": pl.Boolean(),
    "drawn": pl.Boolean(),
}


@dataclass(frozen=True, slots=True)
class ChanceDay:
    """A day's key with the entries of the ledger that published its digest and, later, itself."""

    key: DayKey
    committed: Entry | None
    revealed: Entry | None

    @property
    def before(self) -> bool:
        """Whether the digest was published before the day began."""
        begins = timezone.make_aware(datetime.combine(self.key.date, time.min))
        return self.committed is not None and self.committed.at < begins

    @property
    def genuine(self) -> bool:
        """Whether the key is the one whose digest was published."""
        said = self.committed.detail.get("commitment") if self.committed else None
        return said == self.key.commitment == chance.commitment(self.key.key)


def day_keys(user: User) -> QuerySet[DayKey]:
    """The newest first. Raises Denied."""
    check_national(user, AUDIT)
    return DayKey.objects.order_by("-date")


def with_entries(keys: Iterable[DayKey]) -> list[ChanceDay]:
    keys = list(keys)
    subjects = [f"day:{key.date}" for key in keys]
    rows = Entry.objects.filter(subject__in=subjects, action__startswith="chance.")
    found = {(entry.action, entry.subject): entry for entry in rows}
    return [
        ChanceDay(
            key,
            found.get(("chance.commit", f"day:{key.date}")),
            found.get(("chance.reveal", f"day:{key.date}")),
        )
        for key in keys
    ]


def drawn_again(days: list[date] | None = None) -> pl.DataFrame:
    """Declarations that the random share could take, of these days or of all that have a key:
    declaration_date, declaration_id, selected_by, number, rate, due (the number is below the rate)
    and drawn (it was picked so). Mandatory picks, profiles' own shares and overrides come before it
    or after it and are left out."""
    keys = DayKey.objects.all() if days is None else DayKey.objects.filter(date__in=days)
    by_day = dict(keys.values_list("date", "key"))
    parts = [pl.DataFrame(schema=DRAWN)]
    for (day, digest), rows in _open_to_chance(days).group_by("declaration_date", "policy"):
        policy = policy_of(str(digest))
        if policy is not None and day in by_day:
            number = chance.draw(pl.col("declaration_id"), by_day[day])
            told = rows.with_columns(
                number=number, rate=pl.lit(policy.random_rate), due=number < policy.random_rate
            )
            parts.append(told.select(*DRAWN))
    return pl.concat(parts).sort("declaration_date", "declaration_id")


def _open_to_chance(days: list[date] | None) -> pl.DataFrame:
    selected_by = pl.col("selected_by")
    others = selected_by.str.starts_with(RATE) | selected_by.str.starts_with(MANDATORY)
    others |= selected_by.is_in([OVERRIDE, CANCELLED])
    where = None if days is None else pl.col("declaration_date").is_in(days)
    return (
        lake().current(SELECTIONS, where)
        .filter(pl.col("policy").is_not_null() & ~others)
        .select("declaration_id", "declaration_date", "selected_by", "policy",
                drawn=selected_by == RANDOM)
        .collect(engine="streaming")
    )  # fmt: skip
