"""Codes as an officer's telephone shows them."""

from __future__ import annotations

from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)


def code_of(secret: str, offset: int = 0) -> str:
    """The code of now, or of so many steps later."""
    counter = next(yield_hotp_counters_from_time()) + offset
    return format_hotp_value(hotp_value(secret, counter))
