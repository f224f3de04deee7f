"""Restoring a backup into an empty home folder and, on PostgreSQL, an empty database."""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection

from tidewaiter.platform.backup.making import DUMPS, FORMAT, MANIFEST
from tidewaiter.platform.backup.moment import BackupError, run_client
from tidewaiter.platform.durable import sync

if TYPE_CHECKING:
    from collections.abc import Callable

# What an empty home folder may hold: made by merely starting the program.
HARMLESS = {"secret.key", "static", "locks"}
CHUNK = 1 << 20  # bytes


def restore_backup(source: Path, told: Callable[[int, str], None] | None = None) -> dict[str, Any]:
    """Unpack, verify every file against the manifest, then put all in place. Returns the manifest
    without the list of files. Nothing is touched unless the whole backup is sound.

    Raises BackupError, also when the home folder or the database is not empty.
    """
    _check_empty()
    work = Path(tempfile.mkdtemp(dir=settings.HOME, prefix=".restoring-"))
    try:
        sums = _unpack(source, work, told or (lambda _bytes, _name: None))
        manifest = _verified(work, sums)
        _restore_database(work / DUMPS[manifest["engine"]], manifest["engine"])
        _put(work / "home")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return {name: value for name, value in manifest.items() if name != "sha256"}


def _check_empty() -> None:
    settings.HOME.mkdir(parents=True, exist_ok=True)
    left = {path.name for path in settings.HOME.iterdir()} - HARMLESS
    if left:
        raise BackupError(f"{settings.HOME} is not empty: restore into a new home folder")
    if connection.vendor == "postgresql" and connection.introspection.table_names():
        raise BackupError("the database is not empty: create a new one for the restore")


def _unpack(source: Path, work: Path, told: Callable[[int, str], None]) -> dict[str, str]:
    """Unpack into `work`; the SHA-256 of each file found."""
    sums = {}
    try:
        with tarfile.open(source) as tar:
            for member in tar:
                path = (work / member.name).resolve()
                if not path.is_relative_to(work.resolve()):
                    raise BackupError(f"{source} holds {member.name}, which leads out of it")
                if content := tar.extractfile(member) if member.isfile() else None:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    with path.open("wb") as file:
                        shutil.copyfileobj(content, file, CHUNK)
                    with path.open("rb") as file:
                        sums[member.name] = hashlib.file_digest(file, "sha256").hexdigest()
                elif member.isdir():
                    path.mkdir(parents=True, exist_ok=True)
                else:
                    raise BackupError(f"{source} holds {member.name}, which is no file")
                path.chmod(member.mode & 0o755)
                told(member.offset, member.name)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BackupError(f"{source} cannot be read as a backup: {error}") from error
    return sums


def _verified(work: Path, sums: dict[str, str]) -> dict[str, Any]:
    if MANIFEST not in sums:
        raise BackupError("the backup is incomplete: it has no list of its files at its end")
    manifest: dict[str, Any] = json.loads((work / MANIFEST).read_bytes())
    if manifest.get("format") != FORMAT:
        raise BackupError(f"the backup has format {manifest.get('format')}, this reads {FORMAT}")
    if manifest["engine"] != connection.vendor:
        raise BackupError(
            f"the backup is of {manifest['engine']}, the database here is {connection.vendor}: "
            "set or unset DATABASE_URL accordingly"
        )
    expected = manifest["sha256"]
    bad = sorted(
        n for n in expected.keys() | sums.keys() - {MANIFEST} if expected.get(n) != sums.get(n)
    )
    if bad:
        raise BackupError(f"{len(bad)} files are damaged or missing, first {bad[0]}")
    return manifest


def _restore_database(dump: Path, engine: str) -> None:
    if engine == "postgresql":
        name = connection.settings_dict["NAME"]
        run_client("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={name}", str(dump))
        return
    target = Path(connection.settings_dict["NAME"])
    connection.close()
    dump.replace(target)
    sync(target)


def _put(home: Path) -> None:
    """Move the restored files to their places. The key that signs sessions is the restored one."""
    for path in sorted(home.iterdir()) if home.exists() else []:
        target = settings.HOME / path.name
        if target.is_file():
            target.unlink()
        path.rename(target)
    sync(settings.HOME)
