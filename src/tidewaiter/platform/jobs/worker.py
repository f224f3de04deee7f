"""The worker: claims a job, runs it, keeps its pulse, and takes up what dead workers dropped."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import tempfile
import threading
import traceback
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.utils import timezone
from polars.exceptions import PanicException

from tidewaiter.platform.jobs import actions
from tidewaiter.platform.jobs.models import Job
from tidewaiter.platform.jobs.progress import Cancelled, Lost, Progress, Stopping, printable
from tidewaiter.platform.jobs.registry import KINDS, kind
from tidewaiter.platform.ledger.whence import JOB, coming_from

if TYPE_CHECKING:
    from collections.abc import Iterator

log = structlog.get_logger(__name__)

PULSE = 1.0  # seconds between two writes of progress
POLL = 1.0  # seconds between two looks into an empty queue
STALE = timedelta(seconds=60)  # without a heartbeat for so long, a worker counts as dead
FIRST_PAUSE = timedelta(seconds=10)  # before the second attempt; doubles with each further one
LONGEST_PAUSE = timedelta(hours=1)


class Permanent(Exception):
    """Raise it in a job when trying again cannot help (bad input, missing file)."""


def work(*, once: bool = False, stop: threading.Event | None = None) -> int:
    """Run jobs until stopped; with `once`, until none is due. Returns how many were run.

    Without `stop`, SIGTERM and SIGINT end the loop: the running job is asked to end at its next
    check and goes back into the queue. A second signal acts as it would without us.
    """
    if stop is not None:
        return _loop(_name(), once=once, stop=stop)
    stop = threading.Event()
    with _stopped_by_signals(stop):
        return _loop(_name(), once=once, stop=stop)


def drain(limit: int = 1000) -> int:
    """Run every due job in this thread and connection; for tests and one-shot commands."""
    count = 0
    while count < limit and (job := claim(_name())) is not None:
        _run(job, threading.Event(), with_pulse=False)
        count += 1
    return count


def claim(worker: str) -> Job | None:
    """Take the oldest due job, or None. Two workers never get the same one."""
    due = Job.objects.filter(
        state=Job.State.QUEUED, not_before__lte=timezone.now(), kind__in=list(KINDS)
    ).order_by("not_before", "pk")
    if not due.exists():  # a plain read: an idle worker takes no write lock on SQLite
        return None
    # PostgreSQL locks the row it takes. SQLite has no row locks: there the transaction is
    # IMMEDIATE (settings), which lets one claimant in at a time.
    with transaction.atomic():
        job = due.select_for_update(skip_locked=True, of=("self",)).first()
        if job is None:
            return None
        now = timezone.now()
        job.state = Job.State.RUNNING
        job.worker = worker
        job.attempt += 1
        job.started_at = job.heartbeat_at = now
        job.done, job.total, job.text = 0, None, ""
        job.error = job.traceback = ""
        job.save()
    return job


def reap() -> int:
    """Give jobs of dead workers back to the queue, or up after their last attempt."""
    count = 0
    for job in Job.objects.filter(state=Job.State.RUNNING):
        if not _dead(job):
            continue
        again = job.attempt < job.max_attempts and not job.cancel_requested
        same = Job.objects.filter(
            pk=job.pk, state=Job.State.RUNNING, attempt=job.attempt, worker=job.worker
        )
        count += same.update(**_after_failure(job, "the worker died", "", again=again))
    return count


def _dead(job: Job) -> bool:
    """Known at once for a process that ran here; for one elsewhere, when its heartbeat stops."""
    place, pid, _nonce = job.worker.rsplit("|", 2)
    if place == _place() and not _alive(int(pid)):
        return True
    return job.heartbeat_at < timezone.now() - STALE


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it exists and belongs to somebody else
        return True
    return True


def _loop(worker: str, *, once: bool, stop: threading.Event) -> int:
    actions.install_schedules()
    log.info("worker.start", worker=worker)
    count = 0
    while not stop.is_set():
        try:
            _show_life()
            close_old_connections()
            reap()
            actions.tick()
            job = claim(worker)
            if job is not None:
                _run(job, stop, with_pulse=True)
                count += 1
        except DatabaseError as error:
            # The database restarts or is busy: the worker outlives it. A job whose end could not
            # be written goes stale and is tried again.
            log.warning("worker.database", error=str(error))
            connection.close()
            stop.wait(POLL * 5)
            continue
        if job is None:
            if once:
                break
            stop.wait(POLL)
    log.info("worker.end", worker=worker, jobs=count)
    return count


def _run(job: Job, stop: threading.Event, *, with_pulse: bool) -> None:
    progress = Progress(job, stop)
    log.info("job.start", job=job.pk, kind=job.kind, attempt=job.attempt)
    with _pulse(progress) if with_pulse else _no_pulse():
        outcome = _attempt(job, progress)
    if outcome is None or not progress.settle(**outcome):
        log.warning("job.lost", job=job.pk)
        return
    log.info("job.end", job=job.pk, kind=job.kind, state=outcome["state"])


def _attempt(job: Job, progress: Progress) -> dict[str, Any] | None:
    """Run the function; the fields to write at the end, or None if the job is no longer ours."""
    try:
        progress.check()
        with coming_from(JOB):
            result = kind(job.kind).work(progress, **job.parameters)
        json.dumps(result)  # a result that is no JSON is a failure of the job, not of the worker
    except Lost:
        return None
    except Cancelled:
        return {"state": Job.State.CANCELLED, "finished_at": timezone.now()}
    except Stopping:
        return {"state": Job.State.QUEUED, "attempt": job.attempt - 1}
    except (Exception, PanicException) as error:  # noqa: BLE001  a job may fail in any way
        progress.log(f"attempt {job.attempt} failed: {type(error).__name__}: {error}")
        again = job.attempt < job.max_attempts and not isinstance(error, Permanent)
        reason = str(error) or type(error).__name__
        return _after_failure(job, reason, traceback.format_exc(), again=again)
    progress.log("done")
    return {"state": Job.State.DONE, "finished_at": timezone.now(), "result": result}


def _after_failure(job: Job, reason: str, trace: str, *, again: bool) -> dict[str, Any]:
    now = timezone.now()
    fields: dict[str, Any] = {
        "error": printable(reason)[:500],
        "traceback": printable(trace),
        "worker": "",
    }
    if again:
        pause = min(FIRST_PAUSE * 2 ** (job.attempt - 1), LONGEST_PAUSE)
        return fields | {"state": Job.State.QUEUED, "not_before": now + pause}
    if job.cancel_requested:
        return fields | {"state": Job.State.CANCELLED, "finished_at": now}
    return fields | {"state": Job.State.FAILED, "finished_at": now}


@contextmanager
def _pulse(progress: Progress) -> Iterator[None]:
    """Flush progress every second from a thread with its own connection."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(PULSE):
            _show_life()
            try:
                progress.flush()
            except DatabaseError as error:  # locked or restarting: the next beat tries again
                log.warning("job.pulse", job=progress.job_id, error=str(error))
                connection.close()
        connection.close()

    thread = threading.Thread(target=beat, name=f"pulse-{progress.job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def _no_pulse() -> Iterator[None]:
    yield


@contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    def ask(number: int, _frame: object) -> None:
        stop.set()
        signal.signal(number, before[number])

    before = {n: signal.signal(n, ask) for n in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _show_life() -> None:
    """Touch the file by whose age a container's health check knows that the worker goes on."""
    (Path(tempfile.gettempdir()) / "tidewaiter-worker").touch()


def _place() -> str:
    """Where process numbers mean the same: the host and, in containers, its process namespace."""
    namespace = Path("/proc/self/ns/pid")
    return f"{socket.gethostname()}|{namespace.stat().st_ino if namespace.exists() else 0}"


def _name() -> str:
    return f"{_place()}|{os.getpid()}|{secrets.token_hex(4)}"
