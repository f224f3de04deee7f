"""The slow, careful way through a stretch of CSV in which quotation marks are out of place.

Each damaged line is set aside with its number; its neighbours are read.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import Literal

LONGEST_RECORD = 50  # lines that one quoted cell may span before it counts as never closed

Trouble = Literal["stray_quote", "unclosed_quote"]


@dataclass(slots=True)
class Isolated:
    """Records with their lines, damaged lines, and how much of the stretch was consumed."""

    records: list[tuple[int, list[str]]] = field(default_factory=list)
    damaged: list[tuple[int, Trouble, str]] = field(default_factory=list)
    used: int = 0
    lines: int = 0


def isolate(data: bytes, first_line: int, delimiter: str, *, final: bool) -> Isolated:
    """Read whole lines one record at a time.

    Unless `final`, a record that is still open at the end of the stretch is left for the next.
    """
    lines = data.decode(errors="replace").split("\n")[:-1]
    result = Isolated()
    at = 0
    while at < len(lines):
        outcome = _record(lines, at, delimiter)
        if outcome == "open" and not final and len(lines) - at < LONGEST_RECORD:
            break
        if isinstance(outcome, str):
            trouble: Trouble = "unclosed_quote" if outcome == "open" else "stray_quote"
            result.damaged.append((first_line + at, trouble, lines[at][:2000]))
            at += 1
        else:
            row, taken = outcome
            result.records.append((first_line + at, row))
            at += taken
    result.lines = at
    rest = len("".join(line + "\n" for line in lines[at:]).encode())
    result.used = len(data) - rest
    return result


def _record(
    lines: list[str], at: int, delimiter: str
) -> tuple[list[str], int] | Literal["open", "stray"]:
    """The record that starts on a line and the lines it takes, or why there is none."""
    text = lines[at]
    if '"' not in text:
        return text.split(delimiter), 1
    for taken in range(1, LONGEST_RECORD + 1):
        try:
            return next(
                csv.reader([text], delimiter=delimiter, strict=True, skipinitialspace=True)
            ), taken
        except csv.Error as error:
            if "unexpected end of data" not in str(error):
                return "stray"
        if at + taken >= len(lines):
            break
        text += "\n" + lines[at + taken]
    return "open"
