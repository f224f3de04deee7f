"""Declarations as JSON."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tidewaiter.engine.messages.json_declarations import declaration_json_schema, read_json
from tidewaiter.engine.messages.reading import Unreadable, read
from tidewaiter.engine.records.streams import DECLARATIONS

from .conftest import TODAY, together

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tidewaiter.engine.messages.reading import Chunk

    Send = Callable[..., Chunk]

BODY: dict[str, Any] = {
    "declaration_id": "26XX1",
    "declaration_date": "2026-01-05",
    "office": "P1",
    "importer": "T1",
    "currency": "EUR",
    "broker_note": "hurry",
    "items": [
        {
            "hs": "8504.40",
            "net_mass": 2.5,
            "origin": "CHN",
            "documents": ["N935:1"],
            "colour": "red",
        },
        {"hs": "090121", "customs_value": "1200.50", "importer": "T2", "extra": {"a": 1}},
    ],
}


def test_header_and_items() -> None:
    chunk = read_json(BODY, TODAY)
    assert chunk.findings == []
    one, two = chunk.declarations.iter_rows(named=True)
    assert (one["item_no"], one["hs"], one["hs6"], one["origin"]) == (1, "850440", "850440", "CN")
    assert (one["importer"], two["importer"], two["item_no"]) == ("T1", "T2", 2)
    assert (one["documents"], two["customs_value"]) == (["N935:1"], 1200.5)
    assert one["declaration_date"] == date(2026, 1, 5)
    assert one["place"] == "/items/0"
    assert json.loads(one["extra"]) == {"broker_note": "hurry", "colour": "red"}
    assert json.loads(two["extra"]) == {"broker_note": "hurry", "a": 1}
    assert chunk.declarations.schema.items() >= DECLARATIONS.incoming.items()


def test_a_single_item_may_stand_at_the_top() -> None:
    chunk = read_json(
        {"declaration_id": "A", "declaration_date": "2026-01-05", "hs": 850440}, TODAY
    )
    assert chunk.declarations.select("hs", "item_no").rows() == [("850440", 1)]


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        ({"declaration_id": None}, "required_missing", "/items/0"),
        ({"declaration_date": "soon"}, "date_unreadable", "/declaration_date"),
        ({"declaration_date": 20260105}, "date_unreadable", "/declaration_date"),
        ({"declaration_date": "1980-01-05"}, "date_implausible", "/declaration_date"),
        ({"items": [{"hs": "12"}]}, "hs_invalid", "/items/0/hs"),
        (
            {"items": [{"hs": "850440", "net_mass": "heavy"}]},
            "number_unreadable",
            "/items/0/net_mass",
        ),
        ({"items": [{"hs": "850440", "net_mass": -1}]}, "negative", "/items/0/net_mass"),
        ({"items": [{"hs": "850440", "net_mass": True}]}, "number_unreadable", "/items/0/net_mass"),
        ({"items": [{"hs": "850440", "documents": "x"}]}, "list_unreadable", "/items/0/documents"),
        (
            {"items": [{"hs": "850440", "importer": {"id": 1}}]},
            "text_unreadable",
            "/items/0/importer",
        ),
        ({"items": [{"hs": "850440", "item_no": 1.5}]}, "number_unreadable", "/items/0/item_no"),
        ({"items": [{}]}, "required_missing", "/items/0"),
        ({"items": []}, "json_items", "/items"),
        ({"items": {"hs": 1}}, "json_items", "/items"),
        ({"items": ["x"]}, "json_item", "/items/0"),
        ({"currency": "EURO"}, "currency_unknown", "/currency"),
        ({"function": "undo"}, "function_unknown", "/function"),
    ],
)
def test_errors_point_at_their_place(change: dict[str, Any], code: str, place: str) -> None:
    chunk = read_json(BODY | change, TODAY)
    assert chunk.declarations.is_empty()
    assert (chunk.findings[0].code, chunk.findings[0].place) == (code, place)
    assert chunk.rows == sum(f.rows for f in chunk.findings)


def test_an_unknown_country_is_a_warning_and_kept_beside() -> None:
    chunk = read_json(BODY | {"items": [{"hs": "850440", "origin": "Atlantis"}]}, TODAY)
    assert chunk.declarations["origin"].to_list() == [None]
    assert json.loads(chunk.declarations["extra"][0]) == {
        "broker_note": "hurry",
        "unread": {"/items/0/origin": "Atlantis"},
    }


def test_nul_characters_stay_out_of_findings_and_fields() -> None:
    chunk = read_json(BODY | {"currency": "E\0X", "office": "P\0" + "1"}, TODAY)
    assert chunk.findings[0].parameters["value"] == "EX"
    assert read_json(BODY | {"office": "P\0" + "1"}, TODAY).declarations["office"][0] == "P1"


def test_an_array_keeps_good_declarations() -> None:
    chunk = read_json(
        [BODY, 3, BODY | {"items": [{"hs": "x"}]}, BODY | {"declaration_id": "B"}], TODAY
    )
    assert chunk.declarations["declaration_id"].unique(maintain_order=True).to_list() == [
        "26XX1",
        "B",
    ]
    assert [f.place for f in chunk.findings] == ["/1", "/2/items/0/hs"]


@pytest.mark.parametrize("body", [3, "x", None, True])
def test_other_values_are_refused(body: object) -> None:
    with pytest.raises(Unreadable, match="json_not_a_declaration"):
        read_json(body, TODAY)


def test_files_as_one_value_as_an_array_and_as_lines(send: Send) -> None:
    other = BODY | {"declaration_id": "B"}
    for text in (
        json.dumps([BODY, other]),
        json.dumps([BODY, other], indent=2),
        json.dumps(BODY) + "\n\n" + json.dumps(other) + "\n",
        "\ufeff" + json.dumps([BODY, other]),
    ):
        assert send(text).declarations.height == 4
    assert send(json.dumps(BODY, indent=1).encode("utf-16")).declarations.height == 2


def test_a_bad_line_does_not_stop_the_others(send: Send) -> None:
    chunk = send(json.dumps(BODY) + "\n{oops\n" + json.dumps(BODY | {"declaration_id": "B"}))
    assert chunk.declarations.height == 4
    (finding,) = chunk.findings
    assert finding.code == "json_not_well_formed"
    assert finding.place.startswith("line 2")


def test_broken_json_names_line_and_column(send: Send) -> None:
    with pytest.raises(Unreadable) as caught:
        send('{"declaration_id":\n "A",, }')
    assert caught.value.finding.parameters["line"] == 2


def test_lines_stream(tmp_path: Path) -> None:
    path = tmp_path / "m"
    path.write_text(
        "".join(json.dumps(BODY | {"declaration_id": f"D{n}"}) + "\n" for n in range(500))
    )
    chunks = list(read(path, received_on=TODAY, chunk_rows=100))
    assert len(chunks) == 11
    assert together(chunks).rows == 1000


def test_the_schema_names_every_field() -> None:
    schema = declaration_json_schema()
    names = {field.name for field in DECLARATIONS.fields}
    assert set(schema["properties"]) == names | {"items"}
    assert set(schema["properties"]["items"]["items"]["properties"]) == names
