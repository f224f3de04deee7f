"""Currency codes of ISO 4217, present and past (Unicode CLDR, through Babel)."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale


@lru_cache(maxsize=1)
def codes() -> frozenset[str]:
    """All three-letter codes, withdrawn ones too: old declarations are records as well."""
    return frozenset(Locale("en").currencies)


def currency(value: str) -> str | None:
    """The code meant by `value`, None if it is not one of ISO 4217.

    >>> currency(" eur"), currency("EURO")
    ('EUR', None)
    """
    text = value.strip().upper()
    return text if text in codes() else None
