"""A thread that writes waiting declarations into the lake: every second, more rarely when busy."""

from __future__ import annotations

import threading
import time

import structlog
from django.db import close_old_connections
from polars.exceptions import PanicException

from tidewaiter.desks.intake.actions.flushing import flush_waiting, to_tidy
from tidewaiter.desks.intake.models import Flush, Waiting

PAUSE, LONGEST = 1.0, 10.0  # seconds between two writings
RESTS = 9  # times the processor time of the last writing: officers and brokers need the cores, too
log = structlog.get_logger(__name__)


class Flusher(threading.Thread):
    def __init__(self) -> None:
        super().__init__(name="flusher", daemon=True)
        self._stopping = threading.Event()

    def run(self) -> None:
        used = 0.0
        while not self._stopping.wait(min(max(PAUSE, RESTS * used), LONGEST)):
            started = time.process_time()
            try:
                close_old_connections()
                if _work_waits():
                    flush_waiting()
            except (Exception, PanicException):
                # The declarations stay in the journal; the next round tries again.
                log.exception("flush failed")
            used = time.process_time() - started

    def stop(self) -> None:
        self._stopping.set()
        self.join()


def _work_waits() -> bool:
    return (
        Waiting.objects.filter(flush=None).exists()
        or Flush.objects.filter(done_at=None).exists()
        or to_tidy().exists()
    )
