"""What kinds of work exist: `@job("area.verb")` on a function in a desk's `jobs.py`.

    @job("lake.compact", title=_("Compact the lake"), cron="0 3 * * *")
    def compact(progress: Progress, stream: str = "declarations") -> dict | None: ...

The function must be safe to run again after a crash at any point: a worker that dies is
found out and its job given to another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Work = Callable[..., dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Kind:
    code: str
    work: Work
    title: str
    attempts: int
    cron: str | None
    merges: bool


KINDS: dict[str, Kind] = {}


class UnknownKind(LookupError):
    def __init__(self, code: str) -> None:
        super().__init__(f"no job of kind {code!r}; known: {', '.join(sorted(KINDS))}")


def job(
    code: str,
    *,
    title: str = "",
    attempts: int = 3,
    cron: str | None = None,
    merges: bool = False,
) -> Callable[[Work], Work]:
    """Register a function as a kind of work.

    With `cron` it also gets a schedule by default. With `merges`, asking for it while the same
    work (parameters, actor, office) waits in the queue gives the job that waits: for work that
    does everything there is to do, however often it is asked for.
    """

    def register(work: Work) -> Work:
        if code in KINDS and KINDS[code].work.__module__ != work.__module__:
            raise ValueError(f"two jobs are called {code}")
        KINDS[code] = Kind(code, work, title or code, attempts, cron, merges)
        return work

    return register


def kind(code: str) -> Kind:
    try:
        return KINDS[code]
    except KeyError:
        raise UnknownKind(code) from None
