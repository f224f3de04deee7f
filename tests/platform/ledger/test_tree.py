"""The Merkle tree against the published vectors of RFC 6962, and its proofs for trees of any size."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter.platform.ledger.tree import (
    EMPTY,
    Growing,
    consistency,
    extends,
    includes,
    inclusion,
    leaf_hash,
    node_hash,
    root_of,
    split,
)

if TYPE_CHECKING:
    from pathlib import Path

LEAVES = [leaf_hash(bytes([number])) for number in range(120)]


def plain_root(leaves: list[bytes]) -> bytes:
    """As section 2.1 of RFC 6962 defines it."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY
    half = split(len(leaves))
    return node_hash(plain_root(leaves[:half]), plain_root(leaves[half:]))


def subtree(low: int, high: int) -> bytes:
    return plain_root(LEAVES[low:high])


def raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def vectors(shared_data: Path, kind: str) -> list[dict]:
    folder = shared_data / "rfc6962-vectors" / "rfc6962" / "testdata" / kind
    return [json.loads(path.read_text()) for path in sorted(folder.rglob("*.json"))]


def test_the_published_vectors_of_inclusion(shared_data):
    told = vectors(shared_data, "inclusion")
    wrong = [
        one["desc"]
        for one in told
        if one["wantErr"]
        == includes(
            one["leafIdx"], one["treeSize"], raw(one["leafHash"]),
            [raw(part) for part in one["proof"] or []], raw(one["root"]),
        )
    ]  # fmt: skip
    assert wrong == []
    assert any(one["wantErr"] for one in told)
    assert not all(one["wantErr"] for one in told)


def test_the_published_vectors_of_consistency(shared_data):
    told = vectors(shared_data, "consistency")
    wrong = [
        one["desc"]
        for one in told
        if one["wantErr"]
        == extends(
            one["size1"], one["size2"], raw(one["root1"]), raw(one["root2"]),
            [raw(part) for part in one["proof"] or []],
        )
    ]  # fmt: skip
    assert wrong == []
    assert len(told) + len(vectors(shared_data, "inclusion")) >= 193


@given(st.integers(0, len(LEAVES)))
def test_the_root_is_that_of_the_definition_at_once_or_leaf_by_leaf(size):
    growing = Growing()
    for leaf in LEAVES[:size]:
        growing.add(leaf)
    assert root_of(LEAVES[:size]) == growing.root() == plain_root(LEAVES[:size])


@given(st.data())
def test_every_leaf_is_proved_and_no_other(data):
    size = data.draw(st.integers(1, len(LEAVES)))
    leaf = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda one: one != leaf) | st.just(size))
    proof, root = inclusion(leaf, size, subtree), subtree(0, size)
    assert includes(leaf, size, LEAVES[leaf], proof, root)
    assert not includes(other, size, LEAVES[leaf], proof, root)
    assert not includes(leaf, size, LEAVES[leaf], proof, EMPTY)
    assert not includes(leaf, size, LEAVES[leaf], [*proof, EMPTY], root)


@given(st.data())
def test_growth_is_proved_and_a_changed_past_is_not(data):
    size = data.draw(st.integers(1, len(LEAVES)))
    old = data.draw(st.integers(1, size))
    proof, root = consistency(old, size, subtree), subtree(0, size)
    assert extends(old, size, subtree(0, old), root, proof)
    changed = data.draw(st.integers(0, old - 1))
    past = [*LEAVES[:changed], EMPTY, *LEAVES[changed + 1 : old]]
    assert not extends(old, size, root_of(past), root, proof)


def test_what_no_tree_holds_is_not_proved():
    with pytest.raises(ValueError, match="no leaf 3"):
        inclusion(3, 3, subtree)
    with pytest.raises(ValueError, match="did not have 4"):
        consistency(4, 3, subtree)
