"""Workbooks and Parquet files."""

from __future__ import annotations

import gzip
import io
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import openpyxl
import polars as pl
import pytest

from tidewaiter.engine.messages.reading import Limits, Unreadable
from tidewaiter.engine.messages.tabular.mapping import Mapping, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidewaiter.engine.messages.reading import Chunk

    Send = Callable[..., Chunk]

NAMES = ["declaration_id", "declaration_date", "hs", "net_mass", "description"]


def book(**sheets: list[list[Any]]) -> bytes:
    return saved(made(**sheets))


def made(**sheets: list[list[Any]]) -> openpyxl.Workbook:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return workbook


def saved(workbook: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


ROWS = [
    ["A1", datetime(2026, 1, 5), 8504403000, 12.5, "x"],  # noqa: DTZ001  spreadsheets have no zone
    ["A2", "2026-01-06", "0901210000", 7, None],
    ["A3", 46029, 901210000, "1,234.5", "y"],
]


def test_cells_of_every_type(send: Send) -> None:
    chunk = send(book(May=[NAMES, *ROWS]))
    got = chunk.declarations.select("declaration_id", "declaration_date", "hs", "net_mass").rows()
    assert got == [
        ("A1", date(2026, 1, 5), "8504403000", 12.5),
        ("A2", date(2026, 1, 6), "0901210000", 7.0),
        ("A3", date(2026, 1, 7), "0901210000", 1234.5),
    ]
    assert chunk.declarations["place"][2] == 'sheet "May", row 4'
    assert [f.code for f in chunk.findings] == ["hs_zero_restored"]


def test_a_gzipped_workbook(send: Send) -> None:
    assert send(gzip.compress(book(May=[NAMES, *ROWS]))).declarations.height == 3


def test_titles_merged_headers_and_a_shifted_table(send: Send) -> None:
    workbook = made(S=[["Monthly list"], []])
    sheet = workbook.active
    sheet["B3"], sheet["C3"], sheet["D3"], sheet["F3"] = "MRN", "Date", "Importer", "HS code"
    sheet["D4"], sheet["E4"] = "code", "name"
    for merged in ("B3:B4", "C3:C4", "D3:E3", "F3:F4"):
        sheet.merge_cells(merged)
    for column, value in zip(
        "BCDEF", ["X1", date(2026, 1, 5), "T1", "Acme", "850440"], strict=True
    ):
        sheet[f"{column}5"] = value
    mapping = Mapping(
        name="merged",
        fields={
            "declaration_id": Source(column="MRN"),
            "declaration_date": Source(column="Date"),
            "importer": Source(column="Importer code"),
            "importer_name": Source(column="Importer name"),
            "hs": Source(column="HS code"),
        },
    )
    chunk = send(saved(workbook), mapping=mapping)
    got = chunk.declarations.select("declaration_id", "importer", "importer_name", "hs", "place")
    assert got.rows() == [("X1", "T1", "Acme", "850440", 'sheet "S", row 5')]


def test_sheets_with_the_same_header_are_read_and_others_named(send: Send) -> None:
    chunk = send(book(Jan=[NAMES, ROWS[0]], Notes=[["Remarks"], ["none"]], Feb=[NAMES, ROWS[1]]))
    assert chunk.declarations["declaration_id"].to_list() == ["A1", "A2"]
    assert [(f.code, f.place) for f in chunk.findings] == [("sheet_ignored", 'sheet "Notes"')]


def test_a_workbook_of_empty_sheets(send: Send) -> None:
    with pytest.raises(Unreadable, match="empty"):
        send(book(A=[], B=[]))


def test_a_workbook_that_would_fill_the_memory(send: Send) -> None:
    with pytest.raises(Unreadable, match="workbook_too_large"):
        send(book(A=[NAMES, *ROWS]), limits=Limits(workbook=1000))


def test_a_damaged_workbook(send: Send) -> None:
    content = bytearray(book(A=[NAMES, *ROWS]))
    middle = content.index(b"xl/worksheets/sheet1.xml") + 40
    content[middle : middle + 40] = b"\xff" * 40
    with pytest.raises(Unreadable, match="workbook_damaged"):
        send(bytes(content))


def parquet(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out)
    return out.getvalue()


FRAME = pl.DataFrame(
    {
        "declaration_id": ["A1", "A2"],
        "item_no": [1, 2],
        "declaration_date": [date(2026, 1, 5), date(2026, 1, 6)],
        "hs": [8504403000, 901210000],
        "net_mass": [1.5, None],
        "documents": [["a"], []],
        "remark": ["x", None],
        "count": [3, 4],
    }
)


def test_parquet_keeps_types(send: Send) -> None:
    chunk = send(parquet(FRAME))
    got = chunk.declarations.select(
        "item_no", "declaration_date", "hs", "net_mass", "documents", "extra"
    )
    assert got.rows() == [
        (1, date(2026, 1, 5), "8504403000", 1.5, ["a"], '{"remark":"x","count":3}'),
        (2, date(2026, 1, 6), "0901210000", None, [], '{"count":4}'),
    ]
    assert chunk.declarations["place"].to_list() == ["row 1", "row 2"]


def test_parquet_and_csv_read_the_same(send: Send) -> None:
    frame = FRAME.drop("documents", "hs").with_columns(hs=pl.lit("850440"))
    one = send(parquet(frame)).declarations.drop("place", "extra")
    other = send(frame.write_csv()).declarations.drop("place", "extra")
    assert one.equals(other)


@pytest.mark.parametrize("cut", [20, -8, -1])
def test_a_cut_off_parquet_file(send: Send, cut: int) -> None:
    with pytest.raises(Unreadable, match="parquet_damaged"):
        send(parquet(FRAME)[:cut])
