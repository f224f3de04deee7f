"""Locks across processes, which the kernel frees when their holder dies.

All processes of an installation share its home folder, which is where the locks lie.
"""

from __future__ import annotations

import fcntl
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterator


class Taken(Exception):
    """Somebody else holds the lock."""


@contextmanager
def only_one(name: str, *, wait: bool = True) -> Iterator[None]:
    """Hold and free the lock `name` of this installation, alone. Without `wait`, raises Taken
    while somebody holds it."""
    with _held(name, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB):
        yield


@contextmanager
def together(name: str) -> Iterator[None]:
    """Hold the lock `name` beside others who hold it so; `only_one` waits for all of them."""
    with _held(name, fcntl.LOCK_SH):
        yield


@contextmanager
def _held(name: str, how: int) -> Iterator[None]:
    folder = Path(settings.HOME) / "locks"
    folder.mkdir(exist_ok=True)
    with (folder / name).open("w") as file:
        try:
            fcntl.flock(file, how)
        except BlockingIOError:
            raise Taken(name) from None
        yield


@contextmanager
def if_free(name: str) -> Iterator[bool]:
    """Hold the lock `name` if nobody does; whether it is held now."""
    with ExitStack() as held:
        try:
            held.enter_context(only_one(name, wait=False))
        except Taken:
            free = False
        else:
            free = True
        yield free
