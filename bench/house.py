"""A scratch house for benchmarks: its own home, and commands run and measured as whole processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Measured:
    """Wall seconds, CPU seconds of user and system, and peak resident memory in GiB."""

    wall: float
    cpu: float
    peak: float


class House:
    """A home folder that vanishes with this object; on SQLite, or on a PostgreSQL of its own that
    waits for the disk as in production."""

    def __init__(self, *, postgresql: bool = False) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tidewaiter-bench-")
        self.path = Path(self._folder.name)
        self.environment = {**os.environ, "TIDEWAITER_HOME": str(self.path / "home")}
        self.environment.pop("DATABASE_URL", None)
        self._database: subprocess.Popen[str] | None = None
        if postgresql:
            self._database = subprocess.Popen(  # noqa: S603  our own command
                [REPOSITORY / "scripts" / "with_postgres", "--durable", "sh", "-c",
                 "echo $DATABASE_URL; cat"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            assert self._database.stdout is not None
            self.environment["DATABASE_URL"] = self._database.stdout.readline().strip()

    def run(self, *arguments: str | Path) -> Measured:
        """Run a `tidewaiter` command; raises RuntimeError with its error text if it fails."""
        command = [sys.executable, "-m", "tidewaiter.cli", *map(str, arguments)]
        said = self.path / "stderr"
        started = time.monotonic()
        with said.open("w") as errors:
            process = subprocess.Popen(  # noqa: S603  our own command
                command, env=self.environment, stdout=subprocess.DEVNULL, stderr=errors
            )
            _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, arguments))}: {said.read_text()[-2000:]}")
        return Measured(
            time.monotonic() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / (1 << 20)
        )

    def month(self, items: int) -> Path:
        """A simulated month with the example lists and profiles; its file of declarations."""
        self.run("init")
        self.run("lists", "import", *sorted(REPOSITORY.glob("examples/lists/*")))
        self.run("profiles", "import", *sorted(REPOSITORY.glob("examples/profiles/*.toml")))
        world = self.path / "world"
        self.run("simulate", "--out", world, "--items", str(items), "--seed", "7", "--months", "1")
        (declarations,) = world.glob("declarations.*")
        return declarations

    @contextmanager
    def served(self) -> Iterator[str]:
        """The address of this house's server, which runs as in production, with its worker.

        What is due by the schedules is done before.
        """
        self.run("worker", "--once")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        address = f"http://127.0.0.1:{port}"
        server = subprocess.Popen(  # noqa: S603  our own command
            [sys.executable, "-m", "tidewaiter.cli", "serve", "--port", str(port)],
            env=self.environment,
        )
        try:
            _wait_for(f"{address}/health")
            yield address
        finally:
            server.terminate()
            server.wait(30)

    def close(self) -> None:
        if self._database is not None:
            self._database.communicate()
        self._folder.cleanup()


def _wait_for(address: str) -> None:
    for _ in range(150):
        try:
            urllib.request.urlopen(address, timeout=1).close()  # noqa: S310  this machine
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the server did not start")


def row(
    name: str, unit: str, ours: float, peer: float, peer_name: str, *, more_is_better: bool = True
) -> dict[str, str | float]:
    """One line of the results; the ratio is above 1 when we are ahead."""
    ratio = ours / peer if more_is_better else peer / ours
    return {
        "name": name, "unit": unit, "ours": ours, "peer": peer, "peer_name": peer_name,
        "ratio": ratio,
    }  # fmt: skip
