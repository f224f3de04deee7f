"""Making a backup: one tar file, with a list of what is in it and the SHA-256 of each part."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from tidewaiter.engine.records.table import Table
from tidewaiter.platform.backup.moment import BackupError, Moment, moment, tables
from tidewaiter.platform.lock import only_one, together
from tidewaiter.platform.seals.actions import UPKEEP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FORMAT = 1
DUMPS = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
MANIFEST = "manifest.json"
# Under the home folder: made anew by itself, belonging to running processes, or taken apart.
LEFT_OUT = (
    "static", "locks", "scratch", "cache", "backups", "lake", "vault/incoming", "vault/thumbnails",
    "vault/small", "vault/view", "risk/past", "risk/sums", "keys",
)  # fmt: skip
KEYS = "keys"
CHUNK = 1024 * 1024


def make_backup(target: Path, told: Callable[[int, str], None] | None = None) -> dict[str, object]:
    """Write a backup of this installation to `target`; work may go on meanwhile.

    `told` hears (bytes so far, name). Returns the manifest without the list of files. The file
    appears under its name only when it is complete and durable; only its owner may read it, for
    it holds everything. Nothing of the vault is deleted or moved meanwhile. Raises BackupError.
    """
    if target.exists():
        raise BackupError(f"{target} exists already: choose another name")
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=target.parent, prefix=".backup-")
    try:
        # No vacuum and no checkpoint meanwhile: what the seals name is there to be copied.
        with (
            os.fdopen(handle, "wb") as file, together("backup"), only_one(UPKEEP), moment() as now,
        ):  # fmt: skip
            summary = _write(file, now, told or (lambda _bytes, _name: None))
            file.flush()
            os.fsync(file.fileno())
        Path(part).rename(target)
    finally:
        Path(part).unlink(missing_ok=True)
    return summary


def _write(file: io.BufferedWriter, now: Moment, told: Callable[[int, str], None]) -> dict:
    sums: dict[str, str] = {}
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        with tempfile.TemporaryDirectory(dir=settings.HOME, prefix=".backup-") as folder:
            dump = Path(folder) / DUMPS[now.engine]
            now.dump(dump)
            _add(tar, dump, dump.name, sums)
        for path, name in _members(now):
            try:
                _add(tar, path, name, sums)
            except FileNotFoundError:
                continue  # vacuumed meanwhile; whether it is needed is checked below
            told(tar.offset, name)
        _check_complete(now, sums)
        summary: dict[str, object] = {
            "format": FORMAT,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "engine": now.engine,
            "lake": now.lake,
            "files": len(sums),
            "bytes": tar.offset,
        }
        body = json.dumps(summary | {"sha256": sums}).encode()
        about = tarfile.TarInfo(MANIFEST)
        about.size, about.mode = len(body), 0o600
        tar.addfile(about, io.BytesIO(body))
    return summary


def _members(now: Moment) -> Iterator[tuple[Path, str]]:
    """Files to keep and their names in the archive, in a lasting order."""
    home = settings.HOME
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home).as_posix()
        if path.is_file() and not path.is_symlink() and not _left_out(name):
            yield path, f"home/{name}"
    # Last: a file copied before may be sealed under a key that was only just made.
    for path in sorted((home / KEYS).rglob("*")):
        if path.is_file():
            yield path, f"home/{path.relative_to(home).as_posix()}"
    for table in tables():
        if table.name not in now.lake:
            continue  # it was made after the moment
        for path in sorted(table.rglob("*")):
            if path.is_file() and _of_the_moment(path, now.lake[table.name]):
                yield path, f"home/lake/{path.relative_to(home / 'lake').as_posix()}"


def _left_out(name: str) -> bool:
    if name.startswith("tidewaiter.sqlite3") or any(p.startswith(".") for p in Path(name).parts):
        return True
    return any(name.startswith(f"{folder}/") for folder in LEFT_OUT)


def _of_the_moment(path: Path, version: int) -> bool:
    """Whether a file of a table belongs to its first `version` commits, as far as its name tells.

    Data files written later may come along: no commit names them, and vacuuming removes them.
    """
    if path.parent.name != "_delta_log":
        return True
    number = path.name.split(".")[0]
    if number == "_last_checkpoint":  # made before the moment: none is made during a backup
        return True
    return number.isdigit() and int(number) <= version


def _add(tar: tarfile.TarFile, path: Path, name: str, sums: dict[str, str]) -> None:
    with path.open("rb") as file:
        about = tar.gettarinfo(arcname=name, fileobj=file)
        counted = _Counted(file, about.size)
        tar.addfile(about, counted)
    sums[name] = counted.digest.hexdigest()


class _Counted:
    """A file that is hashed while tar reads it, at most as long as it was when it was opened."""

    def __init__(self, file: io.BufferedReader, size: int) -> None:
        self.file, self.left = file, size
        self.digest = hashlib.sha256()

    def read(self, size: int = CHUNK) -> bytes:
        chunk = self.file.read(min(size, self.left))
        self.left -= len(chunk)
        self.digest.update(chunk)
        return chunk


def _check_complete(now: Moment, sums: dict[str, str]) -> None:
    """Every data file that the lake needs at its noted version is in the archive."""
    for name, version in now.lake.items():
        table = settings.HOME / "lake" / name
        for address in Table(table, version).file_uris():
            path = Path(address)
            inside = f"home/lake/{name}/{path.relative_to(table).as_posix()}"
            if inside not in sums:
                raise BackupError(f"{path} went missing while it was copied: try again")
