"""The format of a file at rest: sealed in chunks under a data key of its own, which the header holds
sealed under a master key.

    magic       8 bytes
    slots       two of 76 bytes: id of a master key (16), nonce (12), the data key sealed under that
                master key (32 and a tag of 16); zeros where there is none
    chunks      CHUNK plain bytes each, the last one fewer; each sealed, with a tag of 16

Both seals are AES-256-GCM. The number of a chunk is its nonce (no data key seals two files), and
number and whether it is the last one are authenticated with it: chunks cannot be reordered, left
out or cut off. The name of the file is authenticated with its data key: files cannot be exchanged.

There are two slots so that a file is given to another master key without a moment at which a power
cut would leave it with none: the new slot is written and durable before the old one is blanked.
"""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import struct
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from _typeshed import WriteableBuffer

MAGIC = b"TWVAULT\x01"
ID, NONCE, KEY, TAG = 16, 12, 32, 16  # bytes
SLOT = ID + NONCE + KEY + TAG
HEADER = len(MAGIC) + 2 * SLOT
BLANK = bytes(SLOT)
CHUNK = 1024 * 1024


class Damaged(Exception):
    """The bytes are not those that were sealed under this name."""


class MissingKey(Exception):
    """The file is sealed under a master key that is not there."""


@dataclass(frozen=True, slots=True)
class Master:
    """A master key; its id is told by every header that it seals."""

    key: bytes

    @property
    def id(self) -> bytes:
        return hashlib.sha256(b"tidewaiter vault master key" + self.key).digest()[:ID]


class Writer:
    """Seals what is written. The data key is in memory only until `finish` puts it into the header,
    sealed: what an interrupted writer leaves, nobody can read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.key = secrets.token_bytes(KEY)
        self._file, self._seal = file, AESGCM(self.key)
        self._number, self._waiting, self._ended = 0, bytearray(), False
        file.write(bytes(HEADER))

    def write(self, plain: bytes) -> None:
        self._waiting += plain
        while len(self._waiting) > CHUNK:  # a full chunk waits: it may be the last
            self._put(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def end(self) -> None:
        """Nothing more will be written; what was, can be read by whoever has `key`."""
        if not self._ended:
            self._put(bytes(self._waiting), last=True)
            self._waiting.clear()
            self._ended = True

    def finish(self, name: str, master: Master) -> None:
        """End, and write the header. `name` is what readers will have to ask for."""
        self.end()
        self._file.seek(0)
        self._file.write(MAGIC + _sealed_key(self.key, name, master) + BLANK)

    def _put(self, plain: bytes, *, last: bool) -> None:
        nonce, about = _of_chunk(self._number, last=last)
        self._file.write(self._seal.encrypt(nonce, plain, about))
        self._number += 1


class Reader(io.RawIOBase):
    """The plain bytes, to be read from anywhere; one chunk at a time is in memory.

    Raises Damaged, from reading too: nothing is given out that was not authenticated.
    """

    def __init__(self, file: IO[bytes], key: bytes) -> None:
        self._file, self._seal = file, AESGCM(key)
        length = file.seek(0, os.SEEK_END) - HEADER
        self._last = max(0, -(-length // (CHUNK + TAG)) - 1)
        self._size = length - TAG * (self._last + 1)
        if length - self._last * (CHUNK + TAG) < TAG:
            raise Damaged("cut off")
        self._at, self._number, self._chunk = 0, -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("before the beginning of the file")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, target: WriteableBuffer, /) -> int:
        number, offset = divmod(self._at, CHUNK)
        if self._at >= max(self._size, 1):  # of an empty file, too, the one chunk is opened
            return 0
        if number != self._number:
            self._chunk, self._number = self._opened(number), number
        view = memoryview(target)
        part = self._chunk[offset : offset + len(view)]
        view[: len(part)] = part
        self._at += len(part)
        return len(part)

    def close(self) -> None:
        self._file.close()
        super().close()

    def _opened(self, number: int) -> bytes:
        self._file.seek(HEADER + number * (CHUNK + TAG))
        nonce, about = _of_chunk(number, last=number == self._last)
        try:
            return self._seal.decrypt(nonce, self._file.read(CHUNK + TAG), about)
        except InvalidTag:
            raise Damaged(f"chunk {number}") from None


def data_key(file: IO[bytes], name: str, masters: Sequence[Master]) -> bytes:
    """The data key of the file of this name. Raises Damaged, MissingKey."""
    slots = _slots(file)
    for slot in slots:
        if key := _opened_key(slot, name, masters):
            return key
    known = {master.id for master in masters}
    missing = [slot[:ID].hex() for slot in slots if slot != BLANK and slot[:ID] not in known]
    if missing:
        raise MissingKey(missing[0])
    raise Damaged("header")


def check_header(file: IO[bytes], name: str, masters: Sequence[Master]) -> None:
    """Raise Damaged if the header holds anything but sound slots: reading needs only one of them."""
    for slot in _slots(file):
        if slot != BLANK and _opened_key(slot, name, masters) is None:
            raise Damaged("header")


def settled(file: IO[bytes], name: str, master: Master) -> bool:
    """Whether this master key opens the file, and no other is named. Raises Damaged."""
    slots = _slots(file)
    mine = _first(slots, name, [master])
    return mine is not None and slots[1 - mine] == BLANK


def rewrap(file: IO[bytes], name: str, masters: Sequence[Master], new: Master) -> None:
    """Give the file to another master key. `file` is open for reading and writing, unbuffered.
    Raises Damaged, MissingKey; then the file is as it was."""
    key = data_key(file, name, masters)
    slots = _slots(file)
    mine = _first(slots, name, [new])
    if mine is None:
        mine = 1 - (_first(slots, name, masters) or 0)
        _write_slot(file, mine, _sealed_key(key, name, new))
    _write_slot(file, 1 - mine, BLANK)


def _first(slots: tuple[bytes, bytes], name: str, masters: Sequence[Master]) -> int | None:
    """Which slot can be opened."""
    opened = [_opened_key(slot, name, masters) is not None for slot in slots]
    return opened.index(True) if any(opened) else None


def _write_slot(file: IO[bytes], number: int, slot: bytes) -> None:
    file.seek(len(MAGIC) + number * SLOT)
    file.write(slot)
    file.flush()
    os.fsync(file.fileno())


def _slots(file: IO[bytes]) -> tuple[bytes, bytes]:
    file.seek(0)
    header = file.read(HEADER)
    if len(header) < HEADER or not header.startswith(MAGIC):
        raise Damaged("header")
    return header[len(MAGIC) : -SLOT], header[-SLOT:]


def _sealed_key(key: bytes, name: str, master: Master) -> bytes:
    nonce = secrets.token_bytes(NONCE)
    about = MAGIC + master.id + name.encode()
    return master.id + nonce + AESGCM(master.key).encrypt(nonce, key, about)


def _opened_key(slot: bytes, name: str, masters: Sequence[Master]) -> bytes | None:
    nonce, sealed = slot[ID : ID + NONCE], slot[ID + NONCE :]
    for master in masters:
        if master.id == slot[:ID]:
            try:
                return AESGCM(master.key).decrypt(nonce, sealed, MAGIC + master.id + name.encode())
            except InvalidTag:
                return None
    return None


def _of_chunk(number: int, *, last: bool) -> tuple[bytes, bytes]:
    """Nonce and authenticated data."""
    return number.to_bytes(NONCE, "big"), struct.pack(">Q?", number, last)
