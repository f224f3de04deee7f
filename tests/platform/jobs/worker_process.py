"""A worker as a process of its own, on the database of the running test. See test_processes.py."""

from __future__ import annotations

import os
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tidewaiter.site.settings")
# The test has chosen home and database; the name of the test database comes by this variable.
from django.conf import settings

settings.DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE_NAME"]
django.setup()

from tidewaiter.platform.jobs.registry import job  # noqa: E402  Django must be set up first
from tidewaiter.platform.jobs.worker import work  # noqa: E402


@job("process.append")
def append(progress, path, seconds):
    """Append one line, then dawdle: a job that a kill can hit in the middle."""
    with Path(path).open("a") as file:
        file.write(f"{progress.attempt}\n")
    end = time.monotonic() + (seconds if progress.attempt == 1 else 0)
    while time.monotonic() < end:
        progress.update(1, 2, "dawdling")
        progress.check()
        time.sleep(0.02)


@job("process.quick")
def quick(progress, path):
    with Path(path).open("a") as file:
        file.write(f"{progress.job_id}\n")


work(once="TEST_ONCE" in os.environ)
