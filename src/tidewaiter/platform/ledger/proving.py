"""Proofs about single entries and about heads, for somebody who holds a head."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from tidewaiter.platform.ledger.models import Entry, Head
from tidewaiter.platform.ledger.stored import Tree, leaf_of


@dataclass(frozen=True, slots=True)
class Proof:
    """`path` in base64, as proofs of RFC 6962 are written. `subject`: what is proved, in the tree of
    `size` entries with `root`."""

    subject: str
    size: int
    root: str
    leaf: str
    path: list[str]


class NotProvable(ValueError):
    """No head covers it; says why and what to do."""


def prove_entry(sequence: int, size: int | None = None) -> Proof:
    """That an entry is in the tree of a head: of the newest one, by default."""
    head = _head(size)
    digest = Entry.objects.filter(sequence=sequence).values_list("digest", flat=True).first()
    if digest is None:
        raise NotProvable(f"there is no entry {sequence}")
    if sequence > head.size:
        raise NotProvable(f"no head covers entry {sequence} yet; one is signed every ten minutes")
    path = Tree(head.size).inclusion(sequence - 1)
    return Proof(f"entry {sequence}", head.size, head.root, leaf_of(digest).hex(), _written(path))


def prove_growth(old: int, size: int | None = None) -> Proof:
    """That the tree of a head only added to that of an earlier one."""
    head, before = _head(size), _head(old)
    if before.size > head.size:
        raise NotProvable(f"the head over {before.size} entries is the later one")
    path = Tree(head.size).consistency(before.size)
    return Proof(f"head {before.size}", head.size, head.root, before.root, _written(path))


def _head(size: int | None) -> Head:
    head = Head.objects.first() if size is None else Head.objects.filter(size=size).first()
    if head is None:
        raise NotProvable(
            "no head has been signed yet" if size is None else f"no head covers exactly {size}"
        )
    return head


def _written(path: list[bytes]) -> list[str]:
    return [base64.b64encode(one).decode() for one in path]
