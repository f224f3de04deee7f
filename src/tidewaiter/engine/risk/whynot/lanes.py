"""How far a declaration was from each lane of its office and day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engine.risk.selection.picks import VALUE
from tidewaiter.engine.risk.selection.policy import WHOLE
from tidewaiter.engine.risk.selection.traffic import size, size_one

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidewaiter.engine.risk.selection import SelectionPolicy


@dataclass(frozen=True, slots=True)
class LaneDistance:
    """least: value per minute of the last declaration that value took into the lane, None where it
    took none. own: the declaration's. needed: the expected value that would have equalled `least`,
    gap: what was missing (in the currency of the values). capacity: minutes a day of the control,
    None where none are entered; planned: minutes that the day's selections take of it.
    """

    lane: str
    control: str
    least: float | None
    own: float
    needed: float | None
    gap: float | None
    capacity: float | None
    planned: float

    @property
    def full(self) -> bool:
        """Whether no further control of one item would have fitted."""
        return self.capacity is not None and self.planned >= self.capacity


def distances(
    expected_value: float,
    items: int,
    day: pl.DataFrame,
    capacity: Mapping[str, float],
    policy: SelectionPolicy,
) -> list[LaneDistance]:
    """day: selections in force of the same office and day (SELECTIONS columns). capacity: minutes a
    day by control. Lanes in the order they are filled."""
    units = size_one(items, policy)
    worth = day.with_columns(units=size(pl.col("items"), policy))
    found = []
    for rule in policy.lanes:
        minutes = policy.minutes_of(rule.control)
        per_minute = pl.col("expected_value") / pl.col("units") * WHOLE / minutes
        taken = worth.filter((pl.col("selected_by") == VALUE) & (pl.col("lane") == rule.lane))
        least = taken.select(per_minute.min()).item() if taken.height else None
        needed = None if least is None else least * minutes * units / WHOLE
        planned = float(
            worth.filter(pl.col("controls").list.contains(rule.control))["units"]
            .cast(pl.Float64)
            .sum()
        )
        found.append(
            LaneDistance(
                lane=rule.lane,
                control=rule.control,
                least=least,
                own=expected_value / units * WHOLE / minutes,
                needed=needed,
                gap=None if needed is None else max(needed - expected_value, 0.0),
                capacity=capacity.get(rule.control),
                planned=planned * minutes / WHOLE,
            )
        )
    return found
