"""The disaster exercise of docs/administrator/disaster.md, by its own commands."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from tests.conftest import REPOSITORY
from tests.platform.backup.houses import on_server

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PAGE = REPOSITORY / "docs" / "administrator" / "disaster.md"


def blocks() -> list[str]:
    """The commands of the page, but for the one that would never end."""
    found = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.S)
    assert found[-1].strip() == "tidewaiter serve"
    return found[:-1]


def test_the_page_brings_the_house_back(house, tmp_path):
    witness, paper = tmp_path / "witness", tmp_path / "paper"
    with house.at_work(4):
        house.backed_up()
    house.environment["TIDEWAITER_WITNESSES"] = str(witness)
    assert house.tidewaiter("ledger", "head").returncode == 0
    house.backed_up()
    known = house.told()
    shutil.copy(house.key, paper)
    _burn(house)

    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "tidewaiter").write_text(
        f'#!/bin/sh\nexec {sys.executable} -m tidewaiter.cli "$@"\n'
    )
    (programs / "tidewaiter").chmod(0o755)
    environment = house.environment | {
        "PATH": f"{programs}:{house.environment['PATH']}",
        "REPOSITORY": str(house.repository),
        "KEY": str(paper),
        "MOMENT": datetime.now(UTC).isoformat(timespec="seconds"),
        "WITNESS": str(witness),
    }
    environment.pop("TIDEWAITER_WITNESSES")
    bash = shutil.which("bash")
    answer = subprocess.run(
        [bash, "-euo", "pipefail", "-c", "\n".join(blocks())], env=environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "FAIL" not in answer.stdout
    again = house.told()
    for what in ("received", "recorded", "lake", "files", "tables"):
        assert again[what] == known[what]


def _burn(house) -> None:
    shutil.rmtree(house.home)
    if "DATABASE_URL" in house.environment:
        on_server(
            f"DROP DATABASE {house.environment['DATABASE_URL'].rpartition('/')[2]} WITH (FORCE)"
        )
