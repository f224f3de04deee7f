"""SQLite: what its write-ahead log holds goes into the database file beside the requests.

Left to itself, SQLite does that within the commit that makes the log long, and officers and brokers
wait for it, up to a quarter of a second (settings raise the limit at which it does).
"""

from __future__ import annotations

import threading

import structlog
from django.db import DatabaseError, connection

PAUSE = 5.0  # seconds
LONG = 16_000  # pages of 4 KiB: now writers wait until the log may begin anew
log = structlog.get_logger(__name__)


class Checkpoints(threading.Thread):
    """Does nothing on PostgreSQL, which does this itself."""

    def __init__(self) -> None:
        super().__init__(name="checkpoints", daemon=True)
        self._stopping = threading.Event()

    def run(self) -> None:
        if connection.vendor != "sqlite":
            return
        while not self._stopping.wait(PAUSE):
            try:
                if checkpoint("PASSIVE") > LONG:
                    checkpoint("RESTART")
            except DatabaseError:
                log.exception("checkpoint failed")
                connection.close()
        connection.close()

    def stop(self) -> None:
        self._stopping.set()
        self.join()


def checkpoint(mode: str) -> int:
    """One checkpoint, PASSIVE (waits for nobody) or RESTART; the pages in the log."""
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA wal_checkpoint({mode})")
        _busy, pages, _done = cursor.fetchone()
    return int(pages)
