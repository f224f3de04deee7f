"""What world to simulate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

ITEMS_A_DECLARATION = 2.5
OWN_COUNTRY = "XT"  # ISO 3166 leaves XA to XZ to its users: no country bears this code


@dataclass(frozen=True, slots=True)
class Setting:
    """The same setting gives the same world, byte for byte, whatever the size of the chunks.

    `illicit_rate` is the share of goods items that break the law, `inspected_rate` the share of
    declarations that the administration looked at while the world went by, `random_rate` the part of
    these drawn at random.
    """

    items: int
    seed: int = 1
    start: date = date(2026, 1, 1)
    months: int = 12
    currency: str = "EUR"
    illicit_rate: float = 0.035
    inspected_rate: float = 0.05
    random_rate: float = 0.01

    def __post_init__(self) -> None:
        if self.items < 1 or self.months < 1:
            raise ValueError("items and months must be at least 1")
        if not 0 <= self.random_rate <= self.inspected_rate <= 1:
            raise ValueError("rates: 0 <= random_rate <= inspected_rate <= 1")
        if not 0 <= self.illicit_rate <= 0.5:
            raise ValueError("illicit_rate must lie between 0 and 0.5")

    @property
    def end(self) -> date:
        """The day after the last."""
        month = self.start.month - 1 + self.months
        return date(self.start.year + month // 12, month % 12 + 1, 1).replace(
            day=min(self.start.day, 28)
        )

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def declarations(self) -> int:
        """Upper bound: the last ones may not be needed."""
        return math.ceil(self.items / ITEMS_A_DECLARATION * 1.02) + 10

    def day(self, index: int) -> date:
        return self.start + timedelta(days=index)
