"""Entries of the ledger, on PostgreSQL that waits for the disk: actions of one officer after the
other, and of many at once. The peer is what the house promises.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.house import House, row

PROCESSES, THREADS = 4, 4
AT_ONCE = PROCESSES * THREADS
SECONDS = 10
PROMISED_RATE = 2_000.0
PROMISED_COST = 1.0  # ms


def run() -> list[dict[str, Any]]:
    house = House(postgresql=True)
    try:
        house.run("init")
        (alone,) = _measure(house, 1, 1, entry=True)
        (without,) = _measure(house, 1, 1, entry=False)
        together = sum(_measure(house, PROCESSES, THREADS, entry=True))
        bare = sum(_measure(house, PROCESSES, THREADS, entry=False))
        house.run("ledger", "verify")
    finally:
        house.close()
    return [
        row("what an entry adds to an action, PostgreSQL", "ms", (1 / alone - 1 / without) * 1000,
            PROMISED_COST, "promised at most", more_is_better=False),
        row(f"actions with an entry, {AT_ONCE} at a time ({bare:,.0f} without), PostgreSQL", "1/s",
            together, PROMISED_RATE, "promised at least"),
    ]  # fmt: skip


def _measure(house: House, processes: int, threads: int, *, entry: bool) -> list[float]:
    """Actions a second of each of so many processes that work at the same time."""
    command = [sys.executable, "-m", "bench.ledger", str(threads), str(int(entry))]
    writers = [
        subprocess.Popen(  # noqa: S603  our own command
            command, env=house.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(processes)
    ]
    for writer in writers:
        writer.stdout.readline()  # it is ready
    return [float(told) for told in _told(writers)]


def _told(writers: list[subprocess.Popen[str]]) -> list[str]:
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    return [writer.communicate()[0] for writer in writers]


def _write(threads: int, *, entry: bool) -> float:
    """Actions a second; an action is one changed row."""
    import django  # noqa: PLC0415

    os.environ["DJANGO_SETTINGS_MODULE"] = "tidewaiter.site.settings"
    django.setup()
    with ThreadPoolExecutor(threads) as pool:
        made = list(pool.map(_office, range(threads)))
        print("ready", flush=True)
        sys.stdin.readline()
        end = time.monotonic() + SECONDS
        return sum(pool.map(lambda key: _act(key, end, entry=entry), made)) / SECONDS


def _office(number: int) -> int:
    from tidewaiter.platform.accounts.models import Office  # noqa: PLC0415  after setup

    return Office.objects.create(code=f"B{os.getpid()}-{number}").pk


def _act(office: int, end: float, *, entry: bool) -> int:
    from django.db import transaction  # noqa: PLC0415  after setup

    from tidewaiter.platform.accounts.models import Office  # noqa: PLC0415
    from tidewaiter.platform.ledger.actions import record  # noqa: PLC0415

    done = 0
    while time.monotonic() < end:
        with transaction.atomic():
            Office.objects.filter(pk=office).update(name=f"{done}")
            if entry:
                record(None, "office.save", office, office="XT001", name=f"{done}")
        done += 1
    return done


if __name__ == "__main__":
    print(_write(int(sys.argv[1]), entry=sys.argv[2] == "1"))
