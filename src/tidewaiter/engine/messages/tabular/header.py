"""Finding the header of a table: its row, its names, and the character between its cells."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from tidewaiter.engine.messages.tabular.mapping import norm

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

DELIMITERS = ",;\t|"
SEARCHED_ROWS = 40
SAMPLE_ROWS = 200


@dataclass(frozen=True, slots=True)
class Layout:
    """How a text table is laid out.

    header: unique column names, in order. first_line: 1-based line on which the records begin.
    sample: the first records.
    """

    delimiter: str
    header: list[str]
    first_line: int
    sample: list[list[str]]


def sniff(
    text: str, *, wanted: Collection[str], delimiter: str = "", header_row: int = 0
) -> Layout:
    """The layout of a text table by its first lines.

    wanted: normalised column names that somebody knows. The delimiter is the one that makes the
    best header, and the most rows as wide as it.
    """
    candidates = [
        _layout(text, mark, wanted, header_row)
        for mark in ([delimiter] if delimiter else DELIMITERS)
    ]
    return max(candidates, key=lambda candidate: candidate[0])[1]


def _layout(
    text: str, delimiter: str, wanted: Collection[str], header_row: int
) -> tuple[float, Layout]:
    rows, ends = _rows(text, delimiter)
    at = _header_at(rows, ends, header_row) if header_row else find_header(rows, wanted)
    names = rows[at] if rows else []
    below = [row for row in rows[at + 1 :] if any(cell.strip() for cell in row)]
    width = _usual_width(len(names), below)
    header = unique(names + [""] * (width - len(names)))
    matching = sum(len(row) == width for row in below) / len(below) if below else 1.0
    score = header_score(names, wanted) * (0.1 + matching) if len(names) > 1 else 0.1
    first_line = (ends[at] if ends else 0) + 1
    return score, Layout(delimiter, header, first_line, below[:SAMPLE_ROWS])


def _rows(text: str, delimiter: str) -> tuple[list[list[str]], list[int]]:
    """The first rows, and the line on which each ends."""
    rows: list[list[str]] = []
    ends: list[int] = []
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, skipinitialspace=True)
    try:
        for row in islice(reader, SEARCHED_ROWS + SAMPLE_ROWS):
            rows.append(row)
            ends.append(reader.line_num)
    except csv.Error:  # a giant field: what was read until here is sample enough
        pass
    return rows, ends


def _header_at(rows: list[list[str]], ends: list[int], header_row: int) -> int:
    """Index of the row that ends on or after the given line."""
    at = next((index for index, end in enumerate(ends) if end >= header_row), len(rows) - 1)
    return max(at, 0)


def _usual_width(header: int, rows: list[list[str]]) -> int:
    """Header cells, or more where most records have further (unnamed) cells at their end."""
    longer = [len(row) for row in rows if len(row) > header]
    if rows and len(longer) > len(rows) / 2:
        return max(set(longer), key=longer.count)
    return header


def find_header(rows: Sequence[Sequence[str]], wanted: Collection[str]) -> int:
    """Index of the row that reads most like column names; the earliest of equals."""
    scores = [header_score(row, wanted) for row in rows[:SEARCHED_ROWS]]
    return scores.index(max(scores)) if scores else 0


def header_score(row: Sequence[str], wanted: Collection[str]) -> float:
    """How much a row reads like a header: many different names, known ones above all."""
    cells = {norm(cell) for cell in row if cell.strip()}
    if not cells:
        return 0.0
    names = sum(_is_name(cell) for cell in cells)
    known = sum(cell in wanted for cell in cells)
    return names * names / len(cells) + 5.0 * known


def _is_name(cell: str) -> bool:
    letters = sum(char.isalpha() for char in cell)
    digits = sum(char.isdigit() for char in cell)
    return letters > digits and len(cell) <= 80


def unique(names: Iterable[str]) -> list[str]:
    """Names of columns, blanks and repetitions told apart: `column 4`, `Value (2)`."""
    seen: dict[str, int] = {}
    result = []
    for number, name in enumerate(names, 1):
        plain = " ".join(name.split()) or f"column {number}"
        seen[plain] = seen.get(plain, 0) + 1
        while seen[plain] > 1 and f"{plain} ({seen[plain]})" in seen:
            seen[plain] += 1
        chosen = plain if seen[plain] == 1 else f"{plain} ({seen[plain]})"
        seen.setdefault(chosen, 1)
        result.append(chosen)
    return result
