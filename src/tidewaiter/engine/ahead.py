"""Reading ahead: the next part is read while work on the last one goes on."""

from __future__ import annotations

from queue import Full, Queue
from threading import Event, Thread
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Part = TypeVar("Part")


def ahead(parts: Iterable[Part]) -> Iterator[Part]:
    """The same parts, drawn by a thread that is one part ahead; raises what drawing them raised.

    Memory holds three parts: in work, waiting, being read.
    """
    reader = _Reader(parts)
    reader.start()
    try:
        while (what := reader.waiting.get()) is not None:
            if isinstance(what, BaseException):
                raise what
            yield what
    finally:
        reader.given_up.set()
        reader.join()


class _Reader(Thread, Generic[Part]):
    def __init__(self, parts: Iterable[Part]) -> None:
        super().__init__(name="reader", daemon=True)
        self._parts = parts
        self.waiting: Queue[Part | BaseException | None] = Queue(maxsize=1)
        self.given_up = Event()

    def run(self) -> None:
        end: BaseException | None = None
        try:
            for part in self._parts:
                if not self._hand_over(part):
                    return
        except BaseException as error:  # noqa: BLE001  raised again where the parts are used
            end = error
        self._hand_over(end)

    def _hand_over(self, what: Part | BaseException | None) -> bool:
        """False if nobody listens any more."""
        while not self.given_up.is_set():
            try:
                self.waiting.put(what, timeout=0.2)
            except Full:
                continue
            return True
        return False
