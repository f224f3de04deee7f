"""Installations of their own, on the kind of database that the tests run on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = Path(__file__).with_name("busy_house.py")


class House(NamedTuple):
    """Home folder and, on PostgreSQL, database; the repository that it is backed up into."""

    home: Path
    environment: dict[str, str]

    @property
    def repository(self) -> Path:
        return self.home.with_name(f"{self.home.name}-backups")

    @property
    def key(self) -> Path:
        return self.home / "keys" / "backup" / "repository.key"

    def run(self, *command: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *map(str, command)], env=self.environment, capture_output=True,
            text=True, check=False,
        )  # fmt: skip

    def tidewaiter(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        return self.run("-m", "tidewaiter.cli", *arguments)

    def backup(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        return self.tidewaiter("backup", "--into", self.repository, *arguments)

    def backed_up(self) -> dict:
        """What is told of a backup made now."""
        answer = self.backup("--json")
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    def restore(self, other: House, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Restore here what another house backed up."""
        place = ("--from", other.repository, "--key", other.key)
        return self.tidewaiter("restore", *place, *arguments)

    def restored(self, other: House, *arguments: object) -> dict:
        """The same, settled as at a start; what is here then."""
        place = ("--from", other.repository, "--key", other.key)
        return _last(self.run(SCRIPT, "restored", *place, *arguments))

    def told(self) -> dict:
        return _last(self.run(SCRIPT, "tell"))

    @contextmanager
    def at_work(self, messages: int) -> Iterator[subprocess.Popen[str]]:
        """Goes on working inside the block, after so many messages."""
        process = subprocess.Popen(
            [sys.executable, SCRIPT, "work"],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        try:
            for _ in range(messages):
                assert process.stdout.readline()
            yield process
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


def _last(answer: subprocess.CompletedProcess[str]) -> Any:
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout.splitlines()[-1])


class Builder:
    """Makes houses, and removes their databases in the end."""

    def __init__(self) -> None:
        self._made: list[str] = []

    def __call__(self, home: Path, like: House | None = None) -> House:
        environment = {**os.environ, "TIDEWAITER_HOME": str(home)}
        environment.pop("DATABASE_URL", None)
        if like:
            shutil.copytree(like.home, home)
            if like.repository.exists():
                shutil.copytree(like.repository, House(home, {}).repository)
        if connection.vendor == "postgresql":
            database = f"house_{uuid.uuid4().hex[:12]}"
            self._made.append(database)
            url, _slash, template = (like.environment if like else os.environ)[
                "DATABASE_URL"
            ].rpartition("/")
            on_server(f"CREATE DATABASE {database} TEMPLATE {template if like else 'template0'}")
            environment["DATABASE_URL"] = f"{url}/{database}"
        return House(home, environment)

    def close(self) -> None:
        for database in self._made:
            on_server(f"DROP DATABASE {database} WITH (FORCE)")


def on_server(statement: str) -> None:
    known = connection.settings_dict
    place = {"host": known["HOST"], "port": known["PORT"] or None, "user": known["USER"]}
    with psycopg.connect(**place, dbname="postgres", autocommit=True) as server:
        server.execute(statement)
