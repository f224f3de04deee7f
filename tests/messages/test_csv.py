"""Tables of text as brokers really write them."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest

from tidewaiter.engine.messages.tabular.mapping import Mapping, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidewaiter.engine.messages.reading import Chunk

    Send = Callable[..., Chunk]

HEADER = "declaration_id,declaration_date,hs,description,net_mass,customs_value,currency,origin\n"


def row(number: int, description: str = "goods", **changes: str) -> str:
    cells = {
        "id": f"D{number}",
        "date": "2026-01-05",
        "hs": "8504403000",
        "description": description,
        "net": "12.5",
        "value": "100.00",
        "currency": "EUR",
        "origin": "CN",
    } | changes
    return ",".join(cells.values()) + "\n"


def ids(chunk: Chunk) -> list[str]:
    return chunk.declarations["declaration_id"].to_list()


def codes(chunk: Chunk) -> list[str]:
    return [finding.code for finding in chunk.findings]


def test_a_plain_table(send: Send) -> None:
    chunk = send(HEADER + row(1) + row(2, '"a, b ""c"""'))
    first = chunk.declarations.row(1, named=True)
    assert first["description"] == 'a, b "c"'
    assert first["declaration_date"] == date(2026, 1, 5)
    assert (first["hs"], first["hs6"], first["hs_version"]) == ("8504403000", "850440", "2022")
    assert (first["net_mass"], first["customs_value"], first["currency"]) == (12.5, 100.0, "EUR")
    assert (first["item_no"], first["direction"], first["place"]) == (1, "import", "line 3")
    assert chunk.findings == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings(send: Send, encoding: str) -> None:
    chunk = send((HEADER + row(1, "Käse, gröber".replace(",", ""))).encode(encoding))
    assert chunk.declarations["description"].to_list() == ["Käse gröber"]
    assert codes(chunk) == (["legacy_encoding"] if encoding == "cp1252" else [])


def test_a_latin_line_among_utf8_lines(send: Send) -> None:
    content = (HEADER + row(1, "Müller")).encode() + row(2, "Müller").encode("latin-1")
    chunk = send(content)
    assert chunk.declarations["description"].to_list() == ["Müller", "Müller"]
    assert chunk.findings[0].parameters == {"lines": 1}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(send: Send, end: str) -> None:
    assert ids(send((HEADER + row(1) + row(2)).replace("\n", end))) == ["D1", "D2"]


def test_quoted_newlines_keep_true_line_numbers(send: Send) -> None:
    chunk = send(HEADER + row(1, '"two\nlines"') + row(2) + row(3, net="x"))
    assert chunk.declarations["description"][0] == "two\nlines"
    assert chunk.declarations["place"].to_list() == ["line 2", "line 4"]
    assert chunk.findings[0].place == "line 5"


def test_ragged_lines_do_not_harm_their_neighbours(send: Send) -> None:
    short, long = "D8,2026-01-05,85044030\n", row(9, "a,b")
    chunk = send(HEADER + row(1) + short + row(2) + long + row(3))
    assert ids(chunk) == ["D1", "D2", "D3"]
    assert [(f.code, f.place) for f in chunk.findings] == [
        ("ragged_line", "line 3"),
        ("ragged_line", "line 5"),
    ]
    assert chunk.findings[0].parameters == {"cells": 3, "expected": 8}
    assert "D8" in chunk.findings[0].record


def test_a_ragged_line_keeps_its_declaration_out(send: Send) -> None:
    chunk = send(HEADER + row(1) + row(1, "a,b") + row(2))
    assert ids(chunk) == ["D2"]
    assert codes(chunk) == ["ragged_line", "sibling_unreadable"]
    assert chunk.rows == 3


def test_inches_and_other_stray_quotes(send: Send) -> None:
    content = HEADER + row(1, '5" pipe') + row(2, '"5" pipe"') + row(3, '"never closed') + row(4)
    chunk = send(content)
    assert ids(chunk) == ["D1", "D4"]
    assert chunk.declarations["description"][0] == '5" pipe'
    assert [(f.code, f.place) for f in chunk.findings] == [
        ("stray_quote", "line 3"),
        ("unclosed_quote", "line 4"),
    ]


