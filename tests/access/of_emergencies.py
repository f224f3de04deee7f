"""Emergencies: into an office, by somebody of another one."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from tests.access.factories import shows
from tidewaiter.platform.accounts.models import Emergency, Office, User


def emergency_of(office: str, user: User) -> Emergency:
    now = timezone.now()
    return Emergency.objects.create(
        user=user, office=Office.objects.get_or_create(code=office)[0], reason="A test needs it.",
        begun_at=now - timedelta(hours=2), ends_at=now - timedelta(hours=1),
    )  # fmt: skip


@shows("accounts:emergency")
def of_another(office: str, officer: User) -> dict[str, object]:
    other = User.objects.create(username=f"other-{User.objects.count()}", password="!")
    return {"pk": emergency_of(office, other).pk}


@shows("accounts:end_emergency", sight="own")
def ones_own(office: str, officer: User) -> dict[str, object]:
    return {"pk": emergency_of(office, officer).pk}
