"""An installation of its own, its server as a service manager keeps it, and kills."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import psycopg

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
START = 600  # seconds that a start may take on a busy machine


class House:
    """`name` tells its database on PostgreSQL from those of others."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder / "home"
        self.environment = {**os.environ, "TIDEWAITER_HOME": str(self.home)}
        self.environment |= {
            "DJANGO_SETTINGS_MODULE": "tidewaiter.site.settings",
            "TIDEWAITER_BACKUPS": str(folder / "backups"),
            "TIDEWAITER_RATE_ACCOUNT": "0",
            "TIDEWAITER_RATE_ADDRESS": "0",
            "PYTHONUNBUFFERED": "1",
        }
        self._siblings: list[House] = []
        given = os.environ.get("DATABASE_URL")
        self.database = f"crash_{uuid.uuid4().hex[:12]}" if given else ""
        if given:
            self._on_server(f"CREATE DATABASE {self.database} TEMPLATE template0")
            self.environment["DATABASE_URL"] = f"{given.rpartition('/')[0]}/{self.database}"

    def _on_server(self, statement: str) -> None:
        url = urlsplit(os.environ["DATABASE_URL"])
        place = {"host": unquote(url.hostname or ""), "port": url.port, "user": url.username}
        place["password"] = url.password
        with psycopg.connect(**place, dbname="postgres", autocommit=True) as server:
            server.execute(statement)

    def inside(self, what: str, *arguments: object) -> Any:
        """What a function of inside.py says."""
        done = subprocess.run(
            [sys.executable, HERE / "inside.py", what, *map(str, arguments)],
            env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{what}: {done.stderr[-4000:]}"
        return json.loads(done.stdout.splitlines()[-1])

    def sibling(self) -> House:
        """An empty one beside it, which goes with it."""
        self._siblings.append(House(self.folder / f"sibling-{len(self._siblings)}"))
        return self._siblings[-1]

    def tidewaiter(self, *arguments: object) -> str:
        """What a command says that must not fail."""
        done = subprocess.run(
            [sys.executable, "-m", "tidewaiter.cli", *map(str, arguments)],
            env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{arguments}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout

    def close(self) -> None:
        for sibling in self._siblings:
            sibling.close()
        if self.database:
            self._on_server(f"DROP DATABASE {self.database} WITH (FORCE)")


class Server:
    """`tidewaiter serve` with all it starts. `keep` does what a service manager does: starts it."""

    def __init__(self, house: House) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.house, self.log = house, house.folder / "server.log"
        self.starts = 0
        self.process: subprocess.Popen[bytes] | None = None

    def keep(self) -> None:
        """Start it unless it runs, and wait until pages are answered."""
        until = time.monotonic() + START
        while time.monotonic() < until:
            if self.process is None or self.process.poll() is not None:
                self._start()
            if self._answers():
                return
            time.sleep(0.1)
        raise AssertionError(f"the server did not come back: {self.log.read_text()[-4000:]}")

    def _start(self) -> None:
        command = [sys.executable, "-m", "tidewaiter.cli", "serve", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, env=self.house.environment, stdout=log, stderr=log, start_new_session=True
            )
        self.starts += 1

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=1):
                return True
        except OSError:
            return False

    def processes(self) -> dict[int, str]:
        """Number → what it is: serve, server, page (which answer requests), worker."""
        found: dict[int, str] = {}
        if self.process is None:
            return found
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                told = (folder / "stat").read_text().rpartition(")")[2].split()
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if told[0] != "Z" and int(told[3]) == self.process.pid:
                found[int(folder.name)] = _role(
                    int(folder.name), int(told[1]), command, self.process.pid
                )
        return found

    def kill(self, whom: str, choose: Callable[[list[int]], int]) -> bool:
        """Kill all at once, or one process of a kind; whether there was one."""
        assert self.process is not None
        if whom == "all":
            os.killpg(self.process.pid, signal.SIGKILL)
        else:
            numbers = sorted(n for n, role in self.processes().items() if role == whom)
            if not numbers:
                return False
            os.kill(choose(numbers), signal.SIGKILL)
        if whom in ("all", "serve"):
            self.process.wait(30)
            _wait_until(lambda: not self.processes(), "what the killed server left is still there")
        return True

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)


def _role(number: int, parent: int, command: str, serve: int) -> str:
    if number == serve:
        return "serve"
    if "granian" in command:
        return "server" if parent == serve else "page"
    return "worker" if command.strip().endswith("worker") else "other"


def _wait_until(come: Callable[[], bool], otherwise: str, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not come():
        assert time.monotonic() < until, otherwise
        time.sleep(0.05)


class Commands:
    """Commands of `tidewaiter`, each in a process that may be killed; the next one stands by, so
    that a kill hits the command and not the start of Python."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._next = self._start()

    def _start(self, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(HERE / "command.py")],
            env=environment or self._house.environment, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def run(
        self,
        *arguments: object,
        kill_after: float | None = None,
        environment: dict[str, str] | None = None,
    ) -> tuple[int | None, str]:
        """Exit code and what it said; None for the code when it was killed before its end."""
        if environment is not None:
            process = self._start(environment)
        else:
            process, self._next = self._next, self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        print(json.dumps([str(one) for one in arguments]), file=process.stdin, flush=True)
        assert process.stdout.readline().strip() == "begun"
        if kill_after is not None:
            try:
                process.wait(kill_after)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
        said, errors = process.communicate(timeout=300)
        code = None if process.returncode == -signal.SIGKILL else process.returncode
        return code, said + errors

    def close(self) -> None:
        self._next.kill()
        self._next.communicate()
