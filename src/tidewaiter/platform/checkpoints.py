"""SQLite: what its write-ahead log holds goes into the database file beside the requests.

Left to itself, SQLite does that within the commit that makes the log long, and officers and brokers
wait for it, up to a quarter of a second (settings raise the limit at which it does).
"""

from __future__ import annotations

import threading

import structlog
from django.db import DatabaseError, connection

PAUSE = 5.0  # seconds
PATIENCE = 50  # milliseconds that a reader may keep the log from beginning anew
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
                checkpoint()
            except DatabaseError:
                log.exception("checkpoint failed")
                connection.close()
        connection.close()

    def stop(self) -> None:
        self._stopping.set()
        self.join()


def checkpoint() -> bool:
    """Empty the log, nearly all of it without keeping anybody waiting; whether that was all.

    The log then begins anew at its first page: a log that overwrites itself reaches the disk
    sooner than one that grows, whatever else is being written.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout={PATIENCE}")
        cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
        cursor.execute("PRAGMA wal_checkpoint(RESTART)")
        busy, _pages, _done = cursor.fetchone()
    return not busy
