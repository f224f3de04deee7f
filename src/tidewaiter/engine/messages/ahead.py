"""Reading ahead: the next chunk is read while the last one is being recorded."""

from __future__ import annotations

from queue import Full, Queue
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tidewaiter.engine.messages.results import Chunk


def ahead(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """The same chunks, drawn by a thread that is one chunk ahead; raises what drawing them raised.

    Memory holds three chunks: in work, waiting, being read.
    """
    reader = _Reader(chunks)
    reader.start()
    try:
        while (what := reader.waiting.get()) is not None:
            if isinstance(what, BaseException):
                raise what
            yield what
    finally:
        reader.given_up.set()
        reader.join()


class _Reader(Thread):
    def __init__(self, chunks: Iterable[Chunk]) -> None:
        super().__init__(name="reader", daemon=True)
        self._chunks = chunks
        self.waiting: Queue[Chunk | BaseException | None] = Queue(maxsize=1)
        self.given_up = Event()

    def run(self) -> None:
        end: BaseException | None = None
        try:
            for chunk in self._chunks:
                if not self._hand_over(chunk):
                    return
        except BaseException as error:  # noqa: BLE001  raised again where the chunks are used
            end = error
        self._hand_over(end)

    def _hand_over(self, what: Chunk | BaseException | None) -> bool:
        """False if nobody listens any more."""
        while not self.given_up.is_set():
            try:
                self.waiting.put(what, timeout=0.2)
            except Full:
                continue
            return True
        return False
