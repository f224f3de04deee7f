"""Changing the master key: a new one seals from now on, a job gives it the headers of all files, and
then the old ones can be destroyed.
"""

from __future__ import annotations

import os
import secrets
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from django.db import transaction

from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.durable import sync
from tidewaiter.platform.jobs.actions import enqueue
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.lock import only_one
from tidewaiter.platform.vault import files, keys
from tidewaiter.platform.vault.container import KEY

if TYPE_CHECKING:
    from pathlib import Path

    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.jobs.steps import Steps

BACKUP = "backup"  # the lock that a backup holds: what it copies must be readable with its keys
ABANDONED = 24 * 3600  # seconds after which nobody is receiving a file any more
THUMBNAILS = "thumbnails"  # as they were kept before they were sealed


class StillNeeded(Exception):
    """An old key cannot be destroyed yet."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is not sealed under the newest key yet: let the job vault.rewrap end, or"
            " restore the file if `tidewaiter vault verify` names it"
        )


def renew_key(actor: User) -> str:
    """Make a new master key and ask for the job that gives it all files; its id. Raises Denied."""
    check(actor, "vault.keys")
    made = keys.add().id.hex()
    with transaction.atomic():
        job = enqueue("vault.rewrap", actor=None)
        record(actor, "vault.key", made, job=job.pk)
    return made


def rewrap_all(steps: Steps) -> tuple[int, list[str]]:
    """Give every header to the newest key: how many were not, and what is wrong with those that
    cannot be given. Each is whole before and after; what is done once stays done."""
    changed, faults = 0, []
    names = list(files.paths())
    for done, path in enumerate(names, 1):
        try:
            changed += files.rewrap(path)
        except FileNotFoundError:
            pass  # deleted meanwhile
        except files.Unreadable as error:
            faults.append(str(error))
        steps.update(done, len(names))
        steps.check()
    return changed, faults


def destroy_old_keys(actor: User) -> list[str]:
    """Destroy every key but the newest; their ids. Raises Denied, StillNeeded if a file needs one,
    lock.Taken while a backup is made."""
    check(actor, "vault.keys")
    with only_one(BACKUP, wait=False):
        paths = keys.key_paths()
        if len(paths) < 2:
            return []
        old, newest = paths[:-1], keys.read(paths[-1])
        with only_one(files.PUTTING):
            pass  # whoever was sealing a file under an old key has put it in its place
        for path in files.paths():
            if not files.settled(path, newest):
                raise StillNeeded(path)
        for path in old:
            _destroy(path, actor)
    return [_id(path) for path in old]


def seal_plain(steps: Steps) -> tuple[int, list[str]]:
    """Seal what was kept plain: how many files, and what is wrong with those that cannot be. What
    interrupted uploads and thumbnails of earlier releases left is removed. Raises lock.Taken while a
    backup is made."""
    _tidy()
    names, sealed, faults = [path.name for path in files.paths(files.PLAIN)], 0, []
    for done, sha256 in enumerate(names, 1):
        try:
            with only_one(BACKUP, wait=False):  # which would miss what moves
                files.seal(sha256)
            sealed += 1
        except FileNotFoundError:
            pass  # deleted meanwhile
        except files.Unreadable as error:
            faults.append(str(error))
        steps.update(done, len(names))
        steps.check()
    return sealed, faults


def _tidy() -> None:
    for path in files.folder_of(files.INCOMING).glob("*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < time.time() - ABANDONED:
                files.remove(path)
    for path in files.paths(THUMBNAILS):
        files.remove(path)


def _destroy(path: Path, actor: User) -> None:
    record(actor, "vault.key_destroy", _id(path))
    with path.open("r+b") as file:
        file.write(secrets.token_hex(KEY).encode())
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    sync(path.parent)


def _id(path: Path) -> str:
    return path.stem.partition("-")[2]
