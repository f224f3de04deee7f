"""How long work says how far it is, whoever waits for it: a job, a terminal or nobody."""

from __future__ import annotations

from typing import Protocol


class Steps(Protocol):
    def update(self, done: int, total: int | None = None, text: str = "") -> None:
        """Units done, of how many, doing what."""

    def check(self) -> None:
        """Raise if the work is to end now."""


class Unwatched:
    def update(self, done: int, total: int | None = None, text: str = "") -> None:
        pass

    def check(self) -> None:
        pass
