"""Files for officers: what a page hands out to be kept, and CSV that a spreadsheet opens safely."""

from __future__ import annotations

import csv
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

import polars as pl
from django.http import HttpResponse, StreamingHttpResponse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CSV = "text/csv; charset=utf-8"
TOML = "application/toml; charset=utf-8"
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the start of one


def file_answer(name: str, content: str | bytes, kind: str = CSV) -> HttpResponse:
    return _named(HttpResponse(content, content_type=kind), name)


def csv_answer(name: str, rows: Iterable[Iterable[object]]) -> StreamingHttpResponse:
    """Rows as CSV, the head first, streamed; with a byte order mark, so that spreadsheets read
    accents, and times as ISO 8601."""
    return _named(StreamingHttpResponse(_lines(rows), content_type=CSV), name)


def rows_of(frame: pl.DataFrame) -> Iterator[tuple[object, ...]]:
    """A frame as rows for `csv_answer`."""
    return chain([tuple(frame.columns)], frame.iter_rows())


def no_formula(text: pl.Expr) -> pl.Expr:
    """Keep a spreadsheet from taking a broker's text for a formula."""
    is_formula = pl.any_horizontal(text.str.starts_with(sign) for sign in FORMULA)
    return pl.when(is_formula).then("'" + text).otherwise(text).name.keep()


Answer = TypeVar("Answer", HttpResponse, StreamingHttpResponse)


def _named(answer: Answer, name: str) -> Answer:
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    yield "\ufeff"
    writer = csv.writer(_Line())
    for row in rows:
        yield writer.writerow([_cell(value) for value in row])


def _cell(value: object) -> object:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    return value.isoformat() if hasattr(value, "isoformat") else value


class _Line:
    """What csv.writer writes into: hands the line back."""

    def write(self, line: str) -> str:
        return line
