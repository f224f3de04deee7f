"""One moment of the whole house: a snapshot of the database, and the lake as the journal knew it.

For an instant nobody may write to the journal: within it the database's snapshot is opened and
the version of each table of the lake noted. So every commit of the lake up to that version belongs
to a message that the snapshot knows, and every message that the snapshot calls recorded is in the
lake. Messages that were between the two are settled at the next start, as after a crash.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deltalake import DeltaTable
from django.conf import settings
from django.db import connection, transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class BackupError(Exception):
    """A backup could not be made or restored; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Moment:
    """`lake`: version of each table, by folder name; `dump(path)` writes the database there."""

    engine: str
    lake: dict[str, int]
    dump: Callable[[Path], None]


def tables() -> list[Path]:
    """Folders of the lake's tables."""
    root = settings.HOME / "lake"
    found = sorted(root.iterdir()) if root.exists() else []
    return [path for path in found if (path / "_delta_log").is_dir()]


def _versions() -> dict[str, int]:
    return {path.name: DeltaTable(str(path)).version() for path in tables()}


@contextmanager
def moment() -> Iterator[Moment]:
    if connection.vendor == "sqlite":
        with _sqlite() as found:
            yield found
    else:
        with _postgresql() as found:
            yield found


@contextmanager
def _sqlite() -> Iterator[Moment]:
    reader = sqlite3.connect(f"file:{connection.settings_dict['NAME']}?mode=ro", uri=True)
    reader.isolation_level = None
    try:
        with transaction.atomic():  # IMMEDIATE: the one writer
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
            versions = _versions()

        def dump(path: Path) -> None:
            target = sqlite3.connect(path)
            try:
                reader.backup(target)
                target.execute("PRAGMA journal_mode=DELETE")
            finally:
                target.close()

        yield Moment("sqlite", versions, dump)
    finally:
        reader.close()


@contextmanager
def _postgresql() -> Iterator[Moment]:
    reader = connection.copy()
    reader.inc_thread_sharing()
    try:
        reader.set_autocommit(False)
        with reader.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            with transaction.atomic(), connection.cursor() as writer:
                # No commit of the lake that these do not know of.
                writer.execute(
                    "LOCK TABLE journal_message, seals_intention IN SHARE ROW EXCLUSIVE MODE"
                )
                cursor.execute("SELECT pg_export_snapshot()")
                snapshot = cursor.fetchone()[0]
                versions = _versions()

        def dump(path: Path) -> None:
            run_client("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={path}")

        yield Moment("postgresql", versions, dump)
    finally:
        reader.close()


def run_client(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on our database. The password goes by the environment, so
    that no list of processes shows it."""
    known = connection.settings_dict
    place = {
        "PGHOST": known["HOST"], "PGPORT": known["PORT"], "PGUSER": known["USER"],
        "PGPASSWORD": known["PASSWORD"], "PGDATABASE": known["NAME"],
    }  # fmt: skip
    _run([program, *arguments], {name: str(value) for name, value in place.items() if value})


def _run(command: list[str], environment: dict[str, Any]) -> None:
    try:
        subprocess.run(  # noqa: S603  PostgreSQL's own programs, found on the PATH
            command, env={**os.environ, **environment}, check=True, capture_output=True, text=True
        )
    except FileNotFoundError:
        raise BackupError(
            f"{command[0]} is not installed: install PostgreSQL's client programs, of the server's "
            "version or newer (Debian: postgresql-client)"
        ) from None
    except subprocess.CalledProcessError as error:
        raise BackupError(f"{command[0]} failed: {error.stderr.strip()}") from None
