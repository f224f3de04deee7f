"""The Merkle tree over all entries (RFC 6962, section 2; verification as in RFC 9162, section 2.1).

One hash of 32 bytes, the root, stands for every entry up to it. A proof of a few hashes shows that
an entry is in the tree of a root (inclusion), or that the tree of a later root only added to that
of an earlier one (consistency). Nothing but the standard library: an auditor runs this, too.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    # The hash of the subtree of the leaves from the first number up to, not including, the second.
    Subtree = Callable[[int, int], bytes]

LEAF, NODE = b"\x00", b"\x01"
EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(content: bytes) -> bytes:
    return hashlib.sha256(LEAF + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(NODE + left + right).digest()


def split(count: int) -> int:
    """Leaves of the left half of a tree: the largest power of two below their number."""
    return 1 << (count - 1).bit_length() - 1


def root_of(nodes: Sequence[bytes]) -> bytes:
    """The root over nodes of one level, leaves as a rule."""
    if not nodes:
        return EMPTY
    level = list(nodes)
    while len(level) > 1:
        paired = [
            node_hash(level[place], level[place + 1]) for place in range(0, len(level) - 1, 2)
        ]
        level = paired + level[2 * len(paired) :]
    return level[0]


class Growing:
    """The root over leaves that come one by one: of what came before only the right edge is kept,
    the roots of the complete subtrees, the largest first."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        node, size = leaf, self.size
        while size & 1:
            node = node_hash(self._edge.pop(), node)
            size >>= 1
        self._edge.append(node)
        self.size += 1

    def root(self) -> bytes:
        if not self._edge:
            return EMPTY
        node = self._edge[-1]
        for left in self._edge[-2::-1]:
            node = node_hash(left, node)
        return node


def inclusion(leaf: int, size: int, subtree: Subtree) -> list[bytes]:
    """Proof that the leaf of this number (from 0) is in the tree of `size` leaves; PATH of RFC 6962."""
    if not 0 <= leaf < size:
        raise ValueError(f"a tree of {size} has no leaf {leaf}")
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + split(high - low)
        if leaf < middle:
            path.append(subtree(middle, high))
            high = middle
        else:
            path.append(subtree(low, middle))
            low = middle
    return path[::-1]


def consistency(old: int, size: int, subtree: Subtree) -> list[bytes]:
    """Proof that the tree of `size` leaves begins with that of `old` ones; PROOF of RFC 6962."""
    if not 0 < old <= size:
        raise ValueError(f"a tree of {size} did not have {old} leaves before")
    path: list[bytes] = []
    low, high = 0, size
    whole = True  # the old tree is a subtree of its own here, whose root the verifier knows
    while old != high:
        middle = low + split(high - low)
        if old <= middle:
            path.append(subtree(middle, high))
            high = middle
        else:
            path.append(subtree(low, middle))
            low, whole = middle, False
    return path[::-1] if whole else [subtree(low, high), *path[::-1]]


def includes(leaf: int, size: int, hashed: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Is the leaf of this number, with this hash, in the tree of `size` leaves with this root?"""
    if not 0 <= leaf < size or len(hashed) != len(EMPTY):
        return False
    node, number, last = hashed, leaf, size - 1
    for beside in proof:
        if last == 0:
            return False
        if number & 1 or number == last:
            node = node_hash(beside, node)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            node = node_hash(node, beside)
        number, last = number >> 1, last >> 1
    return last == 0 and node == root


def extends(old: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]) -> bool:
    """Does the tree of `size` leaves with `root` begin with the tree of `old` leaves with `old_root`?
    Of a tree without leaves nothing can be shown."""
    if not 0 < old <= size:
        return False
    if old == size:
        return not proof and old_root == root
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    number, last = old - 1, size - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    before = after = path[0]
    for beside in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            before, after = node_hash(beside, before), node_hash(beside, after)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            after = node_hash(after, beside)
        number, last = number >> 1, last >> 1
    return last == 0 and before == old_root and after == root
