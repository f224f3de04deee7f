"""Keys in `keys/privacy` of the home folder, made on first use: one that tokens are made with, and
one that originals are encrypted with. Destroying the second makes all originals unreadable at once;
destroying the first, nobody can tell any more to whom a token belongs by trying names.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from tidewaiter.platform.durable import sync
from tidewaiter.platform.keyfiles import key_folder, write_key
from tidewaiter.platform.lock import only_one
from tidewaiter.platform.vault.container import KEY, Master

if TYPE_CHECKING:
    from pathlib import Path

WHOSE = "privacy"
TOKENS, ORIGINALS = "tokens", "originals"


def token_key() -> bytes:
    return _read(TOKENS) or _make(TOKENS)


def master() -> Master:
    """The key that seals originals."""
    return Master(_read(ORIGINALS) or _make(ORIGINALS))


def masters() -> list[Master]:
    """Those that may open originals; none if it was destroyed."""
    key = _read(ORIGINALS)
    return [Master(key)] if key else []


def destroy(which: str) -> bool:
    """Overwrite and remove a key; False if there is none. Backups keep theirs."""
    path = _path(which)
    if not path.exists():
        return False
    with path.open("r+b") as file:
        file.write(secrets.token_hex(KEY).encode())
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    sync(path.parent)
    return True


def _path(which: str) -> Path:
    return key_folder(WHOSE) / f"{which}.key"


def _read(which: str) -> bytes | None:
    path = _path(which)
    return bytes.fromhex(path.read_text("ascii")) if path.exists() else None


def _make(which: str) -> bytes:
    with only_one("privacy-key"):
        found = _read(which)
        if found is None:
            found = secrets.token_bytes(KEY)
            write_key(_path(which), found.hex().encode())
        return found
