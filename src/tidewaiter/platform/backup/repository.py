"""Where backups lie: pieces of files, each once, under a keyed hash of its content, and a file a
backup that says which pieces make it up.

    repository.json      format, and which key it is read with
    objects/ab/abcd…     pieces, compressed and sealed (AES-256-GCM, the name authenticated)
    backups/00000001-20261123T041000000000Z     what a backup is, sealed likewise; written last
    damaged/             pieces that verification took out, so that the next backup puts them back

Nothing is ever changed, so a copy of the folder by any tool at any time is a repository, too. Names
tell nothing: whoever has the folder without the key learns sizes and times.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tidewaiter.platform.backup.moment import BackupError
from tidewaiter.platform.durable import sync

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tidewaiter.platform.backup.keys import Key

FORMAT = 2
ABOUT = "repository.json"
STAMP = "%Y%m%dT%H%M%S%fZ"
NAME = re.compile(r"\d{8,}-\d{8}T\d{12}Z")
NONCE = 12  # bytes
PLAIN, PACKED = b"\x00", b"\x01"


class Damaged(BackupError):
    """Something in the repository is missing, or not what was stored."""


class Missing(Damaged):
    """It is not there: somebody took it away, or verification did, as it was damaged."""


@dataclass(frozen=True, slots=True, order=True)
class Backup:
    """`number` tells the order, as clocks may step back."""

    number: int
    made_at: datetime

    @property
    def name(self) -> str:
        return f"{self.number:08}-{self.made_at.astimezone(UTC).strftime(STAMP)}"

    @classmethod
    def of(cls, name: str) -> Backup:
        number, _, stamp = name.partition("-")
        return cls(int(number), datetime.strptime(stamp, STAMP).replace(tzinfo=UTC))


class Repository:
    """Raises BackupError when there is none at `root`, or when it has another key."""

    def __init__(self, root: Path, key: Key) -> None:
        self.root = root
        self._names = key.derived(b"names")
        self._seal = AESGCM(key.derived(b"seals"))
        self._unsynced: set[Path] = set()
        about = _about(root)
        if about["key"] != key.id:
            raise BackupError(f"{root} is read with another key: the one named {about['key'][:8]}")

    @classmethod
    def make(cls, root: Path, key: Key) -> Repository:
        """A new one, in a folder that is empty or not there yet. Raises BackupError."""
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(root.iterdir()):
            raise BackupError(f"{root} is not empty: name a folder of its own")
        for folder in ("objects", "backups", "damaged"):
            (root / folder).mkdir(mode=0o700)
        body = json.dumps({"format": FORMAT, "key": key.id}).encode()
        _write(root / ABOUT, body)
        sync(root)
        return cls(root, key)

    @contextmanager
    def held(self, *, alone: bool) -> Iterator[None]:
        """Keep others out while something is removed (`alone`), or stay beside others who read and
        add. Raises BackupError at once when that cannot be."""
        with (self.root / ABOUT).open("r+b" if alone else "rb") as file:
            try:
                fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BackupError(f"{self.root} is in use: try again when that is done") from None
            yield

    def backups(self) -> list[Backup]:
        """All that are complete, the oldest first."""
        return backups_in(self.root)

    def objects(self) -> set[str]:
        """The names of all pieces that are there."""
        folders = os.scandir(self.root / "objects")
        return {one.name for folder in folders for one in os.scandir(folder) if "." not in one.name}

    def put(self, content: bytes, known: set[str]) -> str:
        """Keep a piece unless it is `known`, which is added to; its name."""
        name = hmac.digest(self._names, content, hashlib.sha256).hex()
        if name not in known:
            path = self.path(name)
            path.parent.mkdir(mode=0o700, exist_ok=True)
            _write(path, self._sealed(name, content))
            self._unsynced |= {path.parent, path.parent.parent}
            known.add(name)
        return name

    def get(self, name: str) -> bytes:
        """Raises Damaged."""
        try:
            content = self._opened(name, self.path(name).read_bytes())
        except FileNotFoundError:
            raise Missing(f"the piece {name} of the repository is missing") from None
        if hmac.digest(self._names, content, hashlib.sha256).hex() != name:
            raise Damaged(f"the piece {name} of the repository is damaged")
        return content

    def put_backup(self, about: dict[str, Any]) -> Backup:
        """The last step: from here on the backup exists, whatever happens."""
        for folder in self._unsynced:
            sync(folder)
        self._unsynced.clear()
        numbers = [
            one.number for place in ("backups", "damaged") for one in _named(self.root / place)
        ]
        backup = Backup(max(numbers, default=0) + 1, datetime.now(UTC))
        path = self.backup_path(backup)
        _write(path, self._sealed(backup.name, json.dumps(about).encode()))
        sync(path.parent)
        return backup

    def about(self, backup: Backup) -> dict[str, Any]:
        """Raises Damaged."""
        try:
            body = self.backup_path(backup).read_bytes()
        except FileNotFoundError:
            raise Missing(f"the backup {backup.name} is missing") from None
        told: dict[str, Any] = json.loads(self._opened(backup.name, body))
        return told

    def listed(self, backup: Backup) -> Iterator[dict[str, Any]]:
        """The files of a backup: name, mode, bytes, and names of pieces. Raises Damaged."""
        for name in self.about(backup)["listing"]:
            for line in self.get(name).splitlines():
                yield json.loads(line)

    def remove(self, backup: Backup) -> None:
        self.backup_path(backup).unlink()
        sync(self.root / "backups")

    def put_aside(self, path: Path) -> None:
        """Take out what is damaged, so that it is missing for everybody."""
        if path.exists():
            path.replace(self.root / "damaged" / path.name)

    def backup_path(self, backup: Backup) -> Path:
        return self.root / "backups" / backup.name

    def path(self, name: str) -> Path:
        return self.root / "objects" / name[:2] / name

    def _sealed(self, name: str, content: bytes) -> bytes:
        packed = zlib.compress(content, 1)
        body = PACKED + packed if len(packed) < len(content) else PLAIN + content
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._seal.encrypt(nonce, body, name.encode())

    def _opened(self, name: str, sealed: bytes) -> bytes:
        try:
            body = self._seal.decrypt(sealed[:NONCE], sealed[NONCE:], name.encode())
        except (InvalidTag, ValueError) as error:
            raise Damaged(f"{name} of the repository is damaged") from error
        return zlib.decompress(body[1:]) if body[:1] == PACKED else body[1:]


def backups_in(root: Path) -> list[Backup]:
    """All complete backups of a repository, the oldest first; no key is needed for that."""
    _about(root)
    return _named(root / "backups")


def _named(folder: Path) -> list[Backup]:
    """The backups among the names of a folder, the oldest first."""
    return sorted(Backup.of(path.name) for path in folder.iterdir() if NAME.fullmatch(path.name))


def _about(root: Path) -> dict[str, Any]:
    try:
        about: dict[str, Any] = json.loads((root / ABOUT).read_bytes())
    except FileNotFoundError:
        raise BackupError(
            f"{root} is no repository: is its disk there? `tidewaiter backup init` makes a new one"
        ) from None
    except (OSError, ValueError) as error:
        raise BackupError(f"{root / ABOUT} cannot be read: {error}") from error
    if about.get("format") != FORMAT:
        raise BackupError(f"{root} has format {about.get('format')}, this reads {FORMAT}")
    return about


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all; on return the bytes, not yet the name, survive a power cut."""
    part = path.with_name(f"{path.name}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
