"""Running the server and its worker side by side; one ends, both end."""

from __future__ import annotations

import os
import signal
import subprocess  # nosec
import sys
import time

# Beside those that wait in the queue (site/queue.py): some that work, some to say that it is full.
SPARE_THREADS = 12


def serve_pages(*, host: str, port: int, workers: int, with_worker: bool) -> None:
    """Serve until SIGINT or SIGTERM, or until one of the processes dies (then exit code 1)."""
    processes = start(host=host, port=port, workers=workers, with_worker=with_worker)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while all(process.poll() is None for process in processes):
            time.sleep(0.5)
        sys.exit(1)
    except KeyboardInterrupt:
        pass
    finally:
        stop(processes)


def start(
    *, host: str, port: int, workers: int, with_worker: bool
) -> list[subprocess.Popen[bytes]]:
    """The server process, and the worker's if wanted."""
    threads = int(os.environ.get("TIDEWAITER_QUEUE", "32")) + SPARE_THREADS
    server = [
        sys.executable, "-m", "granian", "tidewaiter.site.wsgi:application", "--interface", "wsgi",
        "--host", host, "--port", str(port), "--workers", str(workers), "--blocking-threads", str(threads),
        "--workers-kill-timeout", "10", "--no-ws", "--log-level", "warning",
    ]  # fmt: skip
    commands = [server]
    if with_worker:
        commands.append([sys.executable, "-m", "tidewaiter.cli", "worker"])
    return [subprocess.Popen(command) for command in commands]  # noqa: S603  our own commands


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