def test_a_quote_left_open_costs_one_line_not_the_file(send: Send) -> None:
    content = HEADER + row(1) + row(2, '"open') + "".join(row(n) for n in range(3, 3000))
    chunk = send(content)
    assert chunk.declarations.height == 2998
    assert codes(chunk) == ["unclosed_quote"]


def test_blank_lines_and_blank_columns_are_nothing(send: Send) -> None:
    lines = [
        HEADER.strip() + ",,,",
        row(1).strip() + ",,,",
        ",,,,,,,,,,",
        "",
        row(2).strip() + ",,,",
        "",
    ]
    chunk = send("\n".join(lines) + "\n\n\n")
    assert ids(chunk) == ["D1", "D2"]
    assert chunk.findings == []
    assert chunk.rows == 2


def test_trailing_separators_without_names(send: Send) -> None:
    content = HEADER + row(1).replace("\n", ",\n") + row(2)
    assert ids(send(content)) == ["D1", "D2"]


def test_titles_above_the_header(send: Send) -> None:
    chunk = send("Broker Ltd\nMonthly list,January\n\n" + HEADER + row(1))
    assert ids(chunk) == ["D1"]
    assert chunk.declarations["place"][0] == "line 5"


def test_three_hundred_columns_of_junk_are_kept_beside(send: Send) -> None:
    names = ",".join(f"junk {n}" for n in range(300))
    values = ",".join(f"v{n}" if n % 100 == 0 else "" for n in range(300))
    chunk = send(f"{HEADER.strip()},{names}\n{row(1).strip()},{values}\n")
    assert chunk.declarations["extra"][0] == '{"junk 0":"v0","junk 100":"v100","junk 200":"v200"}'


def test_what_is_kept_beside_depends_on_the_record_alone(send: Send) -> None:
    header = HEADER.strip() + ",remark,note\n"
    odd = 'a \\"b":null,"x":null," c'
    written = '"' + odd.replace('"', '""') + '"'
    both = send(header + row(1).strip() + f",{written},\n" + row(2).strip() + ",x,y\n")
    alone = send(header + row(1).strip() + f",{written},\n")
    assert both.declarations["extra"][0] == alone.declarations["extra"][0]
    assert json.loads(both.declarations["extra"][0]) == {"remark": odd}


def test_duplicate_column_names(send: Send) -> None:
    chunk = send(HEADER.strip() + ",origin,origin\n" + row(1).strip() + ",DE,FR\n")
    assert chunk.declarations["origin"][0] == "CN"
    assert chunk.declarations["extra"][0] == '{"origin (2)":"DE","origin (3)":"FR"}'


GERMAN = Mapping(
    name="german",
    fields={
        "declaration_id": Source(column="MRN"),
        "declaration_date": Source(column="Datum"),
        "hs": Source(column="Warennummer"),
        "customs_value": Source(column="Zollwert"),
        "net_mass": Source(column="Eigenmasse (t)", factor=1000),
        "origin": Source(column="Ursprungsland", values=(("Buntland", "DE"),)),
        "currency": Source(constant="EUR"),
    },
)


def test_semicolons_decimal_commas_and_a_totals_row(send: Send) -> None:
    chunk = send(
        "MRN;Datum;Warennummer;Zollwert;Eigenmasse (t);Ursprungsland\n"
        "26DE1;05.01.2026;8504 40 30;1.234,50;0,75;China\n"
        "26DE2;06.01.2026;09012100;99,00;1,5;Buntland\n"
        ";;Summe;1.333,50;2,25;\n",
        mapping=GERMAN,
    )
    got = chunk.declarations.select("customs_value", "net_mass", "origin", "hs", "currency").rows()
    assert got == [
        (1234.5, 750.0, "CN", "85044030", "EUR"),
        (99.0, 1500.0, "DE", "09012100", "EUR"),
    ]
    assert [(f.code, f.severity, f.rows) for f in chunk.findings] == [("totals_row", "warning", 0)]
    assert chunk.rows == 2


