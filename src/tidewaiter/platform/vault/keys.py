"""Master keys in `keys/vault` of the home folder, numbered: the one with the highest number seals.

The first is made on first use. Earlier ones stay until they are destroyed (rotation.py).
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from tidewaiter.platform.keyfiles import key_folder, write_key
from tidewaiter.platform.lock import only_one
from tidewaiter.platform.vault.container import KEY, Master

if TYPE_CHECKING:
    from pathlib import Path

WHOSE, MAKING = "vault", "vault-master"


class BadKey(Exception):
    """A file of a key is damaged."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is damaged: restore it from a backup")


def key_paths() -> list[Path]:
    """The files of all keys, the oldest first. Numbers tell the order, as clocks may go wrong."""
    return sorted(key_folder(WHOSE).glob("*.key"))


def masters() -> list[Master]:
    """All keys, the oldest first."""
    return [read(path) for path in key_paths()]


def current() -> Master:
    """The key that seals."""
    found = masters()
    if found:
        return found[-1]
    with only_one(MAKING):
        return (masters() or [_make()])[-1]


def add() -> Master:
    """Make the key that seals from now on."""
    with only_one(MAKING):
        return _make()


def _make() -> Master:
    paths = key_paths()
    number = int(paths[-1].name.partition("-")[0]) + 1 if paths else 1
    made = Master(secrets.token_bytes(KEY))
    write_key(key_folder(WHOSE) / f"{number:06}-{made.id.hex()}.key", made.key.hex().encode())
    return made


def read(path: Path) -> Master:
    """The key in a file. Raises BadKey."""
    try:
        found = Master(bytes.fromhex(path.read_text("ascii")))
    except ValueError:
        raise BadKey(path) from None
    if path.stem.partition("-")[2] != found.id.hex():
        raise BadKey(path)
    return found
