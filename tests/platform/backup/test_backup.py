"""A backup taken while the house is at work is one moment of it, and can be restored."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from django.db import connection

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SCRIPT = Path(__file__).with_name("busy_house.py")


class House(NamedTuple):
    """An installation of its own: home folder and, on PostgreSQL, database."""

    home: Path
    environment: dict[str, str]

    def run(self, *command: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *map(str, command)], env=self.environment, capture_output=True,
            text=True, check=False,
        )  # fmt: skip

    def tidewaiter(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        return self.run("-m", "tidewaiter.cli", *arguments)

    def told(self) -> dict:
        answer = self.run(SCRIPT, "tell")
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    @contextmanager
    def at_work(self, messages: int):
        """Goes on working inside the block, after so many messages."""
        process = subprocess.Popen(
            [sys.executable, SCRIPT, "work"],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            for _ in range(messages):
                assert process.stdout.readline()
            yield
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


@pytest.fixture(scope="module")
def new_house(django_db_setup):
    """Makes installations, on the same kind of database that the tests run on; `like` another."""
    made = []

    def make(home: Path, like: House | None = None) -> House:
        environment = {**os.environ, "TIDEWAITER_HOME": str(home)}
        environment.pop("DATABASE_URL", None)
        if like:
            shutil.copytree(like.home, home)
        if connection.vendor == "postgresql":
            database = f"house_{uuid.uuid4().hex[:12]}"
            made.append(database)
            url, _slash, template = (like.environment if like else os.environ)[
                "DATABASE_URL"
            ].rpartition("/")
            _on_server(f"CREATE DATABASE {database} TEMPLATE {template if like else 'template0'}")
            environment["DATABASE_URL"] = f"{url}/{database}"
        return House(home, environment)

    yield make
    for database in made:
        _on_server(f"DROP DATABASE {database} WITH (FORCE)")


@pytest.fixture(scope="module")
def model_house(new_house, tmp_path_factory) -> House:
    """A house that has been set up, to be copied."""
    made = new_house(tmp_path_factory.mktemp("model") / "home")
    answer = made.tidewaiter("init")
    assert answer.returncode == 0, answer.stderr
    return made


@pytest.fixture
def house(new_house, model_house, tmp_path) -> House:
    return new_house(tmp_path / "first", like=model_house)


@pytest.fixture
def second(new_house, tmp_path) -> House:
    """Nothing yet: where a backup is restored."""
    return new_house(tmp_path / "second")


def _on_server(statement: str) -> None:
    known = connection.settings_dict
    place = {"host": known["HOST"], "port": known["PORT"] or None, "user": known["USER"]}
    with psycopg.connect(**place, dbname="postgres", autocommit=True) as server:
        server.execute(statement)


def test_a_backup_taken_at_work_is_restored_to_one_moment(house, second, tmp_path):
    archive = tmp_path / "backups" / "house.tar"
    with house.at_work(5):
        answer = house.tidewaiter("backup", "--out", archive, "--json")
    assert answer.returncode == 0, answer.stderr
    assert archive.stat().st_mode & 0o077 == 0

    answer = second.tidewaiter("restore", archive)
    assert answer.returncode == 0, answer.stderr
    assert second.run(SCRIPT, "settle").returncode == 0
    told = second.told()
    numbers = [str(number) for number in range(len(told["received"]))]
    assert len(numbers) >= 5
    assert sorted(told["received"]) == sorted(numbers)
    assert sorted(told["lake"]) == sorted(numbers)
    assert sorted(told["recorded"]) == sorted(numbers)
    assert told["files"] >= len(numbers)
    assert told["ledger_sound"]
    assert (second.home / "secret.key").read_text() == (house.home / "secret.key").read_text()


def test_what_is_written_after_the_moment_is_not_in_the_backup(house, second, tmp_path):
    with house.at_work(3):
        pass
    archive = tmp_path / "house.tar"
    assert house.tidewaiter("backup", "--out", archive).returncode == 0
    before = house.told()
    assert second.tidewaiter("restore", archive).returncode == 0
    assert second.told() == before


def test_keys_of_the_vault_come_along_and_stay_shut(house, second, tmp_path):
    with house.at_work(3):
        pass
    assert house.tidewaiter("vault", "renew-key").returncode == 0
    archive = tmp_path / "house.tar"
    assert house.tidewaiter("backup", "--out", archive).returncode == 0
    assert second.tidewaiter("restore", archive).returncode == 0
    answer = second.tidewaiter("vault", "verify", "--json")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["files"] >= 3
    keys = sorted((second.home / "keys" / "vault").iterdir())
    assert len(keys) == 2
    assert keys[0].parent.stat().st_mode & 0o077 == 0
    for key in keys:
        assert key.stat().st_mode & 0o077 == 0
        assert key.read_bytes() == (house.home / "keys" / "vault" / key.name).read_bytes()


def test_a_damaged_backup_restores_nothing(house, second, tmp_path):
    archive = tmp_path / "house.tar"
    assert house.tidewaiter("backup", "--out", archive).returncode == 0
    whole = archive.read_bytes()
    with tarfile.open(archive) as tar:
        at = tar.getmember("home/secret.key").offset_data
    damaged = {
        "a byte changed": whole[:at] + b"!" + whole[at + 1 :],
        "cut off": whole[: len(whole) * 2 // 3],
        "no archive": b"what is this",
    }
    for what, content in damaged.items():
        (tmp_path / "bad.tar").write_bytes(content)
        answer = second.tidewaiter("restore", tmp_path / "bad.tar")
        assert answer.returncode == 1, what
        assert "tidewaiter: " in answer.stderr
        assert {path.name for path in second.home.iterdir()} <= {"secret.key", "static"}, what


def test_nothing_is_overwritten(house, tmp_path):
    archive = tmp_path / "house.tar"
    assert house.tidewaiter("backup", "--out", archive).returncode == 0
    again = house.tidewaiter("backup", "--out", archive)
    assert again.returncode == 1
    assert "exists already" in again.stderr
    over = house.tidewaiter("restore", archive)
    assert over.returncode == 1
    assert "is not empty" in over.stderr
