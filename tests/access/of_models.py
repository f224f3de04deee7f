"""Models."""

from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING

from tests.access.factories import shows
from tidewaiter.desks.targeting.models import RiskModelVersion

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User


@shows("targeting:model", "targeting:model_promote", sight="shared")
def model(office: str, officer: User) -> dict[str, object]:
    made = RiskModelVersion.objects.create(
        version=uuid.uuid4().hex, trained_by=officer, learned_until=date(2026, 1, 1)
    )
    return {"version": made.version}
