"""The tree over the entries that are stored: roots and proofs for any size it ever had.

The leaf of an entry is its digest (32 bytes), so leaf number n is the entry n + 1. Entries stand in
tiles of TILE; the roots of full tiles are kept.
"""

from __future__ import annotations

from functools import lru_cache

from tidewaiter.platform.ledger import tree
from tidewaiter.platform.ledger.models import Entry, Tile

TILE = 1_024


def leaf_of(digest: str) -> bytes:
    return tree.leaf_hash(bytes.fromhex(digest))


def leaves(low: int, high: int) -> list[bytes]:
    """Hashes of the leaves from number `low` up to, not including, `high`."""
    rows = Entry.objects.filter(sequence__gt=low, sequence__lte=high).order_by("sequence")
    return [leaf_of(digest) for digest in rows.values_list("digest", flat=True)]


class Tree:
    """The tree as it was with `size` entries; what is read is kept as long as this is."""

    def __init__(self, size: int) -> None:
        self.size = size
        roots = Tile.objects.filter(number__lt=size // TILE).order_by("number")
        self._tiles = [bytes.fromhex(root) for root in roots.values_list("root", flat=True)]
        self._leaves = lru_cache(maxsize=4)(leaves)

    def root(self) -> bytes:
        return self.subtree(0, self.size)

    def inclusion(self, number: int) -> list[bytes]:
        """Proof that the leaf of this number is in this tree."""
        return tree.inclusion(number, self.size, self.subtree)

    def consistency(self, old: int) -> list[bytes]:
        """Proof that this tree begins with that of `old` leaves."""
        return tree.consistency(old, self.size, self.subtree)

    def subtree(self, low: int, high: int) -> bytes:
        """The root over some leaves; as proofs ask for them, beginning at a tile or within one."""
        first, last = low // TILE, (high - 1) // TILE
        if low % TILE == 0 and first != last:
            tiles = [self._tile(number) for number in range(first, high // TILE)]
            rest = [self.subtree(high - high % TILE, high)] if high % TILE else []
            return tree.root_of(tiles + rest)
        if high - low == TILE and first < len(self._tiles):
            return self._tiles[first]
        whole = self._leaves(first * TILE, min((first + 1) * TILE, self.size))
        return tree.root_of(whole[low - first * TILE : high - first * TILE])

    def _tile(self, number: int) -> bytes:
        """Kept or, while no head has been made since it is full, made from its leaves."""
        if number < len(self._tiles):
            return self._tiles[number]
        return tree.root_of(self._leaves(number * TILE, (number + 1) * TILE))
