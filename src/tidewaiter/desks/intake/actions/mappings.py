"""Saving how a sender's columns are to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from tidewaiter.desks.intake.models import MappingVersion
from tidewaiter.engine.messages.tabular.mapping_file import parse
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User


@transaction.atomic
def save_mapping(actor: User, *, name: str, toml: str) -> MappingVersion:
    """Save a mapping as a new version of its name; files whose header it fits will find it.

    Raises Denied, MappingError.
    """
    check(actor, "intake.submit")
    parse(toml)
    last = MappingVersion.objects.filter(name=name).order_by("-version").first()
    if last is not None and last.toml == toml:
        return last
    saved = MappingVersion.objects.create(
        name=name,
        version=last.version + 1 if last else 1,
        toml=toml,
        saved_by=actor,
        saved_at=timezone.now(),
    )
    record(actor, "mapping.save", f"mapping:{saved.pk}", name=name, version=saved.version)
    return saved
