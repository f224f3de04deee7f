"""Commodity codes in a profile: chapters, headings, subheadings and their national splits."""

from __future__ import annotations

LENGTHS = (2, 4, 6, 8, 10)
Found = tuple[str, dict[str, object]]


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def literal_problem(code: str, *, exact: bool, digits: int = 0) -> Found | None:
    """What is wrong with a fixed code; `hs_short` and `hs_long` are only warnings.

    `exact`: a code must be equal to it. `digits`: how many the codes have, 0 for a whole code.
    """
    if not _is_digits(code):
        return "hs_not_digits", {"found": code}
    if len(code) not in LENGTHS:
        return "hs_digits", {"found": code, "digits": len(code)}
    if exact and len(code) < (digits or 6):
        return "hs_short", {"found": code, "digits": len(code)}
    if exact and digits and len(code) > digits:
        return "hs_long", {"found": code, "digits": digits}
    return None


def pattern_problem(pattern: str) -> Found | None:
    """What is wrong with a LIKE pattern: what stands before its first % counts as digits."""
    if not all(part == "" or _is_digits(part) for part in pattern.replace("_", "%").split("%")):
        return "hs_not_digits", {"found": pattern}
    start = pattern.split("%", maxsplit=1)[0]
    if start and len(start) not in LENGTHS:
        return "hs_digits", {"found": start, "digits": len(start)}
    return None
