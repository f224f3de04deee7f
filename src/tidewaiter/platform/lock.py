"""One writer at a time, across processes: a lock that the kernel frees when its holder dies."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def only_one(name: str) -> Iterator[None]:
    """Wait for, hold and free the lock `name` of this installation.

    All processes of an installation share its home folder, which is where the lock lies.
    """
    with _file(name) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def if_free(name: str) -> Iterator[bool]:
    """Hold the lock `name` if nobody does; whether it is held now."""
    with _file(name) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _file(name: str) -> IO[str]:
    folder = Path(settings.HOME) / "locks"
    folder.mkdir(exist_ok=True)
    return (folder / name).open("w")
