"""Reports and drift of the performance desk."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.utils import timezone

from tests.access.factories import FORMS, shows
from tests.access.of_models import model
from tidewaiter.desks.performance.models import ComplianceReport, DriftCheck
from tidewaiter.desks.targeting.models import RiskModelVersion
from tidewaiter.platform.vault.actions import store

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

FORMS["performance:report_ask"] = lambda office: {"month": "2026-03"}


@shows("performance:report")
def report(office: str, officer: User) -> dict[str, object]:
    made = ComplianceReport.objects.create(
        month=date(2026, 3, 1), national=False, offices=[office], language="en",
        headline=f"What {office} misses", file=store(f"%PDF-{office}".encode(), None),
        written_at=timezone.now(), written_by=officer,
    )  # fmt: skip
    return {"pk": made.pk}


@shows("performance:drift_fact", sight="shared")
def drift_fact(office: str, officer: User) -> dict[str, object]:
    version = model(office, officer)["version"]
    RiskModelVersion.objects.filter(version=version).update(state="champion")
    fact = {
        "fact": "duty_rate", "psi": 0.3, "by_chance": 0.02, "state": "alarm", "missing_before": 0.0,
        "missing_now": 0.1, "median_before": 4.0, "median_now": 12.0, "bins": ["≤ 4", "> 4", ""],
        "before": [0.5, 0.5, 0.0], "now": [0.2, 0.7, 0.1],
    }  # fmt: skip
    hits = {"found": 30, "controls": 100, "random_found": 5, "random_controls": 100}
    DriftCheck.objects.get_or_create(
        model=version,
        defaults={
            "checked_at": timezone.now(), "learnt_since": date(2026, 1, 1),
            "learnt_until": date(2026, 2, 28), "since": date(2026, 3, 1), "until": date(2026, 3, 28),
            "rows_before": 900, "rows_now": 800, "facts": [fact], "alarms": 1,
            "hit_rates": {
                "before": hits, "now": hits, "verdict": "steady", "alarm": False,
                "changes": {"targeted": [0.0, -0.2, 0.2]},
            },
        },
    )  # fmt: skip
    return {"fact": "duty_rate"}
