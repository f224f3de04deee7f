"""The report of what was masked, and holds."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from tests.access.factories import NATIONAL, shows
from tidewaiter.platform.privacy.models import Disclosure, LegalHold

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

NATIONAL.update({"privacy:report", "privacy:export", "privacy:schedule", "privacy:holds"})


@shows("privacy:lift", sight="national")
def hold(office: str, officer: User) -> dict[str, object]:
    made = LegalHold.objects.create(
        declaration_id="26XT0001", reason="A test needs it.", by=officer, since=timezone.now()
    )
    return {"pk": made.pk}


@shows("privacy:unmasked", sight="own")
def disclosure(office: str, officer: User) -> dict[str, object]:
    now = timezone.now()
    made = Disclosure.objects.create(
        officer=officer, declaration_id="26XT0001", office=office, fields=["importer_name"],
        reason="A test needs it.", proposal=Disclosure.objects.count() + 1, approved_by=officer,
        approved_at=now, until=now + timedelta(hours=1),
    )  # fmt: skip
    return {"pk": made.pk}
