"""Texts as people write them, right and wrong: what is accepted means the same everywhere, what is
refused says where and why, and nothing is ever run as code.

TIDEWAITER_EXPRESSIONS says how many; the last full run had a million.
"""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.risk.language.test_agreement import compare
from tests.risk.language.world import LISTS, SCHEMA, Choices, condition, row
from tidewaiter.engine.risk.language import check, text_of
from tidewaiter.engine.risk.language.problems import placed

if TYPE_CHECKING:
    from collections.abc import Iterator

EXPRESSIONS = int(os.environ.get("TIDEWAITER_EXPRESSIONS", "4000"))
AT_ONCE = 200
ROWS = 5
PIECES = (
    "", " ", "\n", "(", ")", "'", "''", ",", "=", "<>", ">=", "%", "*", "-", "/", "1", "0.5", "1e400",
    "AND", "OR", "NOT", "IN", "LIKE", "BETWEEN", "IS NULL", "TRUE", "LIST('countries')", "LIST('none')",
    "DATE '2026-02-30'", "origin", "orgin", "hs", "net_mass", "COALESCE(", "MONTH(", "FOO(", "'851'",
    "é", "日本", "\U0001f6a2", "\x00", "\u202e", "--", "/*", ";", "{origin}", "$1", "%s",
    "__import__('os').system('x')", "eval('1')", "; DROP TABLE records", "origin.__class__",
)  # fmt: skip
CODE_RUNS = {"exec", "compile", "os.system", "os.exec", "subprocess.Popen", "socket.connect"}


@pytest.mark.parametrize("half", [0, 1])
def test_generated_expressions_are_accepted_and_agree_or_are_refused_with_place_and_remedy(
    half: int, code_runs: list[str]
) -> None:
    counted: Counter[str] = Counter()
    for seed in range(half, EXPRESSIONS // AT_ONCE, 2):
        source = random.Random(seed)  # noqa: S311  test data, to be the same each time
        choices = Choices(source.randrange)
        trees = []
        code_runs.clear()
        for _ in range(AT_ONCE):
            text = mutated(text_of(condition(choices)), choices)
            checked = check(text, SCHEMA, LISTS.keys())
            if checked.tree is None:
                refused(text, checked.errors)
            else:
                trees.append(checked.tree)
            counted["refused" if checked.tree is None else "accepted"] += 1
        assert code_runs == []
        if trees:
            compare(trees, [row(choices) for _ in range(ROWS)])
    assert counted.total() == len(range(half, EXPRESSIONS // AT_ONCE, 2)) * AT_ONCE
    assert min(counted["refused"], counted["accepted"]) > 0.2 * counted.total()


def refused(text: str, errors: tuple) -> None:
    assert errors, text
    lines = text.split("\n")
    for error in errors:
        line, column = error.at(text)
        assert 1 <= line <= len(lines), (text, error)
        assert 1 <= column <= len(lines[line - 1]) + 1, (text, error)
        assert placed(error, text).startswith(f"Line {line}, column {column}: ")
        assert len(error.say()) > 10, (text, error)


def mutated(text: str, choices: Choices) -> str:
    """As it is, in half of the cases; else changed in one to three places."""
    if choices.chance(2):
        return text
    for _ in range(1 + choices.integer(3)):
        place, length = choices.integer(len(text) + 1), choices.integer(6)
        text = text[:place] + choices.of(PIECES) + text[place + length :]
    return text


_events: list[str] | None = None


def _listen(event: str, _arguments: tuple) -> None:
    if _events is not None and event in CODE_RUNS:
        _events.append(event)


@pytest.fixture
def code_runs() -> Iterator[list[str]]:
    """What was run as code, or reached for the system, since it was last cleared."""
    global _events  # noqa: PLW0603  a hook cannot be taken away again
    check("origin = 'CN'", SCHEMA)  # what is imported on first use is no answer to a text
    sys.addaudithook(_listen)
    _events = []
    yield _events
    _events = None
