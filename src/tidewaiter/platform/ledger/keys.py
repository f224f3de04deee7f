"""The key that signs heads: made on first use, renewed on demand; public keys are kept for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.keyfiles import key_folder, write_key
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.ledger.notes import Verifier
from tidewaiter.platform.lock import only_one

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

WHOSE, PRIVATE, PUBLIC = "ledger", "signing.pem", "*.public"


def signing_key() -> Ed25519PrivateKey:
    path = key_folder(WHOSE) / PRIVATE
    with only_one("ledger-key"):
        if not path.exists():
            _make(None)
        key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path} holds no Ed25519 key")
    return key


def verifiers() -> list[Verifier]:
    """All public keys, the oldest first."""
    return [Verifier.of(path.read_text()) for path in sorted(key_folder(WHOSE).glob(PUBLIC))]


def renew(actor: User) -> Verifier:
    """A new key; the old private one is destroyed. Raises Denied."""
    check(actor, "ledger.keys")
    with only_one("ledger-key"):
        return _make(actor)


@transaction.atomic
def _make(actor: User | None) -> Verifier:
    """The public key is on disk before, the private one after, the ledger knows of it."""
    key = Ed25519PrivateKey.generate()
    verifier = Verifier(settings.LEDGER_ORIGIN, key.public_key().public_bytes_raw())
    stamp = timezone.now().strftime("%Y%m%dT%H%M%S%fZ")
    write_key(key_folder(WHOSE) / f"{stamp}-{verifier.id.hex()}.public", f"{verifier}\n".encode())
    record(actor, "ledger.key", verifier.id.hex(), key=str(verifier))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_key(key_folder(WHOSE) / PRIVATE, pem)
    return verifier
