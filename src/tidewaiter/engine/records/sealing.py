"""What a lake tells those who keep sums of its files, before and after whatever changes its tables.

The engine keeps none itself: a sum beside the file would be changed with it.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

LOG = "_delta_log"
# What may be done to a table that is there, and the operations that the log of Delta then names.
APPEND, ALTER = "append", "alter"
OPTIMIZE, VACUUM, CHECKPOINT = "optimize", "vacuum", "checkpoint"
MASK = "mask"  # files written anew with fields masked, in place of those before
OPERATIONS: dict[str, frozenset[str]] = {
    APPEND: frozenset({"WRITE"}),
    MASK: frozenset({"WRITE"}),
    ALTER: frozenset({"ADD COLUMN"}),
    OPTIMIZE: frozenset({"OPTIMIZE"}),
    VACUUM: frozenset({"VACUUM START", "VACUUM END"}),
    CHECKPOINT: frozenset(),  # it changes the folder of the log, not the table
}
WRITTEN = frozenset({APPEND, MASK})  # known by the sums of the very files that they add


class Seals(Protocol):
    def around(
        self, table: str, kind: str, files: Sequence[str] = ()
    ) -> AbstractContextManager[object]:
        """Within it, something of a kind of OPERATIONS is done to the table. `files`, under its
        folder: those that an append or a masking adds, which are written already, or that a
        vacuum may delete."""

    def quiet(self) -> AbstractContextManager[bool]:
        """Whether files of the log may be made or removed now; holds as long as the context."""


class Unsealed:
    """A lake that nobody keeps sums of: a notebook's, a benchmark's."""

    def around(self, *_told: object) -> AbstractContextManager[object]:
        return nullcontext()

    def quiet(self) -> AbstractContextManager[bool]:
        return nullcontext(enter_result=True)


UNSEALED: Seals = Unsealed()
