"""Text → checked tree, with every problem found on the way."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from lark import Lark, UnexpectedCharacters, UnexpectedToken

from tidewaiter.engine.risk.language.building import Builder, Built
from tidewaiter.engine.risk.language.checking import Checker
from tidewaiter.engine.risk.language.grammar import GRAMMAR, SHOWN
from tidewaiter.engine.risk.language.problems import Problem, ProfileError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from tidewaiter.engine.risk.language import tree as t
    from tidewaiter.engine.risk.language.schema import Schema

LONGEST = 4_000
DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Checked:
    """`tree` is None when there is an error; warnings alone leave it usable."""

    tree: t.Condition | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.level == "error")


@cache
def grammar() -> Lark:
    """The parser. Its lexer ignores the parser's state, so a keyword is never read as a field."""
    return Lark(GRAMMAR, parser="lalr", lexer="basic", keep_all_tokens=True, transformer=Builder())


def check(text: str, schema: Schema, lists: Collection[str] | None = None) -> Checked:
    """Read and check a condition. `lists`, when given, are the names of the lists that exist."""
    built = _read(text)
    if isinstance(built, Problem):
        return Checked(None, (built,))
    checker = Checker(schema, lists)
    node = checker.condition(built.node)
    problems = tuple(sorted(checker.problems, key=lambda p: (p.start, p.end, p.code)))
    failed = any(p.level == "error" for p in problems)
    return Checked(None if failed else node, problems)


def parse(text: str, schema: Schema, lists: Collection[str] | None = None) -> t.Condition:
    """The checked tree of a condition; raises ProfileError with the errors."""
    checked = check(text, schema, lists)
    if checked.tree is None:
        raise ProfileError(checked.errors, text)
    return checked.tree


def shown(terminals: Iterable[str]) -> list[str]:
    """Terminal names as an officer reads them."""
    return sorted({word for name in terminals for word in SHOWN.get(name, ())})


def _read(text: str) -> Built | Problem:
    if not text.strip():
        return Problem(0, len(text), "empty")
    if len(text) > LONGEST:
        return Problem(LONGEST, len(text), "too_long", {"length": len(text), "limit": LONGEST})
    try:
        built: Built = grammar().parse(text)  # type: ignore[assignment]  # Builder returns Built
    except UnexpectedCharacters as error:
        return _unreadable(text, error.pos_in_stream or 0)
    except UnexpectedToken as error:
        return _unexpected(text, error)
    if built.depth > DEEPEST:
        return Problem(built.start, built.end, "too_deep", {"limit": DEEPEST})
    return built


def _unreadable(text: str, place: int) -> Problem:
    if text[place] == "'":
        return Problem(place, len(text), "open_text")
    return Problem(place, place + 1, "unreadable", {"found": text[place]})


def _unexpected(text: str, error: UnexpectedToken) -> Problem:
    expected: dict[str, object] = {"expected": shown(error.accepts or error.expected)}
    if error.token.type == "$END":
        return Problem(len(text.rstrip()), len(text), "unfinished", expected)
    start = int(error.token.start_pos or 0)
    return Problem(
        start, start + len(error.token), "unexpected", {"found": str(error.token)} | expected
    )
