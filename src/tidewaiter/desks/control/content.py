"""What an inspector says about a control, as checked by the form and taken by the action."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class Line:
    """A find in one risk area. severity 1 or 2; `items` empty means the whole declaration."""

    risk_area: str
    severity: int
    description: str = ""
    revenue: Decimal = Decimal(0)
    items: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """A result. `id` and the photographs' ids are made on the device; no lines: nothing found.

    device_time: when the button was pressed, sent_at: when this was sent, both by the device's
    clock. position: latitude, longitude in degrees (WGS 84), accuracy in metres.
    """

    id: UUID
    minutes: int
    lines: tuple[Line, ...] = ()
    controls: tuple[str, ...] = ()
    notes: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    device_time: datetime | None = None
    sent_at: datetime | None = None
    position: dict[str, float] | None = None
    photographs: tuple[UUID, ...] = ()

    @property
    def found(self) -> bool:
        return bool(self.lines)

    @property
    def revenue(self) -> Decimal:
        return sum((line.revenue for line in self.lines), Decimal(0))

    def clock_offset(self, now: datetime) -> int:
        """How many seconds the device's clock is ahead of ours."""
        return int((self.sent_at - now).total_seconds()) if self.sent_at else 0