def test_an_open_decimal_mark_is_said(send: Send) -> None:
    chunk = send(
        "MRN;Datum;Warennummer;Zollwert;Eigenmasse (t);Ursprungsland\n"
        "26DE1;05.01.2026;85044030;1.234;7;CN\n",
        mapping=GERMAN,
    )
    assert chunk.declarations["customs_value"].to_list() == [1234.0]
    assert codes(chunk) == ["decimal_mark_assumed"]


def test_dates_in_several_formats_in_one_column(send: Send) -> None:
    dates = [
        "2026-01-05",
        "05.01.2026",
        "20260105",
        "05-Jan-2026",
        "2026-01-05T23:59:00Z",
        "31/01/2026",
    ]
    chunk = send(HEADER + "".join(row(n, date=d) for n, d in enumerate(dates)))
    assert chunk.declarations["declaration_date"].to_list() == [date(2026, 1, 5)] * 5 + [
        date(2026, 1, 31)
    ]
    assert chunk.findings == []


@pytest.mark.parametrize(
    ("dates", "read", "said"),
    [
        (["01/31/2026", "02/01/2026"], [date(2026, 1, 31), date(2026, 2, 1)], []),
        (["31/01/2026", "02/01/2026"], [date(2026, 1, 31), date(2026, 1, 2)], []),
        (["03/01/2026", "02/01/2026"], [date(2026, 1, 3), date(2026, 1, 2)], ["date_order_open"]),
        (
            ["31/01/2026", "01/31/2026"],
            [],
            ["date_order_mixed", "date_unreadable", "date_unreadable"],
        ),
    ],
)
def test_day_or_month_first(
    send: Send, dates: list[str], read: list[date], said: list[str]
) -> None:
    chunk = send(HEADER + "".join(row(n, date=d) for n, d in enumerate(dates)))
    assert chunk.declarations["declaration_date"].to_list() == read
    assert codes(chunk) == said


def test_items_of_one_declaration_are_never_parted(send: Send) -> None:
    content = HEADER + "".join(row(n // 7, f"item {n}") for n in range(500))
    whole = send(content)
    assert whole.declarations["item_no"].max() == 7
    for size in (1, 5, 50):
        again = send(content, chunk_rows=size)
        assert again.declarations.equals(whole.declarations)


def test_the_same_line_twice_is_the_same_item(send: Send) -> None:
    chunk = send(HEADER + row(1, "a") + row(1, "b") + row(1, "a"))
    assert chunk.declarations.select("item_no", "description").rows() == [
        (1, "a"),
        (2, "b"),
        (1, "a"),
    ]
    assert chunk.findings == []


def test_codes_that_lost_their_zero_get_it_back(send: Send) -> None:
    codes_written = ["901210000", "8504403000", "8504403000"]
    chunk = send(HEADER + "".join(row(n, hs=code) for n, code in enumerate(codes_written)))
    assert chunk.declarations["hs"].to_list() == ["0901210000", "8504403000", "8504403000"]
    assert codes(chunk) == ["hs_zero_restored"]


def test_codes_of_nine_digits_where_nine_are_usual_stay(send: Send) -> None:
    chunk = send(HEADER + "".join(row(n, hs=f"85044030{n}") for n in range(3)))
    assert chunk.declarations["hs"][0] == "850440300"
    assert chunk.findings == []


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"id": ""}, "required_missing", "declaration_id"),
        ({"date": ""}, "required_missing", "declaration_date"),
        ({"hs": ""}, "required_missing", "hs"),
        ({"date": "1900-01-01"}, "date_implausible", "declaration_date"),
        ({"date": "2030-01-01"}, "date_implausible", "declaration_date"),
        ({"date": "2026-02-30"}, "date_unreadable", "declaration_date"),
        ({"net": "12.5x"}, "number_unreadable", "net_mass"),
        ({"value": "-4"}, "negative", "customs_value"),
        ({"value": "inf"}, "number_unreadable", "customs_value"),
        ({"currency": "EURO"}, "currency_unknown", "currency"),
        ({"hs": "12"}, "hs_invalid", "hs"),
        ({"hs": "ABCDEF"}, "hs_invalid", "hs"),
    ],
)
def test_a_bad_record_stays_out_with_a_reason(
    send: Send, change: dict[str, str], code: str, field: str
) -> None:
    chunk = send(HEADER + row(1) + row(2, **change) + row(3))
    assert ids(chunk) == ["D1", "D3"]
    (finding,) = chunk.findings
    assert (finding.code, finding.place, finding.rows) == (code, "line 3", 1)
    assert finding.parameters["field"] == field
    assert "goods" in finding.record


