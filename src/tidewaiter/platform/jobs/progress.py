"""What a running job tells the world, and what the world tells it.

`update` and `log` only change memory, so they may be called for every chunk; `flush` writes at
most once a second, from the worker's pulse thread, on its own connection: progress shows even
while the job holds a transaction open.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from tidewaiter.platform.jobs.models import Job

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

LOG_LINES = 200
LINE_LENGTH = 500


def printable(text: str) -> str:
    """PostgreSQL stores no NUL in text; what a broken file puts into a message may hold one."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


class Interrupted(Exception):
    """The job must end now; what it has committed stays."""


class Cancelled(Interrupted):
    """Somebody cancelled the job."""


class Stopping(Interrupted):
    """The worker is being stopped; the job goes back into the queue."""


class Lost(Interrupted):
    """The job was given to another worker, because this one seemed dead."""


class Progress:
    """Handed to every job function as its first argument."""

    def __init__(self, job: Job, stop: threading.Event) -> None:
        self.job_id: int = job.pk
        self.title = job.title
        self.attempt = job.attempt
        self.actor: User | None = job.actor
        self.office = job.office
        self._held = {"pk": job.pk, "worker": job.worker, "attempt": job.attempt}
        self._stop = stop
        self._lock = threading.Lock()
        self._fields: dict[str, Any] = {}
        self._log = job.log.splitlines()
        self._cancelled = False
        self._lost = False

    def update(self, done: int, total: int | None = None, text: str = "") -> None:
        """Say how far the job is: units done, of how many (None: unknown), doing what."""
        with self._lock:
            self._fields |= {"done": done, "total": total, "text": printable(text)[:300]}

    def log(self, line: str) -> None:
        """Add a line to the job's log; the last 200 are kept."""
        with self._lock:
            stamp = timezone.now().strftime("%Y-%m-%d %H:%M:%SZ")
            self._log = [*self._log, f"{stamp} {printable(line)[:LINE_LENGTH]}"][-LOG_LINES:]
            self._fields["log"] = "\n".join(self._log)

    def check(self) -> None:
        """Raise Cancelled, Stopping or Lost if the job is to end. Call it between chunks."""
        if self._lost:
            raise Lost
        if self._cancelled:
            raise Cancelled
        if self._stop.is_set():
            raise Stopping

    def flush(self) -> None:
        """Write what changed, with a heartbeat; learn of a cancellation."""
        with self._lock:
            fields, self._fields = self._fields, {}
        held = Job.objects.filter(**self._held, state=Job.State.RUNNING)
        if not held.update(**fields, heartbeat_at=timezone.now()):
            self._lost = True
        elif held.filter(cancel_requested=True).exists():
            self._cancelled = True

    def settle(self, **outcome: Any) -> bool:
        """Write the end of this attempt with the last progress; False if the job was lost."""
        with self._lock:
            fields, self._fields = self._fields, {}
        held = Job.objects.filter(**self._held, state=Job.State.RUNNING)
        fields |= {"heartbeat_at": timezone.now(), "worker": ""} | outcome
        return bool(held.update(**fields))
