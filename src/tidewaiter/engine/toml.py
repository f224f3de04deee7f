"""TOML as people send it: profiles, lists, policies, mappings."""

from __future__ import annotations

import tomllib
from typing import Any


def read_toml(text: str) -> dict[str, Any]:
    """The document. Raises tomllib.TOMLDecodeError, also for a file made of nothing but brackets,
    on which the parser of the standard library runs out of stack."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise tomllib.TOMLDecodeError("brackets are nested too deeply") from None
