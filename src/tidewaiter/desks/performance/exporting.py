"""The counts into a file."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from tidewaiter.desks.performance.queries import daily
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from tidewaiter.desks.performance.queries import Wanted
    from tidewaiter.platform.accounts.models import User


def write_daily(user: User, wanted: Wanted) -> str:
    """CSV text: a row per day, office, lane and step. Raises Denied."""
    rows = daily(user, wanted)
    asked = {name: value for name, value in asdict(wanted).items() if value}
    record(user, "performance.export", rows=rows.height, **asked)
    return rows.write_csv()
