"""Checking a ledger that was handed out, without the house: `python verify.pyz FOLDER`.

The folder holds entries.jsonl (an entry a line, in the form its digest is made of), heads.txt (the
heads signed over them) and keys.txt (the public keys). Whoever does not trust the folder names the
keys and heads that he has kept himself: --keys, --witness. Exit code 0: sound; 1: not.

It needs Python and the library `cryptography`, nothing of Tidewaiter.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tidewaiter.platform.ledger.notes import BadNote, Checkpoint, Verifier, opened, parted
from tidewaiter.platform.ledger.tree import Growing, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GENESIS = "0" * 64
ENTRIES, HEADS, KEYS = "entries.jsonl", "heads.txt", "keys.txt"


class Unsound(ValueError):
    """What was found; says where."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keys", type=Path, help="public keys from elsewhere, one a line")
    parser.add_argument("--witness", type=Path, help="heads from elsewhere")
    given = parser.parse_args(arguments)
    try:
        heads = [(given.folder / HEADS).read_text("utf-8")]
        if given.witness:
            heads.append(given.witness.read_text("utf-8"))
        keys = (given.keys or given.folder / KEYS).read_text("utf-8")
        with (given.folder / ENTRIES).open("rb") as lines:
            print(checked(lines, heads, keys))
    except (Unsound, BadNote, OSError) as error:
        print(f"NOT SOUND: {error}", file=sys.stderr)
        return 1
    return 0


def checked(lines: Iterable[bytes], heads: Iterable[str], keys: str) -> str:
    """What was checked, in words. Raises Unsound, BadNote."""
    known = [Verifier.of(line) for line in keys.splitlines() if line.strip()]
    waiting = [opened(note, known) for text in heads for note in parted(text)]
    waiting.sort(key=lambda head: -head.size)
    agreed, tree, previous = len(waiting), Growing(), GENESIS
    for number, line in enumerate(lines, 1):
        previous = _chained(number, line.rstrip(b"\n"), previous)
        tree.add(leaf_hash(bytes.fromhex(previous)))
        while waiting and waiting[-1].size == number:
            _same(waiting.pop(), tree)
    if waiting:
        raise Unsound(
            f"a head was signed over {waiting[0].size} entries, and there are {tree.size}: "
            "the newest ones were cut off"
        )
    return (
        f"{tree.size} entries are chained and unaltered, up to {previous}; "
        f"{agreed} signed heads stand for them"
    )


def _chained(number: int, line: bytes, previous: str) -> str:
    """The digest of the entry."""
    try:
        entry = json.loads(line)
        sequence, link = entry["sequence"], entry["previous"]
    except (ValueError, TypeError, KeyError) as error:
        raise Unsound(f"line {number} is no entry: {error}") from error
    if sequence != number:
        raise Unsound(f"line {number} holds entry {sequence}: entries are missing or were put in")
    if link != previous:
        raise Unsound(
            f"entry {number} is not chained to the one before: one of the two was altered"
        )
    return hashlib.sha256(line).hexdigest()


def _same(head: Checkpoint, tree: Growing) -> None:
    if head.root != tree.root():
        raise Unsound(f"the head signed at entry {head.size} stands for other entries")


if __name__ == "__main__":
    sys.exit(main())
