"""Signed heads as text that others can keep and check: checkpoints in signed notes, the form in which
public transparency logs hand them to witnesses (C2SP tlog-checkpoint and signed-note, Ed25519).

    tidewaiter.example/ledger
    20852
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — tidewaiter.example/ledger Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q...

Nothing but the standard library and `cryptography`: an auditor runs this, too.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ED25519 = b"\x01"
ID = 4  # bytes of a key's id, before the signature
DASH = "— "


class BadNote(ValueError):
    """What does not follow the form, or is not signed by a key that is known."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key under the name of its log; as text `name+id+key`."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:ID]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_written(ED25519 + self.public)}"

    @classmethod
    def of(cls, text: str) -> Verifier:
        """From its text. Raises BadNote."""
        name, _, rest = text.strip().partition("+")
        number, _, key = rest.partition("+")
        raw = _read(key)
        made = cls(name, raw[1:])
        if not name or raw[:1] != ED25519 or made.id.hex() != number:
            raise BadNote(f"no public key of a log: {text.strip()[:80]}")
        return made

    def signed(self, text: str, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A head: the root over the first `size` entries of the log `origin`."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{_written(self.root)}\n"

    def signed(self, key: Ed25519PrivateKey) -> str:
        """The whole note; the key signs under the name of the origin."""
        text = self.text()
        verifier = Verifier(self.origin, key.public_key().public_bytes_raw())
        return f"{text}\n{DASH}{self.origin} {_written(verifier.id + key.sign(text.encode()))}\n"


def opened(note: str, verifiers: Iterable[Verifier]) -> Checkpoint:
    """The head that a note holds, signed by one of the keys. Raises BadNote."""
    text, parted, signatures = note.partition("\n\n")
    lines = text.split("\n")
    if not parted or len(lines) < 3 or not lines[1].isdecimal():
        raise BadNote("no head in the form of a signed checkpoint")
    signed_text = text + "\n"
    known = {(one.name, one.id): one for one in verifiers}
    for line in signatures.splitlines():
        name, _, written = line.removeprefix(DASH).partition(" ")
        raw = _read(written)
        verifier = known.get((name, raw[:ID]))
        if line.startswith(DASH) and verifier and verifier.signed(signed_text, raw[ID:]):
            if verifier.name != lines[0]:
                raise BadNote(f"signed by the key of {verifier.name}, not of {lines[0]}")
            return Checkpoint(lines[0], int(lines[1]), _read(lines[2]))
    raise BadNote(f"the head of size {lines[1]} is not signed by a key of this log")


def parted(text: str) -> Iterator[str]:
    """The notes of a file in which they stand one after the other."""
    lines: list[str] = []
    for line in text.splitlines():
        if lines and lines[-1].startswith(DASH) and not line.startswith(DASH):
            yield "\n".join(lines).strip("\n") + "\n"
            lines = []
        lines.append(line)
    if any(lines):
        yield "\n".join(lines).strip("\n") + "\n"


def _written(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _read(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadNote(f"not base64: {text[:40]}") from error
