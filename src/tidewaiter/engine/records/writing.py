"""Files of a commit, written by a thread of its own while the caller's makes the batches.

The caller's thread stays free to be interrupted, and to read the lake. At most a few batches wait
between the two.
"""

from __future__ import annotations

from queue import Full, Queue
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa
    from deltalake.transaction import AddAction, RemoveAction

    from tidewaiter.engine.records.filing import Filing


class _Broken(Exception):
    """Whoever feeds the writer gave up."""


class Writing:
    def __init__(self, filing: Filing) -> None:
        self._filing = filing
        self._waiting: Queue[pa.RecordBatch | _Broken | None] = Queue(maxsize=4)
        self._files: list[AddAction | RemoveAction] = []
        self._error: BaseException | None = None

    def feed(self, batches: Iterable[pa.RecordBatch]) -> list[AddAction | RemoveAction]:
        """The finished files, for the caller to commit; raises what `batches` or the writer raised,
        then there are none."""
        thread = Thread(target=self._write, name="lake")
        thread.start()
        try:
            for batch in batches:
                self._hand_over(batch, thread)
            self._hand_over(None, thread)
        except BaseException:
            self._break_off()
            thread.join()
            raise
        thread.join()
        if self._error is not None:
            raise self._error
        return self._files

    def _hand_over(self, batch: pa.RecordBatch | None, thread: Thread) -> None:
        while thread.is_alive():
            try:
                return self._waiting.put(batch, timeout=0.2)
            except Full:
                continue
        return None

    def _break_off(self) -> None:
        while True:
            try:
                return self._waiting.put_nowait(_Broken())
            except Full:
                self._waiting.get_nowait()

    def _drawn(self) -> Iterator[pa.RecordBatch]:
        while (batch := self._waiting.get()) is not None:
            if isinstance(batch, _Broken):
                raise batch
            yield batch

    def _write(self) -> None:
        try:
            for batch in self._drawn():
                self._filing.add(batch)
            self._files = self._filing.close()
        except BaseException as error:  # noqa: BLE001  handed to the thread that waits for it
            self._error = error
            self._filing.discard()
