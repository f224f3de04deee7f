"""Rules that hold for the whole source, found by reading it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tidewaiter.platform.ledger.verbs import ACTIONS

SOURCE = REPOSITORY / "src" / "tidewaiter"


def ledger_verbs() -> dict[str, str]:
    """Verb → where, for each `record(actor, "area.verb", …)` whose verb is a constant, or a choice
    between constants."""
    found = {}
    for path in SOURCE.rglob("*.py"):
        if "platform/ledger/actions" in path.read_text().replace(".", "/") or "ledger" in str(path):
            tree = ast.parse(path.read_text())
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record":
                    for constant in ast.walk(node.args[1]):
                        if isinstance(constant, ast.Constant) and isinstance(constant.value, str):
                            found[constant.value] = f"{path.name}:{node.lineno}"
    return {verb: place for verb, place in found.items() if re.fullmatch(r"\w+\.\w+", verb)}


def test_every_verb_of_the_ledger_has_its_sentence():
    missing = {verb: place for verb, place in ledger_verbs().items() if verb not in ACTIONS}
    assert missing == {}


def test_every_setting_is_documented():
    page = (REPOSITORY / "docs" / "administrator" / "settings.md").read_text()
    places = [*SOURCE.rglob("*.py"), *(REPOSITORY / "deploy").rglob("*")]
    used = {
        name
        for path in places
        if path.is_file()
        for name in re.findall(r"TIDEWAITER_[A-Z_]*[A-Z]|\bDATABASE_URL\b", path.read_text())
    }
    assert {name for name in used if f"`{name}`" not in page} == set()


@pytest.mark.parametrize("file", ["requirements/runtime.txt", "requirements/dev.txt",
                                  "frontend/package-lock.json"])  # fmt: skip
def test_what_is_locked_names_no_host(file):
    text = (REPOSITORY / file).read_text()
    assert not re.search(r'"resolved"|--(extra-)?index-url|--find-links', text)
    hosts = set(re.findall(r"https?://([^/\"\s]+)", text))
    # Lock files of npm name where one may give money to the authors; nothing is fetched there.
    assert file.endswith(".json") or hosts == set()


def test_no_path_of_one_machine_is_written_down():
    listed = [SOURCE, REPOSITORY / "scripts", REPOSITORY / "deploy", REPOSITORY / "docs"]
    files = [p for folder in listed for p in Path(folder).rglob("*") if p.is_file()]
    homes = re.compile(r"/(?:root|work|home/\w+)/")
    named = [
        str(path)
        for path in files
        if path.suffix in {"", ".py", ".md", ".html", ".toml", ".js", ".css", ".service"}
        and "vendor" not in path.parts
        and homes.search(path.read_text(errors="replace"))
    ]
    assert named == []
