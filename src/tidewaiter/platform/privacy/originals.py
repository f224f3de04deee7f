"""Where originals go: encrypted under the key of `keys.master`, until they are to be deleted.

Of the lake, a file for each field and each part of a month, `privacy/originals/STREAM/MONTH/FIELD/…`
of the home folder: a table of key, version, value in the container of the vault (AES-256-GCM). So
millions of values take little room, deleting a field of a month is removing its files, and the
database does not grow. Of rows of the database, the value itself (models.Kept).
"""

from __future__ import annotations

import io
import os
import secrets
from contextlib import suppress
from pathlib import Path

import polars as pl
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from tidewaiter.platform.durable import sync
from tidewaiter.platform.privacy import keys
from tidewaiter.platform.vault.container import (
    ID,
    NONCE,
    Damaged,
    MissingKey,
    Reader,
    Writer,
    data_key,
)


class Unreadable(Exception):
    """An original cannot be shown: it was deleted, its key destroyed, or its file is damaged."""


def folder() -> Path:
    return Path(settings.HOME) / "privacy" / "originals"


def seal_part(name: str, values: pl.DataFrame) -> None:
    """Write originals (key, version, value) under a name, durably; what was there is replaced."""
    target = folder() / name
    target.parent.mkdir(parents=True, exist_ok=True)
    plain = io.BytesIO()
    values.write_parquet(plain)
    half = target.with_suffix(".half")
    with half.open("wb") as file:
        writer = Writer(file)
        writer.write(plain.getvalue())
        writer.finish(name, keys.master())
        file.flush()
        os.fsync(file.fileno())
    half.replace(target)
    sync(target.parent)


def open_part(name: str) -> pl.DataFrame:
    """key, version, value. Raises Unreadable."""
    try:
        with (folder() / name).open("rb") as file:
            reader = Reader(file, data_key(file, name, keys.masters()))
            return pl.read_parquet(io.BytesIO(reader.read()))
    except FileNotFoundError:
        raise Unreadable("it was deleted") from None
    except (Damaged, MissingKey) as error:
        raise Unreadable(f"{type(error).__name__} {error}") from None


def remove_part(name: str) -> None:
    """Delete a file; folders that are empty then go with it."""
    path = folder() / name
    path.unlink(missing_ok=True)
    for parent in list(path.parents)[:3]:
        with suppress(OSError):
            parent.rmdir()


def seal_value(about: str, value: str) -> bytes:
    """`about` names the row and field: a value can't be moved to another one."""
    master, nonce = keys.master(), secrets.token_bytes(NONCE)
    return master.id + nonce + AESGCM(master.key).encrypt(nonce, value.encode(), about.encode())


def open_value(about: str, sealed: bytes) -> str:
    """Raises Unreadable."""
    if not sealed:
        raise Unreadable("it was deleted")
    for master in keys.masters():
        if master.id == sealed[:ID]:
            nonce, rest = sealed[ID : ID + NONCE], sealed[ID + NONCE :]
            try:
                return AESGCM(master.key).decrypt(nonce, rest, about.encode()).decode()
            except InvalidTag:
                raise Unreadable("it is damaged") from None
    raise Unreadable("its key was destroyed")
