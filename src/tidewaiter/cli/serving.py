"""Running the server and its worker side by side. One that dies is started again; both end with us."""

from __future__ import annotations

import functools
import os
import signal
import subprocess  # nosec
import sys
import time
from dataclasses import dataclass, field

from tidewaiter.platform.orphans import end_with_parent

# Beside those that wait in the queue (site/queue.py): some that work, some to say that it is full.
SPARE_THREADS = 12
LOOK = 0.5  # seconds between two looks at the processes
LIVED = 10.0  # seconds after which a process counts as started
TRIES = 5  # starts of a process, one after the other, that did not live as long


def serve_pages(*, host: str, port: int, workers: int, with_worker: bool) -> None:
    """Serve until SIGINT or SIGTERM. Ends with exit code 1 when a process cannot be started."""
    kept = [Kept(command) for command in _commands(host, port, workers, with_worker=with_worker)]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        for one in kept:
            one.start()
        while all(one.goes_on() for one in kept):
            time.sleep(LOOK)
        sys.exit(1)
    except KeyboardInterrupt:
        pass
    finally:
        stop([one.process for one in kept if one.process])


def _commands(host: str, port: int, workers: int, *, with_worker: bool) -> list[list[str]]:
    """The server, and the worker if wanted."""
    threads = int(os.environ.get("TIDEWAITER_QUEUE", "32")) + SPARE_THREADS
    server = [
        sys.executable, "-m", "granian", "tidewaiter.site.wsgi:application", "--interface", "wsgi",
        "--host", host, "--port", str(port), "--workers", str(workers), "--blocking-threads", str(threads),
        "--workers-kill-timeout", "10", "--respawn-failed-workers", "--respawn-interval", "0.1",
        "--no-ws", "--log-level", "warning",
    ]  # fmt: skip
    return [server, [sys.executable, "-m", "tidewaiter.cli", "worker"]][: 1 + with_worker]


@dataclass(slots=True)
class Kept:
    """A process that is started again when it dies: nobody may be there to do it."""

    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    began: float = field(default=0.0)
    short: int = field(default=0)

    def start(self) -> None:
        self.began = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603  our own command
            self.command,
            preexec_fn=functools.partial(end_with_parent, os.getpid()),  # noqa: PLW1509  no threads
        )

    def goes_on(self) -> bool:
        """Start it again if it died; False when it dies each time, soon after it began."""
        if self.process is not None and self.process.poll() is None:
            return True
        self.short = 0 if time.monotonic() - self.began > LIVED else self.short + 1
        if self.short >= TRIES:
            return False
        time.sleep(self.short * LOOK)
        self.start()
        return True


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
