"""The one way an entry is written as bytes, so that everybody computes the same digest."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

GENESIS = "0" * 64
FIELDS = ("sequence", "at", "actor", "action", "subject", "office", "detail", "previous")
LATER = ("address", "reason", "result")  # left out where they say nothing, as before they were kept


def canonical(content: dict[str, Any]) -> bytes:
    """JSON with sorted keys, no white space, UTF-8; times in UTC with a Z."""
    return orjson.dumps(
        content,
        default=str,
        option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS,
    )


def written(content: dict[str, Any]) -> bytes:
    """An entry in canonical form: what its digest is made of."""
    said = {name: content[name] for name in FIELDS}
    return canonical(said | {name: content[name] for name in LATER if content[name]})


def digest(content: dict[str, Any]) -> str:
    """SHA-256 of what is `written` of an entry, as hexadecimal."""
    return hashlib.sha256(written(content)).hexdigest()
