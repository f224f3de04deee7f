"""`tidewaiter privacy`: what is due, doing it, what was done, by which schedule."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from tests.platform.privacy.world import LONG_AGO, PLANTED, hand_in, told
from tidewaiter.cli.main import main
from tidewaiter.platform.privacy.models import LegalHold, Run

pytestmark = pytest.mark.django_db


def run(*arguments: str, code: int = 0, as_json: bool = True):
    more = ["--json"] if as_json else []
    done = CliRunner().invoke(main, ["privacy", *arguments, *more])
    assert done.exit_code == code, (done.output, done.exception)
    return json.loads(done.stdout) if as_json and not code else done.output


def test_a_dry_run_changes_nothing_and_a_run_is_reported(operator) -> None:
    hand_in(operator, told("OLD1", LONG_AGO, **PLANTED), LONG_AGO)
    due = {one["store"]: one for one in run("apply", "--dry-run")}
    assert due.keys() == {"declarations", "messages"}
    assert due["declarations"]["rows"] == 1
    assert "importer_name" in due["declarations"]["fields"]
    assert not Run.objects.exists()
    done = run("apply")
    assert {one["store"]: one["masked"] for one in done} == {
        "declarations": len(PLANTED),
        "messages": 1,
    }
    assert run("apply", "--dry-run") == []
    assert len(run("report", "--store", "declarations", "--month", f"{LONG_AGO:%Y-%m}")) == 1
    assert "declarations" in run("report", as_json=False)


def test_the_schedule_and_what_is_wrong_with_it(operator, settings, tmp_path) -> None:
    lines = run("schedule")
    assert {"store": "declarations", "field": "importer_name", "kind": "name", "mask": 1095,
            "delete": 3650, "link": True} in lines  # fmt: skip
    settings.RETENTION = str(tmp_path / "own.toml")
    (tmp_path / "own.toml").write_text("[kind.nmae]\nmask = 900\n")
    for command in ("schedule", "apply"):
        assert "use one of name" in run(command, code=1, as_json=False)


def test_holds_and_who_may_run_it(operator, officer) -> None:
    officer("analyst", national=True, username="ana")
    assert "hold" in run("hold", "OLD1", "--reason", "case 1", as_json=False)
    number = str(LegalHold.objects.get(declaration_id="OLD1").pk)
    assert "second officer" in run("lift", number, "--reason", "over", as_json=False)
    assert "no hold" in run("lift", "99", "--reason", "over", code=1, as_json=False)
    assert "privacy.run" in run("apply", "--as", "ana", code=2, as_json=False)
    assert "no such key" in run("destroy-key", "tokens", "--reason", "x", "--yes", as_json=False)
