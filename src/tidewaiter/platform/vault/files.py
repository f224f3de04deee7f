"""Files under the hash of their content, on disk: sealed (container.py), written once, durable,
verified when read."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from django.conf import settings

from tidewaiter.platform.durable import sync
from tidewaiter.platform.keyfiles import key_folder
from tidewaiter.platform.lock import only_one, together
from tidewaiter.platform.vault import container
from tidewaiter.platform.vault.container import CHUNK, Damaged, MissingKey, Reader, Writer
from tidewaiter.platform.vault.keys import WHOSE, BadKey, current, masters
from tidewaiter.platform.vault.sniffing import HEAD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidewaiter.platform.vault.container import Master

SEALED = "sealed"
PLAIN = "files"  # as files were kept before they were sealed
INCOMING = "incoming"
# Locks. Held by whoever gives a file its header and its place; by whoever changes a header.
PUTTING, REWRAPPING = "vault-putting", "vault-rewrapping"


class Unreadable(Exception):
    """The file cannot be given out; the message says which and what to do."""


class Corrupt(Unreadable):
    """The bytes on disk are no longer those that were stored."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is not what was stored: restore it from a backup")


class TooLarge(Exception):
    """More bytes than allowed."""


def folder_of(kind: str) -> Path:
    return Path(settings.HOME) / "vault" / kind


def path_of(sha256: str, kind: str = SEALED) -> Path:
    """Where a file lies: two levels of folders keep each of them small."""
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise ValueError(f"{sha256!r} is no SHA-256")
    return folder_of(kind) / sha256[:2] / sha256[2:4] / sha256


def paths(kind: str = SEALED) -> Iterator[Path]:
    """Every file of a kind, in a lasting order."""
    for first in sorted(folder_of(kind).glob("??")):
        yield from (path for path in sorted(first.glob("??/*")) if path == _own_place(path, kind))


def _own_place(path: Path, kind: str) -> Path | None:
    try:
        return path_of(path.name, kind)
    except ValueError:
        return None


def limited(source: bytes | IO[bytes], limit: int) -> Iterator[bytes]:
    """The bytes in chunks. Raises TooLarge beyond `limit` of them."""
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    size = 0
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        if size > limit:
            raise TooLarge
        yield chunk


class Incoming:
    """A file on its way in, sealed as it comes. Until it is put in its place its key is nowhere."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._writer, self._digest = file, Writer(file), hashlib.sha256()
        self.size, self.head = 0, b""

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def write(self, plain: bytes) -> None:
        self._writer.write(plain)
        self._digest.update(plain)
        self.size += len(plain)
        self.head += plain[: HEAD - len(self.head)]

    def end(self) -> None:
        """All of it has come, and is on the disk; so that `put` is quick, whatever its size."""
        self._writer.end()
        self._sync()

    def put(self) -> None:
        """Give the file its header and its name, durably. What is there already is the same file,
        unless the disk has damaged it: then the sound bytes take its place."""
        target = path_of(self.sha256)
        with together(PUTTING):
            self._writer.finish(_name(target), current())
            self._sync()
            _place(Path(self._file.name), target)

    def _sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())


@contextmanager
def incoming() -> Iterator[Incoming]:
    """Receive a file; nothing of it is left unless it was put in its place."""
    folder = folder_of(INCOMING)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        try:
            yield Incoming(file)
        finally:
            Path(file.name).unlink(missing_ok=True)


def open_verified(sha256: str) -> BinaryIO:
    """The plain bytes, from the beginning, after they were verified against their name.

    Raises FileNotFoundError and Unreadable.
    """
    path = path_of(sha256)
    with ExitStack() as opened:
        file = opened.enter_context(_opened(path))
        with _told(path):
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != sha256:
            raise Corrupt(path)
        file.seek(0)
        opened.pop_all()
    return file


def verify(sha256: str) -> None:
    """Raise what `open_verified` does, and Corrupt for damage that reading need not mind."""
    open_verified(sha256).close()
    path = path_of(sha256)
    if path.exists():
        with only_one(REWRAPPING), path.open("rb") as raw, _told(path):
            container.check_header(raw, _name(path), masters())


def settled(path: Path, master: Master) -> bool:
    """Whether a sealed file needs no other key than this one."""
    with path.open("rb") as raw, _told(path):
        return container.settled(raw, _name(path), master)


def rewrap(path: Path) -> bool:
    """Give a sealed file to the newest master key; whether there was anything to do. Only its header
    is written, and dying at any point leaves it readable. Raises Unreadable."""
    with only_one(REWRAPPING):  # two at once would write over each other's slot
        new = current()
        if settled(path, new):
            return False
        path.chmod(0o600)
        with path.open("r+b", buffering=0) as raw, _told(path):
            os.fchmod(raw.fileno(), 0o400)
            container.rewrap(raw, _name(path), masters(), new)
        return True


def seal(sha256: str) -> None:
    """Seal a file that was kept plain; the plain one goes when the sealed one is durable. Raises
    FileNotFoundError, Corrupt."""
    path = path_of(sha256, PLAIN)
    with path.open("rb") as plain, incoming() as new:
        while chunk := plain.read(CHUNK):
            new.write(chunk)
        if new.sha256 != sha256:
            raise Corrupt(path)
        new.put()
    remove(path)


def remove(path: Path) -> None:
    """Durably; what is not there is removed already."""
    path.unlink(missing_ok=True)
    if path.parent.exists():
        sync(path.parent)


def derived(sha256: str, kind: str) -> bytes | None:
    """Something made from a stored file, or None if it is not there or cannot be read any more."""
    path = path_of(sha256, kind)
    try:
        with _told(path), _opened_sealed(path) as file:
            return file.read()
    except (FileNotFoundError, Unreadable):
        return None


def keep_derived(sha256: str, kind: str, content: bytes) -> None:
    """Keep something made from a stored file; it can be made again, so no fsync."""
    path = path_of(sha256, kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        writer = Writer(file)
        writer.write(content)
        writer.finish(_name(path), current())
    Path(file.name).replace(path)


def _opened(path: Path) -> BinaryIO:
    """The plain bytes, not yet verified. A file may lie plain, and be sealed this very moment."""
    for way in (_opened_sealed, _opened_plain):
        with suppress(FileNotFoundError):
            return way(path)
    return _opened_sealed(path)


def _opened_sealed(path: Path) -> BinaryIO:
    with ExitStack() as opened, _told(path):
        raw = opened.enter_context(path.open("rb"))
        reader = Reader(raw, container.data_key(raw, _name(path), masters()))
        opened.pop_all()
    return io.BufferedReader(reader, CHUNK)


def _opened_plain(path: Path) -> BinaryIO:
    return path_of(path.name, PLAIN).open("rb")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say of which file something is wrong, and what to do."""
    try:
        yield
    except Damaged:
        raise Corrupt(path) from None
    except MissingKey as key:
        where = f"sealed under the key {key}, which is not in {key_folder(WHOSE)}"
        raise Unreadable(f"{path} is {where}: restore the key from a backup") from None
    except BadKey as error:
        raise Unreadable(str(error)) from None


def _name(path: Path) -> str:
    """What a file is sealed as: its kind and its hash, so that neither can be exchanged."""
    return f"{path.parents[2].name}/{path.name}"


def _place(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.chmod(0o400)
    source.replace(target)
    for folder in (target.parent, target.parent.parent, target.parent.parent.parent):
        sync(folder)
