"""TOML as people send it: profiles, lists, policies, mappings."""

from __future__ import annotations

import tomllib
from typing import Any


def read_toml(text: str) -> dict[str, Any]:
    """The document. Raises tomllib.TOMLDecodeError, also for a file made of nothing but brackets,
    on which the parser of the standard library runs out of stack, and for the character NUL, which
    PostgreSQL cannot keep."""
    if "\\u0000" in text or "\\U00000000" in text:
        raise tomllib.TOMLDecodeError("the character NUL (U+0000) is no part of a text")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise tomllib.TOMLDecodeError("brackets are nested too deeply") from None
