"""The one way an entry is written as bytes, so that everybody computes the same digest."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

GENESIS = "0" * 64
FIELDS = ("sequence", "at", "actor", "action", "subject", "office", "detail", "previous")


def canonical(content: dict[str, Any]) -> bytes:
    """JSON with sorted keys, no white space, UTF-8; times in UTC with a Z."""
    return orjson.dumps(
        content,
        default=str,
        option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS,
    )


def digest(content: dict[str, Any]) -> str:
    """SHA-256 of an entry's FIELDS in canonical form, as hexadecimal."""
    return hashlib.sha256(canonical({name: content[name] for name in FIELDS})).hexdigest()
