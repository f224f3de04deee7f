"""Intake pages and end-points."""

from __future__ import annotations

import io
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils import timezone

from tests.access.factories import shows
from tidewaiter.desks.intake.models import MappingVersion
from tidewaiter.platform.journal.models import Message, Quarantined
from tidewaiter.platform.journal.spool import spool, spool_path

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

MAPPING = Path(__file__).parents[2] / "examples" / "mappings" / "korea-customs.toml"


@shows(
    "intake:message", "intake:moving", "intake:raw", "intake:again", "intake:columns",
)  # fmt: skip
def message(office: str, officer: User) -> dict[str, object]:
    """A message from the office of which one line was kept out."""
    content = f"declaration_id,net_mass\n{uuid.uuid4()},heavy\n".encode()
    kept = spool(io.BytesIO(content))
    made = Message.objects.create(
        received_at=timezone.now(), sender=f"broker of {office}", reference=str(uuid.uuid4()),
        name=f"list-of-{office}.csv", stream="declarations", size=len(content),
        sha256=kept.sha256, submitted_by=officer, office=office, state="recorded", quarantined=1,
    )  # fmt: skip
    assert spool_path(kept.sha256).exists()
    Quarantined.objects.create(message=made, place="line 2", code="truncated", office=office)
    return {"pk": made.pk}


@shows("api:get_message")
def message_of_a_machine(office: str, officer: User) -> dict[str, object]:
    return {"message_id": message(office, officer)["pk"]}


@shows("intake:mapping", "intake:mapping_save", sight="shared")
def mapping(office: str, officer: User) -> dict[str, object]:
    """Mappings serve every office."""
    MappingVersion.objects.get_or_create(
        name="shared-mapping", version=1,
        defaults={"toml": MAPPING.read_text(), "saved_by": officer, "saved_at": timezone.now()},
    )  # fmt: skip
    return {"name": "shared-mapping"}


@shows("intake:mapping_download", sight="shared")
def mapping_version(office: str, officer: User) -> dict[str, object]:
    return mapping(office, officer) | {"version": 1}
