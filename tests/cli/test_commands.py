"""The commands that scripts rely on, from an empty home to an explained lane."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest
from click.testing import CliRunner

from tidewaiter.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.django_db(transaction=True)

COLUMNS = {
    "declaration_id", "item_no", "score", "expected_value", "lane", "selected_by",
    "selection_probability", "reasons",
}  # fmt: skip


@pytest.fixture
def run() -> Callable[..., dict]:
    """`run("intake", path)`: the JSON document of a command; `code` is the exit code expected."""

    def command(*arguments: object, code: int = 0) -> dict:
        result = CliRunner().invoke(main, [*map(str, arguments), "--json"])
        assert result.exit_code == code, (result.output, result.stderr, result.exception)
        return json.loads(result.stdout) if result.stdout else {}

    return command


@pytest.fixture
def house(run) -> None:
    assert run("init")["administrator_link"].startswith("/accounts/welcome/")


@pytest.fixture
def furnished(run, house, repository: Path) -> None:
    run("lists", "import", *sorted(repository.glob("examples/lists/*")))
    run("profiles", "import", *sorted(repository.glob("examples/profiles/*.toml")))


@pytest.mark.slow
def test_the_whole_way(run, furnished, tmp_path: Path) -> None:
    world = tmp_path / "world"
    run(
        "simulate",
        "--out",
        world,
        "--items",
        6000,
        "--seed",
        3,
        "--months",
        2,
        "--illicit-rate",
        0.3,
    )
    (report,) = run("intake", world / "declarations.csv")["files"]
    assert (report["received"], report["accepted"], report["quarantined"]) == (6000, 6000, 0)
    (again,) = run("intake", world / "declarations.csv")["files"]
    assert (again["accepted"], again["duplicates"]) == (0, 6000)
    results = run("intake", "--stream", "outcomes", world / "outcomes.csv")["files"][0]
    assert results["accepted"] > 0
    assert len(run("baselines", "build")["built"]) == 3
    (model,) = run("model", "train")["models"]
    assert model["state"] == "champion"
    assert run("assess", "--from", "2026-02-01", "--to", "2026-02-28")["items"] > 1000
    assert run("assess")["items"] > 3000
    assert run("assess")["items"] == 0
    selected = run("select")
    assert set(selected) == {"run_id", "declarations", "orders", "lanes"}
    assert selected["lanes"]["green"] > selected["orders"] > 0

    out = tmp_path / "assessments.csv"
    assert run("export", "assessments", "--out", out)["rows"] == 6000
    exported = pl.read_csv(out)
    assert set(exported.columns) >= COLUMNS
    assert exported["score"].is_between(0, 1).all()
    assert exported["lane"].null_count() == 0
    assert run("export", "declarations", "--out", tmp_path / "d.parquet")["rows"] == 6000

    told = exported.filter(pl.col("reasons").str.len_chars() > 0)["declaration_id"][0]
    explained = run("explain", told)
    assert explained["agrees"]
    assert any(item["reasons"] for item in explained["items"])
    assert run("verify")["ok"]


def test_what_is_quarantined_is_said_and_the_exit_code_tells(run, house, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(
        "declaration_id,declaration_date,hs\nA1,2026-03-02,610910\nA2,not a day,610910\n"
    )
    (report,) = run("intake", path, code=1)["files"]
    assert (report["accepted"], report["quarantined"]) == (1, 1)
    (reason,) = report["reasons"]
    assert reason["place"].startswith("line 3")
    assert reason["remedy"]


def test_an_officer_without_the_right_is_refused_by_the_command_line_too(
    run, house, officer
) -> None:
    inspector = officer("inspector", offices=["A"])
    for command in (["assess"], ["select"], ["verify"], ["model", "list"], ["explain", "X"]):
        result = CliRunner().invoke(main, [*command, "--as", inspector.username])
        assert result.exit_code == 2
        assert "may not" in result.stderr


def test_an_export_holds_the_officers_offices_only(run, house, officer, tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    path.write_text(
        "declaration_id,declaration_date,hs,office\nA1,2026-03-02,610910,A\nB1,2026-03-02,610910,B\n"
    )
    run("intake", path)
    analyst = officer("analyst", offices=["A"])
    out = tmp_path / "mine.csv"
    assert run("export", "declarations", "--out", out, "--as", analyst.username)["rows"] == 1
    assert pl.read_csv(out)["office"].to_list() == ["A"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["intake", "nowhere.csv"], "no such file"),
        (["intake"], "at least one file"),
        (["export", "outcomes", "--out", "x.txt"], "suffix"),
        (["assess", "--as", "nobody"], "no active officer"),
        (["profiles", "check"], "Missing argument"),
    ],
)
def test_wrong_use_says_how_to_do_better(house, arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_machine_client_and_its_token_are_made_on_the_command_line(run, house) -> None:
    made = run("accounts", "create", "broker", "--role", "machine", "--national")
    assert made["username"] == "broker"
    may = ("--may", "intake.submit", "--network", "192.0.2.7/24")
    first = run("tokens", "make", "broker", *may)
    assert first["token"].startswith("tw_")
    assert (first["permissions"], first["networks"]) == (["intake.submit"], ["192.0.2.0/24"])
    second = run("tokens", "rotate", first["prefix"], "--overlap", 2)
    assert second["token"] != first["token"]
    assert [told["prefix"] for told in run("tokens", "list")] == [first["prefix"]]
    assert run("tokens", "revoke", first["prefix"])["account"] == "broker"
    assert run("tokens", "list") == []
    assert run("tokens", "list", "--all")[0]["valid"] is False
    for wrong, said in (
        (["make", "nobody"], "no active account"),
        (["make", "broker", "--may", "ledger.read"], "may not: ledger.read"),
        (["make", "broker", "--network", "here"], "no network"),
        (["rotate", first["prefix"]], "issue a new one"),
        (["revoke", "tw_00000000"], "no token"),
    ):
        result = CliRunner().invoke(main, ["tokens", *wrong])
        assert (result.exit_code, said in result.stderr) == (2, True), result.stderr


def test_the_selection_policy_goes_out_and_comes_back_as_a_proposal(run, settings, tmp_path):
    (settings.HOME / "policy.toml").write_text("cost_per_minute = 0.5\n", "utf-8")
    assert run("init")["policy"] == "version 1 (Taken over from policy.toml.)"
    assert "cost_per_minute = 0.5" in run("policy", "show")["policy"]
    out = tmp_path / "kept.toml"
    assert run("policy", "export", "--out", out)["version"] == 1
    out.write_text(out.read_text("utf-8").replace("= 0.5", "= 0.75"), "utf-8")
    made = run("policy", "import", out, "--reason", "Wages rose.", "--legal-basis", "Budget 2027")
    assert (made["version"], made["state"], made["proposed_by"]) == (2, "proposed", "operator")
    assert run("policy", "show")["version"] == 1
    told = CliRunner().invoke(main, ["policy", "show", "2"]).stdout
    assert "legal basis: Budget 2027" in told
    assert "cost_per_minute: 0.5 → 0.75" in told
    run("policy", "show", "7", code=1)
    run("policy", "import", out, "--reason", "Again.", code=1)
    out.write_text("lanes = 3", "utf-8")
    run("policy", "import", out, "--reason", "Wrong.", code=1)
    out.write_text("cost_per_minute = 3.0\n", "utf-8")
    (settings.HOME / "policy.toml").write_text("cost_per_minute = 0.6\n", "utf-8")
    assert "is not read any more" in run("init")["policy"]
    (settings.HOME / "policy.toml").write_text("lanes = 3", "utf-8")
    assert "is not read any more" in run("init")["policy"]


def test_a_policy_file_that_cannot_be_used_does_not_keep_the_house_from_starting(run, settings):
    (settings.HOME / "policy.toml").write_text("lanes = 3", "utf-8")
    assert "cannot be used, mend it: unknown, missing or ill-formed" in run("init")["policy"]
