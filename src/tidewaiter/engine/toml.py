"""TOML as people send it: profiles, lists, policies, mappings."""

from __future__ import annotations

import re
import tomllib
from typing import Any

NUL = re.compile(r"(?<!\\)(?:\\\\)*\\(?:u0000|U00000000)")  # escaped; TOML refuses it bare


def read_toml(text: str) -> dict[str, Any]:
    """The document. Raises tomllib.TOMLDecodeError, also for a file made of nothing but brackets,
    on which the parser of the standard library runs out of stack, and for the character NUL, which
    PostgreSQL cannot keep."""
    if NUL.search(text):
        raise tomllib.TOMLDecodeError("the character NUL (U+0000) is no part of a text")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise tomllib.TOMLDecodeError("brackets are nested too deeply") from None
