"""The key of a repository: what is in it can be read with this key only, which is kept elsewhere, too."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidewaiter.platform.backup.moment import BackupError
from tidewaiter.platform.keyfiles import key_folder, write_key

if TYPE_CHECKING:
    from pathlib import Path

WHOSE = "backup"  # keys/backup of the home folder, the one folder that no backup holds
SIZE = 32  # bytes


@dataclass(frozen=True, slots=True)
class Key:
    secret: bytes

    @classmethod
    def new(cls) -> Key:
        return cls(secrets.token_bytes(SIZE))

    @classmethod
    def of(cls, text: str) -> Key:
        """The key as it was written down, with spaces or without. Raises BackupError."""
        body, _, check = "".join(text.split()).lower().rpartition("-")
        try:
            key = cls(bytes.fromhex(body.replace("-", "")))
        except ValueError:
            key = cls(b"")
        if len(key.secret) != SIZE or not hmac.compare_digest(key.id[:8], check):
            raise BackupError("this is no key of a repository, or it was copied with a mistake")
        return key

    def __str__(self) -> str:
        """Eight groups to be written down, and one that finds a mistake."""
        body = self.secret.hex()
        return "-".join([*(body[n : n + 8] for n in range(0, 2 * SIZE, 8)), self.id[:8]])

    @property
    def id(self) -> str:
        return self.derived(b"id").hex()[:32]

    def derived(self, purpose: bytes) -> bytes:
        """A key of 32 bytes for one purpose (HKDF-Expand of RFC 5869, one block)."""
        return hmac.digest(self.secret, b"tidewaiter backup " + purpose + b"\x01", hashlib.sha256)


def key_path() -> Path:
    return key_folder(WHOSE) / "repository.key"


def house_key() -> Key:
    """The key that this house backs up with. Raises BackupError."""
    if not key_path().exists():
        raise BackupError(
            f"there is no key in {key_path()}: make a repository with `tidewaiter backup init`"
        )
    return Key.of(key_path().read_text("ascii"))


def read_key(path: Path) -> Key:
    """The key as somebody wrote it into a file. Raises BackupError."""
    return Key.of(path.read_text("utf-8", "replace"))


def keep(key: Key) -> None:
    write_key(key_path(), f"{key}\n".encode())
