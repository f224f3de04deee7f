"""How seals are chained: each carries the digest of the one before it in the same table."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from tidewaiter.platform.ledger.canonical import GENESIS, canonical
from tidewaiter.platform.seals.models import Seal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidewaiter.platform.seals.folder import Sum

FIELDS = ("table", "number", "version", "kind", "at", "files", "gone", "previous")


def digest(content: dict[str, Any]) -> str:
    """SHA-256 of the canonical JSON of FIELDS, as hexadecimal."""
    return hashlib.sha256(canonical({name: content[name] for name in FIELDS})).hexdigest()


def digest_of(seal: Seal) -> str:
    return digest({name: getattr(seal, name) for name in FIELDS})


def last_seal(table: str) -> Seal | None:
    return Seal.objects.filter(table=table).order_by("-number").first()


def append(
    table: str, version: int, kind: str, files: dict[str, Sum], gone: Iterable[str] = ()
) -> Seal:
    """Within a transaction, by who holds the lock of the table."""
    last = last_seal(table)
    content = {
        "table": table,
        "number": last.number + 1 if last else 1,
        "version": version,
        "kind": kind,
        "at": timezone.now(),
        "files": {path: list(told) for path, told in files.items()},
        "gone": sorted(gone),
        "previous": last.digest if last else GENESIS,
    }
    return Seal.objects.create(**content, digest=digest(content))


def standing(table: str) -> dict[str, tuple[Sum, Seal]]:
    """Files that should lie in the folder now: their sums, and the seal that told them last."""
    found: dict[str, tuple[Sum, Seal]] = {}
    for seal in Seal.objects.filter(table=table).order_by("number").iterator(chunk_size=500):
        for path, (sha256, size) in seal.files.items():
            found[path] = ((sha256, size), seal)
        for path in seal.gone:
            found.pop(path, None)
    return found
