"""The intake desk."""

from __future__ import annotations

import io

from tests.access.factories import shows
from tidewaiter.desks.intake.actions import record_message, save_mapping, submit
from tidewaiter.desks.intake.models import MappingVersion
from tidewaiter.platform.accounts.models import HeldRole, User
from tidewaiter.platform.journal.models import Message

STEPS = ("message", "moving", "raw", "again", "columns")
TABLE = "MRN,Date,HS\n{office},2026-01-05,850440\n"
MAPPING = 'name = "broker"\n[fields]\ndeclaration_id = "A"\ndeclaration_date = "B"\nhs = "C"\n'


def _clerk() -> User:
    clerk, made = User.objects.get_or_create(username="intake-clerk", national=True)
    if made:
        HeldRole.objects.create(user=clerk, role="intake_clerk")
    return clerk


@shows(*(f"intake:{step}" for step in STEPS))
def message(office: str, officer: User) -> dict[str, object]:
    """A table of an office that nobody has mapped yet."""
    clerk = _clerk()
    found = Message.objects.filter(office=office, submitted_by=clerk).first()
    if found is None:
        text = TABLE.format(office=office).encode()
        found = record_message(submit(clerk, io.BytesIO(text), name="table.csv"))
        Message.objects.filter(pk=found.pk).update(office=office)
    return {"pk": found.pk}


@shows("intake:mapping", "intake:mapping_save", sight="shared")
def mapping(office: str, officer: User) -> dict[str, object]:
    """A saved mapping; mappings are shared among officers."""
    if not MappingVersion.objects.filter(name="broker").exists():
        save_mapping(_clerk(), name="broker", toml=MAPPING)
    return {"name": "broker"}


@shows("intake:mapping_download", sight="shared")
def mapping_version(office: str, officer: User) -> dict[str, object]:
    return mapping(office, officer) | {"version": 1}
