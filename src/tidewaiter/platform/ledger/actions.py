"""Writing to the ledger. Called inside the transaction of the action it records."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import orjson
from django.db import transaction
from django.utils import timezone

from tidewaiter.platform.ledger.models import Entry

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

GENESIS = "0" * 64


def canonical(content: dict[str, Any]) -> bytes:
    """Canonical JSON: sorted keys, UTF-8, no white space."""
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)


@transaction.atomic
def record(
    actor: User | None, action: str, subject: str = "", *, office: str = "", **detail: Any
) -> Entry:
    """Append one entry, chained to the one before it by SHA-256."""
    last = Entry.objects.order_by("-sequence").first()
    content = {
        "sequence": last.sequence + 1 if last else 1,
        "at": timezone.now(),
        "actor": actor.username if actor else "system",
        "action": action,
        "subject": subject,
        "office": office,
        "detail": orjson.loads(orjson.dumps(detail, default=str)),
        "previous": last.digest if last else GENESIS,
    }
    digest = hashlib.sha256(canonical(content)).hexdigest()
    return Entry.objects.create(**content, digest=digest)
