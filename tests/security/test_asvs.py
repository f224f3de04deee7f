"""The pages about OWASP ASVS are complete, and every place that they name exists."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.conftest import REPOSITORY
from tests.security.requirements import LEVELS, wanted

FOLDER = REPOSITORY / "docs" / "security"
PAGES = sorted((FOLDER / "asvs").glob("v*.md"))
ROW = re.compile(r"\| (V\d+\.\d+\.\d+) \| (\d) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|")
STATES = ("met", "partly", "not met", "does not apply")
# What a page names as a place: a path, of a test with its name.
PLACE = re.compile(r"`((?:[\w.-]+/)+[\w.-]+|[\w-]+\.\w+|Makefile|Containerfile)(?:::(\w+))?`")


def rows(path) -> list[tuple[str, ...]]:
    lines = [line for line in path.read_text("utf-8").splitlines() if line.startswith("| V")]
    found = [ROW.fullmatch(line) for line in lines]
    assert all(found), [line for line, one in zip(lines, found, strict=True) if not one]
    return [one.groups() for one in found if one]


ROWS = {path: rows(path) for path in PAGES}


def missing(text: str) -> list[str]:
    """Places named in a text that are not in the repository."""
    gone = []
    for path, test in PLACE.findall(text):
        file = REPOSITORY / path
        if not file.exists() or (test and f"def {test}(" not in file.read_text("utf-8")):
            gone.append(f"{path}::{test}")
    return gone


def test_the_standard_has_its_requirements():
    assert Counter(LEVELS.values()) == {1: 70, 2: 183, 3: 92}


def test_every_requirement_is_answered_once():
    answered = Counter((row[0], int(row[1])) for rows in ROWS.values() for row in rows)
    assert answered == Counter(wanted().items())


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_answer_has_a_state_and_places_that_exist(path):
    for number, _level, what, state, where in ROWS[path]:
        assert number.startswith(f"V{int(path.stem[1:])}.")
        assert what.strip(), number
        assert state in STATES, number
        assert missing(where) == [], number
        assert PLACE.search(where) or state != "met", f"{number}: nothing shows it"


def test_the_summary_counts_what_the_pages_say():
    page = (FOLDER / "asvs.md").read_text("utf-8")
    total: Counter[str] = Counter()
    for path, found in ROWS.items():
        counts = Counter(row[3] for row in found)
        total += counts
        figures = " | ".join(str(counts[state]) for state in STATES)
        assert re.search(rf"\(asvs/{path.name}\) \| {re.escape(figures)} \|", page), figures
    figures = " | ".join(str(total[state]) for state in STATES)
    assert f"| all | {figures} |" in page


@pytest.mark.parametrize("name", ["index.md", "architecture.md"])
def test_places_that_the_other_pages_name_exist(name):
    gone = missing((FOLDER / name).read_text("utf-8"))
    assert [place for place in gone if place.startswith(("src/", "tests/", "docs/"))] == []
