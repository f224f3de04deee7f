"""Files for officers: what a page hands out to be kept, and CSV that a spreadsheet opens safely."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, TypeVar

import polars as pl
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

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


def frame_answer(name: str, frame: pl.DataFrame) -> HttpResponse:
    """A frame as CSV, as `csv_answer` writes it."""
    return file_answer(name, spreadsheet(frame).write_csv(include_bom=True))


def spreadsheet(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame as a spreadsheet may open it: lists of codes as text, and no broker's text that would
    be taken for a formula."""
    lists = pl.col(pl.List(pl.String)).list.join(" ")
    return frame.with_columns(lists).with_columns(pl.col(pl.String).pipe(_no_formula))


def _no_formula(text: pl.Expr) -> pl.Expr:
    is_formula = pl.any_horizontal(text.str.starts_with(sign) for sign in FORMULA)
    return pl.when(is_formula).then("'" + text).otherwise(text).name.keep()


Answer = TypeVar("Answer", HttpResponse, StreamingHttpResponse)


def _named(answer: Answer, name: str) -> Answer:
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
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
