"""Named lists: days, files, versions."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter.engine.risk.lists import (
    ListEntry,
    ListFileError,
    NamedLists,
    parse_csv,
    read_list,
    write_csv,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_members_of_a_day() -> None:
    entries = [
        ListEntry("A"),
        ListEntry("B", valid_from=date(2026, 2, 1)),
        ListEntry("C", valid_to=date(2026, 1, 31)),
    ]
    assert NamedLists.on({"x": entries}, date(2026, 1, 31))["x"] == {"A", "C"}
    assert NamedLists.on({"x": entries}, date(2026, 2, 1))["x"] == {"A", "B"}


def test_version_follows_members_and_survives_json() -> None:
    one = NamedLists({"x": ["A", "B"], "y": []})
    assert one.version == NamedLists({"y": set(), "x": ["B", "A", "A"]}).version
    assert one.version != NamedLists({"x": ["A", "B"]}).version
    assert NamedLists.from_json(one.to_json()) == one


def test_csv_as_offices_write_it(tmp_path: Path) -> None:
    path = tmp_path / "suspended.csv"
    path.write_text("\ufeffvalue;valid_from;valid_to;note\nI1;2026-01-01;;fraud case\n;;;\nI2;;;\n")
    assert read_list(path) == [
        ListEntry("I1", date(2026, 1, 1), None, "fraud case"),
        ListEntry("I2"),
    ]
    path.write_text("value\nI1\n")
    assert read_list(path) == [ListEntry("I1")]


def test_toml(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text('[[entry]]\nvalue = "8517"\nvalid_to = 2026-12-31\nnote = "phones"\n')
    assert read_list(path) == [ListEntry("8517", None, date(2026, 12, 31), "phones")]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.csv", b"code,note\nA,\n", "one of them"),
        ("x.csv", b"value,valid_from\nA,1.2.2026\n", "line 2"),
        ("x.csv", b"value,valid_from,valid_to\nA,2026-02-01,2026-01-01\n", "before"),
        ("x.csv", b"value\n\xff\n", "UTF-8"),
        ("x.toml", b"[[entry]]\nnote = 'x'\n", "entry 1"),
        ("x.toml", b"[[entry", "x.toml"),
    ],
)
def test_a_bad_file_says_where_and_how_to_mend_it(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ListFileError, match=said):
        read_list(path)


CLEAN = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).map(str.strip)
ENTRIES = st.builds(
    ListEntry, value=CLEAN.filter(bool), valid_from=st.none() | st.dates(), note=CLEAN
)


@given(st.lists(ENTRIES, max_size=4))
def test_csv_reads_back_the_same(entries: list[ListEntry]) -> None:
    assert list(parse_csv("x.csv", write_csv(entries))) == entries
