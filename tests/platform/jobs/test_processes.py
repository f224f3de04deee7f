"""Workers as real processes: two at once, stopped politely, killed with -9."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from tidewaiter.platform.jobs import worker
from tidewaiter.platform.jobs.actions import enqueue
from tidewaiter.platform.jobs.models import Job
from tidewaiter.platform.jobs.registry import KINDS, Kind

pytestmark = pytest.mark.django_db(transaction=True)
SCRIPT = Path(__file__).with_name("worker_process.py")
PATIENCE = 60


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    """So that this process may ask for what only the worker processes can do."""
    for code in ("process.append", "process.quick"):
        monkeypatch.setitem(
            KINDS, code, Kind(code, lambda progress: None, code, 3, None, merges=False)
        )


@pytest.fixture
def start(tmp_path):
    """Start worker processes; whatever is left of them ends with the test."""
    started = []

    def begin(*, once: bool = False) -> subprocess.Popen:
        name = str(connection.settings_dict["NAME"])
        env = {**os.environ, "TEST_DATABASE_NAME": name, "TMPDIR": str(tmp_path)} | (
            {"TEST_ONCE": "1"} if once else {}
        )
        started.append(subprocess.Popen([sys.executable, SCRIPT], env=env))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()


def wait_for(condition, what: str):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    pytest.fail(f"waited {PATIENCE} s for {what}")


def state(job: Job) -> str:
    return Job.objects.values_list("state", flat=True).get(pk=job.pk)


def test_a_job_survives_the_killing_of_its_worker(start, tmp_path):
    path = tmp_path / "lines"
    job = enqueue("process.append", actor=None, path=str(path), seconds=600)
    first = start()
    wait_for(lambda: Job.objects.filter(text="dawdling").exists(), "progress")
    assert (tmp_path / "tidewaiter-worker").exists()  # what a container's health check looks at
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert state(job) == "running"

    assert worker.reap() == 1  # at once: the process ran on this machine and is gone
    assert state(job) == "queued"
    Job.objects.update(not_before=timezone.now())
    assert start(once=True).wait(PATIENCE) == 0
    assert state(job) == "done"
    assert path.read_text().split() == ["1", "2"]


def test_a_worker_asked_to_stop_hands_its_job_back(start, tmp_path):
    job = enqueue("process.append", actor=None, path=str(tmp_path / "lines"), seconds=600)
    process = start()
    wait_for(lambda: Job.objects.filter(text="dawdling").exists(), "progress")
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    job.refresh_from_db()
    assert (job.state, job.attempt, job.worker) == ("queued", 0, "")


def test_a_running_job_is_cancelled_across_processes(start, tmp_path, officer):
    clerk = officer("intake_clerk")
    job = enqueue("process.append", actor=clerk, path=str(tmp_path / "lines"), seconds=600)
    start()
    wait_for(lambda: state(job) == "running", "the start")
    Job.objects.filter(pk=job.pk).update(cancel_requested=True)
    wait_for(lambda: state(job) == "cancelled", "the cancellation")


def test_two_workers_share_the_queue_and_no_job_runs_twice(start, tmp_path):
    path = tmp_path / "lines"
    jobs = [enqueue("process.quick", actor=None, path=str(path)) for _ in range(40)]
    workers = [start(once=True), start(once=True)]
    assert [process.wait(PATIENCE) for process in workers] == [0, 0]
    assert sorted(map(int, path.read_text().split())) == sorted(job.pk for job in jobs)
