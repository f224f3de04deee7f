"""Numbers that an officer can read."""

from __future__ import annotations


def rounded(value: float, digits: int = 2) -> float:
    """To so many leading digits."""
    return float(f"{value:.{digits}g}")
