"""A bounded queue before the pages: who cannot be served soon is told so, with a time to come back.

The server's threads only wait here; a few threads of our own do the work, each with its connection to
the database. What finds the queue full, or waits in it for too long, is answered 503 at once.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore, current_thread
from typing import TYPE_CHECKING, Any

from django.db import connections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

NAME = "page"  # of the threads that work
WORKERS = 4  # threads that work, of each process
RETRY_AFTER = 5  # seconds
BUSY = b"The server is busy: try again in a few seconds.\n"


class Queued:
    """`length`: requests that may wait; `patience`: seconds that each may."""

    def __init__(
        self, application: Application, *, length: int, patience: float, workers: int = WORKERS
    ) -> None:
        self._application, self._patience = application, patience
        self._room = BoundedSemaphore(workers + length)
        self._workers = ThreadPoolExecutor(workers, thread_name_prefix=NAME)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if not self._room.acquire(blocking=False):
            return _busy(start_response)
        try:
            begun: Future[None] = Future()
            task = self._workers.submit(self._work, begun, environ, start_response)
            task.add_done_callback(lambda _task: self._room.release())
        except BaseException:
            self._room.release()
            raise
        try:
            begun.result(self._patience)
        except TimeoutError:
            if task.cancel():
                return _busy(start_response)
        return task.result()

    def _work(
        self, begun: Future[None], environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        begun.set_result(None)
        return self._application(environ, start_response)


def let_go(**_signal: object) -> None:
    """A thread that only waits sends streamed answers, too; it keeps no connection for that."""
    if not current_thread().name.startswith(NAME):
        connections.close_all()


def _busy(start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response(
        "503 Service Unavailable",
        [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(BUSY))),
            ("Retry-After", str(RETRY_AFTER)),
        ],
    )
    return [BUSY]
