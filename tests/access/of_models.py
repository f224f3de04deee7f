"""Pages of the models; a model is national."""

from __future__ import annotations

from datetime import date

from tests.access.factories import shows
from tidewaiter.desks.targeting.models import RiskModelVersion
from tidewaiter.platform.accounts.models import User


@shows("targeting:model", "targeting:model_propose", "targeting:model_promote",
       "targeting:model_roll_back", sight="shared")  # fmt: skip
def model(office: str, officer: User) -> dict[str, object]:
    trainer, _made = User.objects.get_or_create(username="trainer-of-models")
    made, _made = RiskModelVersion.objects.get_or_create(
        version="e" * 64,
        defaults={
            "trained_by": trainer,
            "learned_until": date(2026, 3, 1),
            "metrics": {"auc": 0.9},
        },
    )
    return {"version": made.version}
