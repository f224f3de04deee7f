"""What stands in the place of a masked value: a keyed token, the same for the same value, or a word.

A token is HMAC-SHA256 of kind and value under a key of this house, cut to 128 bits: nobody without
the key can tell whose it is by trying names (NIST SP 800-107, section 5.3). Case and spaces do not
count, so that a name links however it was typed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import unicodedata
from typing import TYPE_CHECKING

from tidewaiter.platform.privacy import keys

if TYPE_CHECKING:
    from tidewaiter.engine.records.masking import Token

MASKED = "masked"
LINKING = ("name", "identifier")  # of anything else, a token would link nothing


def token(kind: str, value: str, key: bytes | None = None) -> str:
    plain = " ".join(unicodedata.normalize("NFKC", value).casefold().split())
    said = f"{kind}\x1f{plain}".encode()
    code = hmac.digest(key or keys.token_key(), said, hashlib.sha256)[:16]
    return f"{MASKED}-{base64.b32encode(code).decode().rstrip('=').lower()}"


def replacing(*, link: bool) -> Token:
    """How values are replaced: by tokens where they may link, by one word otherwise."""
    key = keys.token_key()

    def replace(kind: str, value: str) -> str:
        return token(kind, value, key) if link and kind in LINKING else MASKED

    return replace
