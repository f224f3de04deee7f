"""Persons in the ledger: a keyed digest of what was searched, the same for the same person."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from tidewaiter.platform.keyfiles import key_folder, write_key
from tidewaiter.platform.lock import only_one

WHOSE = "purpose"
LENGTH = 32  # hex digits: 128 bits


def person(text: str) -> str:
    """`person:` and the digest; spaces and case do not count."""
    plain = " ".join(text.split()).casefold()
    return f"person:{hmac.new(_key(), plain.encode(), hashlib.sha256).hexdigest()[:LENGTH]}"


def _key() -> bytes:
    """Made on first use; backups have it with the other keys."""
    path = key_folder(WHOSE) / "digest.key"
    if not path.exists():
        with only_one("purpose-key"):
            if not path.exists():
                write_key(path, secrets.token_hex(32).encode())
    return bytes.fromhex(path.read_text())
