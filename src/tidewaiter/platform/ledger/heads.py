"""Heads of the tree: made, signed, and handed to witnesses outside, who keep them.

Whoever rules the database can rewrite the whole ledger with its chain; not what a witness holds.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tidewaiter.platform.ledger.keys import signing_key
from tidewaiter.platform.ledger.models import Entry, Handover, Head, Tile
from tidewaiter.platform.ledger.notes import Checkpoint
from tidewaiter.platform.ledger.stored import TILE, Tree, leaves
from tidewaiter.platform.ledger.tree import root_of
from tidewaiter.platform.lock import only_one

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PATIENCE = 10  # seconds for a witness to answer


class WitnessError(OSError):
    """A witness could not be given a head; it will be at the next attempt."""


def make_head() -> Head | None:
    """The head over all entries, unless nothing was written since the last one."""
    key = signing_key()  # its first use is an entry of its own
    with only_one("ledger-head"), transaction.atomic():
        size = Entry.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0
        last = Head.objects.first()
        if size == 0 or (last and last.size == size):
            return last
        _keep_tiles(size)
        root = Tree(size).root()
        note = Checkpoint(settings.LEDGER_ORIGIN, size, root).signed(key)
        return Head.objects.create(size=size, at=timezone.now(), root=root.hex(), note=note)


def _keep_tiles(size: int) -> None:
    begin = Tile.objects.count()
    for number in range(begin, size // TILE):
        root = root_of(leaves(number * TILE, (number + 1) * TILE))
        Tile.objects.create(number=number, root=root.hex())


def hand_over(witnesses: Sequence[str] | None = None) -> int:
    """Give each witness the heads that it has not had; how many were given. A witness is a file, to
    which they are added, or an address, to which they are posted. Raises WitnessError."""
    given = 0
    for witness in settings.LEDGER_WITNESSES if witnesses is None else witnesses:
        with only_one("ledger-witness"):
            given += _hand_to(witness)
    return given


def _hand_to(witness: str) -> int:
    last = Handover.objects.filter(witness=witness).first()
    waiting = Head.objects.filter(size__gt=last.size if last else 0).order_by("size")
    give = _post if urlsplit(witness).scheme in ("http", "https") else _add
    _refuse_plain(witness)
    given = 0
    for head in waiting:
        _try(give, witness, head.note)
        Handover.objects.update_or_create(
            witness=witness, defaults={"size": head.size, "at": timezone.now()}
        )
        given += 1
    return given


def _refuse_plain(witness: str) -> None:
    """On another machine a witness is spoken to by TLS only: it must be who it says it is."""
    address = urlsplit(witness)
    if address.scheme == "http" and address.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise WitnessError(f"the witness {witness} needs an https:// address")


def _try(give: Callable[[str, str], None], witness: str, note: str) -> None:
    try:
        give(witness, note)
    except OSError as error:
        raise WitnessError(f"the witness {witness} could not be given a head: {error}") from error


def _add(path: str, note: str) -> None:
    with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123  what is given may be no path
        file.write(note + "\n")
        file.flush()
        os.fsync(file.fileno())


def _post(address: str, note: str) -> None:
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    request = Request(address, note.encode(), headers)  # noqa: S310  http or https, see _hand_to
    with build_opener(_NotElsewhere).open(request, timeout=PATIENCE):
        pass  # any answer but 2xx is an OSError


class _NotElsewhere(HTTPRedirectHandler):
    """A witness is who was named: whom its address points to instead is given nothing."""

    def redirect_request(self, *_: object) -> None:
        return None
