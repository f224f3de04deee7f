"""LIKE: % stands for any characters, _ for one; case matters; nothing escapes them.

`matcher` is linear in the text for each piece between % signs: no pattern an officer writes can
make it run away. `regex` says the same to a linear-time regular expression engine.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Matcher = Callable[[str], bool]


def prefix_of(pattern: str) -> str | None:
    """The fixed start, when the pattern is nothing but a fixed start and one %."""
    body = pattern[:-1]
    return body if pattern.endswith("%") and "%" not in body and "_" not in body else None


def regex(pattern: str) -> str:
    """A regular expression with the same meaning, for an engine where . can match newlines."""
    pieces = {"%": ".*", "_": "."}
    return "(?s)^" + "".join(pieces.get(c, re.escape(c)) for c in pattern) + "$"


def matcher(pattern: str) -> Matcher:
    """A function text → does the whole text match?"""
    first, *rest = [_piece(piece) for piece in pattern.split("%")]
    if not rest:
        return lambda text: first.fullmatch(text) is not None
    *middle, (last_length, last) = [(_length(p), p) for p in rest]

    def matches(text: str) -> bool:
        start = first.match(text)
        if start is None:
            return False
        place = start.end()
        for _, piece in middle:
            found = piece.search(text, place)
            if found is None:
                return False
            place = found.end()
        end = len(text) - last_length
        return end >= place and last.match(text, end) is not None

    return matches


def _piece(piece: str) -> re.Pattern[str]:
    return re.compile("".join("." if c == "_" else re.escape(c) for c in piece), re.DOTALL)


def _length(piece: re.Pattern[str]) -> int:
    """Characters a piece matches: pieces have no repetition, so each match is as long as its text."""
    return len(re.sub(r"\\(.)", r"\1", piece.pattern, flags=re.DOTALL))