def test_an_unknown_country_leaves_a_gap_and_a_warning(send: Send) -> None:
    chunk = send(HEADER + row(1, origin="Atlantis") + row(2, origin="DEU") + row(3, origin="276"))
    assert chunk.declarations["origin"].to_list() == [None, "DE", "DE"]
    (finding,) = chunk.findings
    assert (finding.code, finding.severity, finding.rows) == ("country_unknown", "warning", 0)
    assert finding.parameters["value"] == "Atlantis"
    assert chunk.declarations["extra"].to_list() == ['{"origin":"Atlantis"}', None, None]


def test_two_errors_in_one_record_count_it_once(send: Send) -> None:
    chunk = send(HEADER + row(1, net="x", value="y"))
    assert sorted(f.rows for f in chunk.findings) == [0, 1]
    assert chunk.rows == 1


def test_a_flood_of_findings_is_summed_up(send: Send) -> None:
    chunk = send(HEADER + "".join(row(n, net="x") for n in range(1000)))
    assert len(chunk.findings) == 101
    assert chunk.findings[-1].code == "more_like_this"
    assert sum(f.rows for f in chunk.findings) == 1000


def test_nul_characters_are_removed_and_said(send: Send) -> None:
    chunk = send((HEADER + row(1, "a\0b")).encode())
    assert chunk.declarations["description"][0] == "ab"
    assert codes(chunk) == ["nul_characters"]


def test_a_column_of_the_mapping_that_is_absent(send: Send) -> None:
    chunk = send("MRN;Datum;Warennummer\n26DE1;05.01.2026;85044030\n", mapping=GERMAN)
    assert chunk.declarations.height == 1
    assert set(codes(chunk)) == {"column_absent"}


def test_outcomes_in_the_same_file(send: Send) -> None:
    header = HEADER.strip() + ",outcome.found,outcome.revenue\n"
    chunk = send(
        header + row(1).strip() + ",1,250\n" + row(2).strip() + ",0,\n" + row(3).strip() + ",,\n"
    )
    got = chunk.outcomes.select(
        "declaration_id", "found", "severity", "revenue", "currency", "known_on"
    )
    assert got.rows() == [
        ("D1", True, 1, 250.0, "EUR", date(2026, 1, 5)),
        ("D2", False, 0, None, "EUR", date(2026, 1, 5)),
    ]
    assert set(chunk.outcomes["source"]) == {"file"}


def test_cancellations_need_no_commodity_code(send: Send) -> None:
    chunk = send(
        "declaration_id,declaration_date,hs,function\nA,2026-01-05,850440,9\nB,2026-01-05,,cancellation\n"
    )
    assert chunk.declarations["function"].to_list() == ["original", "cancellation"]


def test_templates_join_columns(send: Send) -> None:
    mapping = Mapping(
        name="t",
        fields={
            "declaration_id": Source(template="{Year}-{Office}-{No}"),
            "declaration_date": Source(column="Date"),
            "hs": Source(column="HS"),
            "documents": Source(column="Docs", separator="|"),
        },
    )
    chunk = send(
        "Year,Office,No,Date,HS,Docs\n2026,AB,7,2026-01-05,850440,a | b\n", mapping=mapping
    )
    assert ids(chunk) == ["2026-AB-7"]
    assert chunk.declarations["documents"].to_list() == [["a", "b"]]
