"""Recomputing chain and tree: whether any entry was altered, removed or put in between, and whether
every head that was ever signed still stands for what is stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from tidewaiter.platform.ledger.canonical import FIELDS, GENESIS, LATER, canonical, digest
from tidewaiter.platform.ledger.keys import verifiers
from tidewaiter.platform.ledger.models import Entry, Head, Tile
from tidewaiter.platform.ledger.notes import BadNote, Checkpoint, opened, parted
from tidewaiter.platform.ledger.stored import TILE, leaf_of
from tidewaiter.platform.ledger.tree import Growing, root_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BATCH = 4 * TILE
PROBLEMS = {
    "missing": _("an entry is missing before this one"),
    "link": _("it is not chained to the entry before it"),
    "digest": _("its content was altered"),
    "tile": _("the hashes kept for the tree up to it were altered"),
    "head": _("the head signed at it stands for other entries"),
    "signature": _("the head signed at it is not signed by a key of this ledger"),
    "cut": _("a head was signed over more entries: the newest ones were cut off"),
}


@dataclass(frozen=True, slots=True)
class Report:
    """`entries` were sound, up to the digest `head`; `problem` (a key of PROBLEMS) is the first
    one found, at entry number `at`. `heads`: signed ones that agree."""

    entries: int
    head: str
    problem: str = ""
    at: int | None = None
    heads: int = 0

    @property
    def sound(self) -> bool:
        return not self.problem


class _Broken(Exception):
    def __init__(self, problem: str, at: int | None) -> None:
        super().__init__(problem, at)
        self.problem, self.at = problem, at


def verify(told: Callable[[int], None] | None = None, witness: str = "") -> Report:
    """Walk the whole chain in order, in batches, and grow the tree beside it; `told` hears the number
    of entries so far.

    witness: heads that somebody outside has kept. That the newest entries were cut off together
    with their heads, or that all was written anew with the keys of the house, only they can tell.
    """
    walk = _Walk()
    try:
        walk.expect(witness)
        for batch in _batches():
            walk.through(batch)
            if told:
                told(walk.number)
        walk.end()
    except _Broken as broken:
        return Report(walk.number, walk.head, broken.problem, broken.at, walk.heads)
    return Report(walk.number, walk.head, heads=walk.heads)


class _Walk:
    """How far the walk has come: the chain, the tree, and the leaves after its last full tile."""

    def __init__(self) -> None:
        self.number, self.head, self.heads = 0, GENESIS, 0
        self._tree = Growing()
        self._leaves: list[bytes] = []
        self._tiles = dict(Tile.objects.values_list("number", "root"))
        self._keys = verifiers()
        self._waiting: list[tuple[int, str, str]] = []  # size, root, note; the next one last

    def expect(self, witness: str) -> None:
        """Heads to be met: those stored and those of the witness."""
        met = list(Head.objects.values_list("size", "root", "note"))
        for note in parted(witness):
            said = self._opened(note, None)
            met.append((said.size, said.root.hex(), note))
        self._waiting = sorted(met, reverse=True)

    def through(self, batch: list[dict[str, Any]]) -> None:
        for entry in batch:
            self._entry(entry)
            leaf = leaf_of(entry["digest"])
            self._tree.add(leaf)
            self._leaves.append(leaf)
            if len(self._leaves) == TILE:
                self._tile()
            while self._waiting and self._waiting[-1][0] == self.number:
                self._head(*self._waiting.pop())

    def end(self) -> None:
        if self._waiting:
            raise _Broken("cut", self.number + 1)
        if self._tiles:
            raise _Broken("tile", self.number + 1)

    def _entry(self, entry: dict[str, Any]) -> None:
        if entry["sequence"] != self.number + 1:
            raise _Broken("missing", entry["sequence"])
        if entry["previous"] != self.head:
            raise _Broken("link", entry["sequence"])
        if entry["digest"] != digest(entry) or entry["text"] != canonical(entry["detail"]).decode():
            raise _Broken("digest", entry["sequence"])
        self.number, self.head = entry["sequence"], entry["digest"]

    def _tile(self) -> None:
        root = root_of(self._leaves).hex()
        if self._tiles.pop(self.number // TILE - 1, root) != root:
            raise _Broken("tile", self.number)
        self._leaves.clear()

    def _head(self, size: int, root: str, note: str) -> None:
        said = self._opened(note, self.number)
        if (said.size, said.root, root) != (size, self._tree.root(), said.root.hex()):
            raise _Broken("head", self.number)
        self.heads += 1

    def _opened(self, note: str, at: int | None) -> Checkpoint:
        try:
            return opened(note, self._keys)
        except BadNote as error:
            raise _Broken("signature", at) from error


def _batches() -> Iterator[list[dict[str, Any]]]:
    last = -1  # an entry numbered 0 would be a forgery, and is to be met
    numbers = Entry.objects.order_by("sequence").values_list("sequence", flat=True)
    while batch := list(numbers.filter(sequence__gt=last)[:BATCH]):
        yield _read(batch)
        last = batch[-1]


def _read(numbers: list[int]) -> list[dict[str, Any]]:
    """Entries with these numbers, and `text`, their detail as it is stored. What was altered until
    the database cannot give it as what it is said to be, is looked for one by one."""
    within = Entry.objects.filter(sequence__gte=numbers[0], sequence__lte=numbers[-1])
    rows = within.order_by("sequence").annotate(text=Cast("detail", TextField()))
    try:
        return list(rows.values(*FIELDS, *LATER, "digest", "text"))
    except (ValueError, TypeError) as error:
        if len(numbers) == 1:
            raise _Broken("digest", numbers[0]) from error
        half = len(numbers) // 2
        return _read(numbers[:half]) + _read(numbers[half:])
