"""One writer at a time, across processes: a lock that the kernel frees when its holder dies."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def only_one(name: str) -> Iterator[None]:
    """Wait for, hold and free the lock `name` of this installation.

    All processes of an installation share its home folder, which is where the lock lies.
    """
    folder = Path(settings.HOME) / "locks"
    folder.mkdir(exist_ok=True)
    with (folder / name).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
