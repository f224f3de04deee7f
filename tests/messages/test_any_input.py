"""For any input: a reading or a refusal, every record accounted for, and both readers agree."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tidewaiter.engine.messages.encodings import detect
from tidewaiter.engine.messages.json_declarations import read_json
from tidewaiter.engine.messages.reading import Unreadable, read
from tidewaiter.engine.messages.sentences import explain
from tidewaiter.engine.messages.tabular import cells
from tidewaiter.engine.messages.tabular.mapping import Mapping, Source
from tidewaiter.engine.messages.tabular.tables import MISSING

from .conftest import TODAY, together

if TYPE_CHECKING:
    from pathlib import Path

    from tidewaiter.engine.messages.results import Chunk

anywhere = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def attempt(path: Path, content: bytes, **how: Any) -> Chunk | None:
    path.write_bytes(content)
    try:
        chunk = together(read(path, received_on=TODAY, **how))
    except Unreadable as error:
        sentence, remedy = explain(error.finding)
        assert sentence
        assert remedy
        return None
    for finding in chunk.findings:
        explain(finding)
    return chunk


STARTS = st.sampled_from(
    [
        b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"PAR1", b"<", b"<?xml version='1.0'?><Declaration>", b"{", b"[",
        b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"declaration_id,declaration_date,hs\n",
        b"declaration_id;declaration_date;hs\nA;2026-01-01;850440\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    ]
)  # fmt: skip


@anywhere
@given(STARTS, st.binary(max_size=400), st.booleans())
def test_any_bytes(tmp_path: Path, start: bytes, rest: bytes, packed: bool) -> None:  # noqa: FBT001  drawn
    content = start + rest
    attempt(tmp_path / "m", gzip.compress(content) if packed else content)


CELLS = st.sampled_from(
    ["", "A1", "A2", "2026-01-05", "05/13/2026", "850440", "1,5", "1.234,5", "x", '"', '5" pipe', '"a"', "a\nb",
     '"open', "total", "CN", "  ", "\\", "NULL", "-3", "é"]
)  # fmt: skip


@anywhere
@given(
    st.lists(st.lists(CELLS, min_size=1, max_size=6), max_size=12),
    st.sampled_from(",;\t|"),
    st.sampled_from([1, 3, 250_000]),
    st.booleans(),
)
@example(rows=[["A1", '"open', "x"]] * 3, mark=",", size=1, quoted=True)
def test_any_lines_below_a_header(
    tmp_path: Path,
    rows: list[list[str]],
    mark: str,
    size: int,
    quoted: bool,  # noqa: FBT001  drawn
) -> None:
    """Chunk size never changes what is read; every line is a record, a finding or blank."""
    out = io.StringIO()
    names = ["declaration_id", "declaration_date", "hs", "net_mass", "origin"]
    if quoted:
        csv.writer(out, delimiter=mark, lineterminator="\n").writerows([names, *rows])
    else:
        out.write("\n".join(mark.join(row) for row in [names, *rows]) + "\n")
    content = out.getvalue().encode()
    chunk = attempt(tmp_path / "m", content, chunk_rows=size)
    whole = attempt(tmp_path / "m", content)
    assert (chunk is None) == (whole is None)
    if chunk is not None and whole is not None:
        assert chunk.rows == whole.rows


text = st.text(
    st.characters(codec="cp1252", exclude_categories=("Cc", "Cs"), include_characters='\n",;|\t'),
    max_size=20,
).map(lambda value: " ".join(value.split(" ")).strip())
words = text.filter(lambda value: value not in MISSING)
amounts = st.decimals(min_value=0, max_value=10**9, places=2).map(float)
records = st.fixed_dictionaries(
    {
        "declaration_id": st.from_regex(r"[A-Z][0-9]{3,8}", fullmatch=True),
        "declaration_date": st.dates(date(2000, 1, 1), date(2026, 2, 1)),
        "hs": st.from_regex(r"[1-9][0-9]{9}", fullmatch=True),
        "description": st.one_of(st.none(), words),
        "customs_value": st.one_of(st.none(), amounts),
        "net_mass": st.one_of(st.none(), amounts),
    }
)
FIELDS = ("declaration_id", "declaration_date", "hs", "description", "customs_value", "net_mass")


def written(value: object, mark: str, dates: str, grouped: bool) -> str:  # noqa: FBT001  a dialect
    if value is None:
        return ""
    if isinstance(value, date):
        return value.strftime(dates)
    if isinstance(value, float):
        plain = f"{value:,.2f}" if grouped else f"{value:.2f}"
        swap = {".": mark, ",": "." if mark == "," else ","}
        return "".join(swap.get(char, char) for char in plain)
    return str(value)


@anywhere
@given(
    rows=st.lists(records, min_size=1, max_size=8, unique_by=lambda r: r["declaration_id"]),
    delimiter=st.sampled_from(",;\t|"),
    mark=st.sampled_from(".,"),
    dates=st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%Y%m%d", "%m/%d/%Y"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
    grouped=st.booleans(),
    chunk_rows=st.sampled_from([1, 3, 250_000]),
)
def test_a_table_in_any_dialect_reads_back(
    tmp_path: Path, rows: list[dict[str, Any]], **way: Any
) -> None:
    out = io.StringIO()
    writer = csv.writer(
        out, delimiter=way["delimiter"], quoting=way["quoting"], lineterminator=way["end"]
    )
    writer.writerow(FIELDS)
    for record in rows:
        writer.writerow(
            written(record[name], way["mark"], way["dates"], way["grouped"]) for name in FIELDS
        )
    mapping = Mapping(
        name="m",
        fields={name: Source(column=name) for name in FIELDS},
        delimiter=way["delimiter"],
        decimal=way["mark"],
        dates=(way["dates"],),
        encoding="cp1252" if way["encoding"] == "cp1252" else "",
    )
    content = out.getvalue().encode(way["encoding"])
    chunk = attempt(tmp_path / "m", content, mapping=mapping, chunk_rows=way["chunk_rows"])
    assert chunk is not None
    assert [f for f in chunk.findings if f.severity == "error"] == []
    assert chunk.declarations.select(FIELDS).rows(named=True) == rows


loose = st.fixed_dictionaries(
    {
        "declaration_id": st.sampled_from(["A1", "A2", ""]),
        "declaration_date": st.sampled_from(["2026-01-05", "1950-01-01", "soon", "", "20260105"]),
        "hs": st.sampled_from(["850440", "0901.21", "12", "x", "", "8504403000"]),
        "origin": st.sampled_from(["CN", "CHN", "156", "Atlantis", ""]),
        "currency": st.sampled_from(["EUR", "eur", "EURO", ""]),
        "net_mass": st.sampled_from(["1.5", "-2", "x", "inf", ""]),
        "function": st.sampled_from(["9", "amendment", "undo", ""]),
        "direction": st.sampled_from(["EX", "sideways", ""]),
    }
)


@anywhere
@given(loose)
def test_tables_and_documents_obey_the_same_rules(tmp_path: Path, record: dict[str, str]) -> None:
    """The column-wise and the one-by-one reading of one record say the same."""
    out = io.StringIO()
    csv.writer(out).writerows([record.keys(), record.values()])
    mapping = Mapping(
        name="m", fields={n: Source(column=n) for n in record}, delimiter=",", decimal="."
    )
    table = attempt(tmp_path / "m", out.getvalue().encode(), mapping=mapping)
    assert table is not None
    given_values = {name: value for name, value in record.items() if value}
    document = read_json(json.loads(json.dumps(given_values)), TODAY)
    if table.rows == 0:  # not one cell filled but for an unknown word: a blank or a totals row
        return
    said = sorted((f.code, f.parameters["field"], f.severity) for f in table.findings)
    also = sorted((f.code, f.parameters["field"], f.severity) for f in document.findings)
    assert [entry for entry in said if entry[0] != "totals_row"] == also
    columns = [name for name in table.declarations.columns if name not in {"place", "extra"}]
    assert table.declarations.select(columns).equals(document.declarations.select(columns))


@given(
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15),
    st.sampled_from(".,"),
)
def test_plain_numbers_read_back(number: float, mark: str) -> None:
    shown = repr(number).replace(".", mark)
    decimal: cells.Decimal = "," if mark == "," else "."
    assert cells.numbers(pl.Series([shown]), decimal).to_list() == [number]


@given(st.text(max_size=12), st.sampled_from(".,"))
def test_what_is_no_number_is_missing(value: str, mark: str) -> None:
    decimal: cells.Decimal = "," if mark == "," else "."
    (read_value,) = cells.numbers(pl.Series([value]), decimal).to_list()
    if read_value is not None:
        assert any(char.isdigit() for char in value)


def test_encodings_are_told_apart() -> None:
    for name in ("utf-16-le", "utf-16-be"):
        assert detect("declaration_id;datum\n".encode(name)) == (name, 0)
    assert detect(codecs.BOM_UTF16_BE + b"\0a") == ("utf-16-be", 2)
    assert detect(codecs.BOM_UTF32_LE + b"a\0\0\0") == ("utf-32-le", 4)
