"""Restoring a backup into an empty home folder and, on PostgreSQL, an empty database.

Killed at any point, it is begun again by the same command: what it had put there is known by the
folder `.restoring`, which is removed last.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tidewaiter.platform.backup import keys
from tidewaiter.platform.backup.making import DUMPS
from tidewaiter.platform.backup.moment import BackupError, run_client
from tidewaiter.platform.durable import sync
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tidewaiter.platform.backup.keys import Key
    from tidewaiter.platform.backup.repository import Backup, Repository

# What an empty home folder may hold: made by merely starting the program.
HARMLESS = {"secret.key", "static", "locks"}
WORK = ".restoring"
BEGUN = "database-begun"  # in WORK: what is in the database now, we put there


def at(repository: Repository, moment: datetime | None) -> Backup:
    """The last backup made at a moment or before it; the last of all. Raises BackupError."""
    there = repository.backups()
    if not there:
        raise BackupError(f"{repository.root} holds no backup yet")
    early = [one for one in there if moment is None or one.made_at <= moment]
    if not early:
        first = there[0].made_at.isoformat(timespec="seconds")
        raise BackupError(f"no backup is that old: the first one was made at {first}")
    return early[-1]


def restore_backup(
    repository: Repository,
    key: Key,
    backup: Backup,
    told: Callable[[int, str], None] | None = None,
) -> dict[str, Any]:
    """Write everything beside its place, verified, then put it there. Nothing of the house is
    touched unless all that the backup needs is sound. What the backup says of itself.

    `told` hears (bytes so far, name). Raises BackupError, also when home folder or database are
    not empty.
    """
    with repository.held(alone=False):
        about = repository.about(backup)
        _check_kind(about["engine"])
        work = _begun()
        try:
            _unpack(repository, backup, work, told or (lambda _bytes, _name: None))
        except BackupError:
            shutil.rmtree(work)
            raise
        _restore_database(work, about["engine"])
        _put(work / "home")
        keys.keep(key)
        _tell_ledger(backup)
        shutil.rmtree(work)
    return {name: told for name, told in about.items() if name != "listing"}


def extract(repository: Repository, backup: Backup, file: str, out: Path) -> int:
    """Write one file of the home folder to `out`; its bytes. Raises BackupError."""
    with repository.held(alone=False), out.open("wb") as target:
        for one in repository.listed(backup):
            if one["name"] == f"home/{file}":
                return sum(target.write(repository.get(name)) for name in one["pieces"])
    raise BackupError(f"there is no {file} in the backup {backup.name}")


def _check_kind(engine: str) -> None:
    if engine != connection.vendor:
        raise BackupError(
            f"the backup is of {engine}, the database here is {connection.vendor}: "
            "set or unset DATABASE_URL accordingly"
        )


def _begun() -> Path:
    """The folder to work in. What a killed restore left is removed, and only that."""
    settings.HOME.mkdir(parents=True, exist_ok=True)
    work = settings.HOME / WORK
    if not work.exists():
        _check_empty()
        work.mkdir(mode=0o700)
        sync(settings.HOME)
        return work
    for path in settings.HOME.iterdir():
        if path.name in HARMLESS | {WORK}:
            continue
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in work.iterdir():
        if path.name != BEGUN:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return work


def _check_empty() -> None:
    left = {path.name for path in settings.HOME.iterdir()} - HARMLESS
    if left:
        raise BackupError(f"{settings.HOME} is not empty: restore into a new home folder")
    if connection.vendor == "postgresql" and connection.introspection.table_names():
        raise BackupError("the database is not empty: create a new one for the restore")


def _unpack(
    repository: Repository, backup: Backup, work: Path, told: Callable[[int, str], None]
) -> None:
    """Every piece is opened with the key, which finds any change of it. Raises Damaged."""
    size = 0
    for one in repository.listed(backup):
        path = work / one["name"]
        if not path.resolve().is_relative_to(work.resolve()):
            raise BackupError(f"the backup names a file outside the house: {one['name']}")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            for name in one["pieces"]:
                size += file.write(repository.get(name))
        path.chmod(one["mode"])
        told(size, one["name"])


def _restore_database(work: Path, engine: str) -> None:
    dump = work / DUMPS[engine]
    if engine == "postgresql":
        again = ["--clean", "--if-exists"] if (work / BEGUN).exists() else []
        (work / BEGUN).touch()
        sync(work)
        name = connection.settings_dict["NAME"]
        run_client(
            "pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", *again,
            f"--dbname={name}", str(dump),
        )  # fmt: skip
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
    for folder in (settings.HOME / "keys").glob("**/"):
        folder.chmod(0o700)
    os.sync()  # all of it, before the folder goes that tells of an unfinished restore


def _tell_ledger(backup: Backup) -> None:
    """That the house went back to an earlier moment, and to which. A backup of an earlier release
    has to be upgraded first; then the ledger cannot say it."""
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        record(None, "backup.restore", backup.number, moment=backup.made_at)
