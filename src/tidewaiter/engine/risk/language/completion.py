"""What can be written next at a place in a condition."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lark import UnexpectedCharacters, UnexpectedToken

from tidewaiter.engine.risk.language.functions import FUNCTIONS
from tidewaiter.engine.risk.language.grammar import SHOWN
from tidewaiter.engine.risk.language.parsing import grammar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tidewaiter.engine.risk.language.schema import Schema

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*$")
_OPEN_LIST = re.compile(r"\bLIST\s*\(\s*'([^']*)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`text` replaces what stands between `start` and the place asked about."""

    text: str
    kind: Literal["field", "function", "list", "word"]
    start: int
    label: str = ""
    unit: str = ""


def complete(
    text: str, place: int, schema: Schema, lists: Collection[str] = (), limit: int = 30
) -> list[Suggestion]:
    """Suggestions for the word before `place`, best first; none where the text is already wrong."""
    before = text[:place]
    open_list = _OPEN_LIST.search(before)
    if open_list:
        start = open_list.start(1)
        names = (name for name in sorted(lists) if name.startswith(before[start:]))
        return [Suggestion(name, "list", start) for name in names][:limit]
    word = _WORD.search(before)
    start = word.start() if word else place
    accepted = _accepted(before[:start])
    if not accepted:
        return []
    found = sorted(_ranked(before[start:].lower(), start, accepted, schema), key=lambda f: f[0])
    return [suggestion for _, suggestion in found][:limit]


def _accepted(before: str) -> set[str]:
    """Terminals that may follow a text."""
    try:
        reader = grammar().parse_interactive(before)
        reader.exhaust_lexer()
        return set(reader.accepts())  # type: ignore[no-untyped-call]  # lark
    except (UnexpectedCharacters, UnexpectedToken):
        return set()


def _ranked(
    word: str, start: int, accepted: set[str], schema: Schema
) -> Iterator[tuple[tuple[int, str], Suggestion]]:
    """Suggestions with their rank: names that begin so, then labels and names that hold it."""
    if "NAME" in accepted:
        for column in schema.values():
            rank = _rank(word, column.name, column.label)
            if rank is not None:
                yield (
                    (rank, column.name),
                    Suggestion(column.name, "field", start, column.label, column.unit),
                )
        for function in FUNCTIONS.values():
            if function.name.lower().startswith(word):
                suggestion = Suggestion(f"{function.name}(", "function", start, function.help)
                yield (2, function.name), suggestion
    for terminal in accepted - {"NAME", "NUMBER", "TEXT", "$END"}:
        for shown in SHOWN[terminal]:
            if shown.lower().startswith(word):
                yield (1 if word else 3, shown), Suggestion(shown, "word", start)


def _rank(word: str, name: str, label: str) -> int | None:
    if name.startswith(word):
        return 0
    return 4 if word in name or word in label.lower() else None
