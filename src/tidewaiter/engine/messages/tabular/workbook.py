"""Workbooks (XLSX, XLS, XLSB, ODS): each sheet with a header is a table."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import polars as pl
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from tidewaiter.engine.messages.carriers import check_workbook, container, refuse
from tidewaiter.engine.messages.findings import Finding
from tidewaiter.engine.messages.tabular.csv_table import missing_as_null, without_blank_rows
from tidewaiter.engine.messages.tabular.header import (
    SAMPLE_ROWS,
    SEARCHED_ROWS,
    find_header,
    header_score,
    unique,
)
from tidewaiter.engine.messages.tabular.tables import LINE, Slab

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from python_calamine import CalamineSheet

    from tidewaiter.engine.messages.carriers import Part
    from tidewaiter.engine.messages.tabular.mapping import Mapping

SLAB_ROWS = 20_000
Cell = Any  # str, float, int, bool, date, datetime, time or timedelta, as calamine gives them


class SheetTable:
    """One sheet. Cells become text as a person would type them: dates ISO, 12.0 as 12."""

    def __init__(
        self, sheet: CalamineSheet, *, wanted: Collection[str], header_row: int, position: int
    ) -> None:
        self._sheet, self._position = sheet, position
        first = [
            [text(cell) for cell in row]
            for row in islice(sheet.iter_rows(), SEARCHED_ROWS + SAMPLE_ROWS)
        ]
        at = header_row - 1 if header_row else find_header(first, wanted)
        merged = _merged(sheet)
        at, depth = _span(at, merged)
        names = _names(first[at : at + depth], at, merged) if first else []
        self.header = unique(_trimmed(names, first[at + depth :]))
        self.score = header_score(self.header, wanted)
        self._records_from = at + depth
        self.sample = [
            row[: len(self.header)] for row in first[self._records_from :][:SAMPLE_ROWS] if any(row)
        ]
        self.place = f'sheet "{sheet.name.replace("{", "(").replace("}", ")")}", row {{}}'
        self.delimiter = ""

    def slabs(self, ignored: Sequence[str]) -> Iterator[Slab]:
        kept = [name for name in self.header if name not in ignored]
        rows = enumerate(self._sheet.iter_rows())
        width = len(self.header)
        schema = {**dict.fromkeys(self.header, pl.String()), LINE: pl.Int64()}
        for _ in islice(rows, self._records_from):
            pass
        while batch := list(islice(rows, SLAB_ROWS)):
            cells = [
                (*([text(cell) for cell in row[:width]]), *[""] * (width - len(row)), number + 1)
                for number, row in batch
            ]
            frame = pl.DataFrame(cells, schema=schema, orient="row")
            frame = without_blank_rows(missing_as_null(frame.select(*kept, LINE)))
            yield Slab(frame, position=self._position)


def sheets(
    part: Part, mapping: Mapping | None, wanted: Collection[str]
) -> Iterator[SheetTable | Finding]:
    """The sheets to read; those that are not are named in a finding.

    With a mapping: the sheet it names, else every sheet whose header it fits. Without: the sheet
    with the best header, and every other with the same one.
    """
    place = part.label or "file"
    with part.file(part.limits.workbook) as file:
        book = _opened(file, place, part)
        try:
            yield from _chosen(book, mapping, wanted, part)
        finally:
            book.close()


def _opened(file: Path | IO[bytes], place: str, part: Part) -> CalamineWorkbook:
    if container(part.head) == "zip":
        check_workbook(file, place, part.limits)
    if not isinstance(file, Path):
        file.seek(0)
    try:
        return CalamineWorkbook.from_object(file)
    except PasswordError:
        raise refuse("encrypted", place) from None
    except (CalamineError, OSError, ValueError) as error:
        raise refuse("workbook_damaged", place, reason=str(error)) from None


def _chosen(
    book: CalamineWorkbook, mapping: Mapping | None, wanted: Collection[str], part: Part
) -> Iterator[SheetTable | Finding]:
    tables: dict[str, SheetTable] = {}
    header_row = mapping.header_row if mapping else 0
    for name in book.sheet_names:
        try:
            sheet = book.get_sheet_by_name(name)
        except (CalamineError, ValueError) as error:
            raise refuse("workbook_damaged", f'sheet "{name}"', reason=str(error)) from None
        if sheet.height:
            size = part.position()
            tables[name] = SheetTable(sheet, wanted=wanted, header_row=header_row, position=size)
    if not tables:
        raise refuse("empty", part.label or "file")
    best = max(tables.values(), key=lambda table: table.score)
    if mapping and mapping.sheet in tables:
        chosen = {mapping.sheet}
    elif mapping and any(mapping.fits(table.header) for table in tables.values()):
        chosen = {name for name, table in tables.items() if mapping.fits(table.header)}
    else:
        chosen = {name for name, table in tables.items() if table.header == best.header}
    for name, table in tables.items():
        if name in chosen:
            yield table
        else:
            parameters = {"sheet": name, "count": len(table.sample)}
            yield Finding(
                f'sheet "{name}"', "sheet_ignored", parameters, severity="warning", rows=0
            )


def text(cell: Cell) -> str:  # noqa: PLR0911  one line a type of cell
    """A cell as text."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return "" if cell is None else str(cell)


def _merged(sheet: CalamineSheet) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Merged ranges as (first row, first column), (last row, last column); none in old formats.

    Columns are counted from the first filled one, as the cells are.
    """
    left = sheet.start[1] if sheet.start else 0
    return [
        ((top, first - left), (bottom, last - left))
        for (top, first), (bottom, last) in sheet.merged_cell_ranges or []
        if first >= left
    ]


def _span(at: int, merged: list[tuple[tuple[int, int], tuple[int, int]]]) -> tuple[int, int]:
    """First row and number of rows of a header, merged cells considered.

    A range that spans columns of the row above the header is its upper storey; one that spans
    rows makes the header as deep.
    """
    top, bottom = at, at
    for (first_row, first_column), (last_row, last_column) in merged:
        if first_row <= at <= last_row:
            top, bottom = min(top, first_row), max(bottom, last_row)
        if first_row == last_row == at - 1 and first_column < last_column:
            top = at - 1
        if first_row == last_row == at and first_column < last_column:
            bottom = max(bottom, at + 1)
    return top, bottom - top + 1


def _names(
    rows: list[list[str]], top: int, merged: list[tuple[tuple[int, int], tuple[int, int]]]
) -> list[str]:
    """Column names: what stands above one another, each once; merged cells fill their range."""
    width = max((len(row) for row in rows), default=0)
    grid = [row + [""] * (width - len(row)) for row in rows]
    for (first_row, first_column), (last_row, last_column) in merged:
        if not top <= first_row < top + len(grid) or first_column >= width:
            continue
        value = grid[first_row - top][first_column]
        for row in range(first_row, min(last_row, top + len(grid) - 1) + 1):
            for column in range(first_column, min(last_column, width - 1) + 1):
                grid[row - top][column] = grid[row - top][column] or value
    return [" ".join(dict.fromkeys(" ".join(c.split()) for c in column if c.strip()))
            for column in zip(*grid, strict=True)]  # fmt: skip


def _trimmed(names: list[str], below: list[list[str]]) -> list[str]:
    """Without the nameless columns at the end that hold nothing either."""
    last = max((n for n, name in enumerate(names, 1) if name.strip()), default=0)
    for row in below:
        last = max(last, max((n for n, cell in enumerate(row, 1) if cell.strip()), default=0))
    return (names + [""] * last)[:last]
