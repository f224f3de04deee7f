"""WCO Data Model declarations: all published ones, and hostile XML."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

from tidewaiter.engine.messages.reading import Unreadable, read
from tidewaiter.engine.messages.sentences import explain

from .conftest import TODAY, together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tidewaiter.engine.messages.reading import Chunk

    Send = Callable[..., Chunk]

FOLDER = Path("messages") / "wco-cds-declaration"
PARTIES = ("Importer", "Exporter", "Declarant", "Seller", "Buyer", "Consignee")


def well_formed(path: Path) -> etree._ElementTree | None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        return etree.parse(path, parser)
    except etree.XMLSyntaxError:
        return None


@pytest.fixture(scope="module")
def files(shared_data: Path) -> list[Path]:
    return sorted((shared_data / FOLDER).glob("*.xml"))


def is_answer(tree: etree._ElementTree) -> bool:
    return etree.QName(tree.getroot()).localname in {
        "DeclarationStatusResponse",
        "DeclarationVersionResponse",
    }


def test_every_broken_file_is_refused_with_a_place_and_a_remedy(files: list[Path]) -> None:
    broken = [path for path in files if well_formed(path) is None]
    assert len(broken) == 24
    for path in broken:
        with pytest.raises(Unreadable) as caught:
            list(read(path))
        finding = caught.value.finding
        assert finding.code in {"xml_placeholder", "xml_comment_hyphens"}
        assert finding.place.startswith("line ")
        assert "/Declaration/" in finding.place
        sentence, remedy = explain(finding)
        assert "?" not in sentence + remedy
        assert finding.code != "xml_placeholder" or "<INSERTEORIHERE>" in sentence
        assert finding.record


def test_every_declaration_is_read_whole(files: list[Path]) -> None:
    """Counted and compared by an independent walk over the parsed trees."""
    read_files = 0
    for path in files:
        tree = well_formed(path)
        if tree is None or is_answer(tree):
            continue
        read_files += 1
        chunk = together(read(path, received_on=TODAY))
        assert [f for f in chunk.findings if f.severity == "error"] == []
        complete = tree.xpath(
            "//*[local-name()='Declaration'][.//*[local-name()='GoodsShipment'] or *[local-name()='TypeCode']]"
        )
        items = tree.xpath("//*[local-name()='GovernmentAgencyGoodsItem']")
        expected = sum(
            max(1, len(d.xpath(".//*[local-name()='GovernmentAgencyGoodsItem']"))) for d in complete
        )
        assert chunk.declarations.height == chunk.rows == expected >= len(items)
        for declaration in complete:
            assert_nothing_lost(declaration, chunk, path)
    assert read_files == 226


def assert_nothing_lost(declaration: etree._Element, chunk: Chunk, path: Path) -> None:
    """Every text and attribute of the declaration stands in a field or in what is kept beside."""
    identifier = "".join(declaration.xpath("*[local-name()='ID']/text()")).strip()
    rows = [
        row
        for row in chunk.declarations.iter_rows(named=True)
        if not identifier or row["declaration_id"] == identifier
    ]
    assert rows, path
    kept = "\n".join(text for row in rows for text in said(row))
    for text in leaves(declaration):
        number = as_number(text)
        assert (
            text in kept
            or (number is not None and str(number) in kept)
            or text in {"9", "13", "KGM"}  # said by the function, and by the unit of the field
        ), (path.name, text)


def said(row: dict[str, Any]) -> Iterator[str]:
    """Everything that a record states, as text."""
    extra = json.loads(row.pop("extra") or "{}")
    yield from (str(value) for part in extra.values() for value in part.values())
    for value in row.values():
        yield from value if isinstance(value, list) else [str(value)]


def leaves(element: etree._Element) -> Iterator[str]:
    for node in element.iter():
        if node is not element:
            yield from (
                v for k, v in node.attrib.items() if "XMLSchema-instance" not in k and v != "304"
            )
        if len(node) == 0 and (node.text or "").strip():
            yield node.text.strip()


def as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def test_values_parties_and_codes_of_a_published_declaration(files: list[Path]) -> None:
    for path in files:
        tree = well_formed(path)
        if tree is None or is_answer(tree):
            continue
        chunk = together(read(path, received_on=TODAY))
        for element in tree.iter("{*}Declaration"):
            reference = element.findtext("{*}FunctionalReferenceID")
            items = element.findall(".//{*}GovernmentAgencyGoodsItem")
            for number, item in enumerate(items, 1):
                place = f"GovernmentAgencyGoodsItem[{number}]"
                (row,) = [
                    r
                    for r in chunk.declarations.iter_rows(named=True)
                    if r["functional_reference_id"] in {reference, None}
                    and r["place"].endswith(place)
                ]
                amount = item.find("{*}Commodity/{*}InvoiceLine/{*}ItemChargeAmount")
                if amount is not None and amount.text:
                    assert row["invoice_value"] == float(amount.text)
                    assert row["invoice_currency"] == amount.get("currencyID")
                code = [
                    c.findtext("{*}ID")
                    for c in item.findall("{*}Commodity/{*}Classification")
                    if c.findtext("{*}IdentificationTypeCode") == "TSP"
                ]
                if code:
                    assert row["hs"].startswith(code[0])
                net = item.findtext("{*}Commodity/{*}GoodsMeasure/{*}NetNetWeightMeasure")
                assert row["net_mass"] == (float(net) if net else None)
                for party in ("Importer", "Exporter", "Declarant"):
                    found = element.findtext(f".//{{*}}{party}/{{*}}ID")
                    assert not found or row[party.lower()] == found.strip()


def test_answers_of_information_services_are_no_declarations(files: list[Path]) -> None:
    answers = [path for path in files if (t := well_formed(path)) is not None and is_answer(t)]
    assert len(answers) == 2
    for path in answers:
        with pytest.raises(Unreadable) as caught:
            list(read(path))
        assert caught.value.finding.code == "information_response"


def test_amendments_and_cancellations(files: list[Path]) -> None:
    seen: dict[str, int] = {}
    for path in files:
        if "Cancellation" not in path.name and "Amendment" not in path.name:
            continue
        chunk = together(read(path, received_on=TODAY))
        (function,) = set(chunk.declarations["function"])
        seen[function] = seen.get(function, 0) + 1
        assert (function == "cancellation") == ("Cancellation" in path.name)
        if function == "cancellation":
            assert chunk.declarations["item_no"].to_list() == [0]
            assert chunk.partial == frozenset()
        else:
            assert chunk.partial == set(chunk.declarations["declaration_id"])
    assert seen == {"amendment": 13, "cancellation": 3}


DECLARATION = """<Declaration><FunctionCode>9</FunctionCode><ID>{id}</ID><TypeCode>IMA</TypeCode>
<AcceptanceDateTime><DateTimeString formatCode="304">20260105120000Z</DateTimeString></AcceptanceDateTime>
<GoodsShipment>{items}</GoodsShipment></Declaration>"""
ITEM = """<GovernmentAgencyGoodsItem><SequenceNumeric>{n}</SequenceNumeric><Commodity>
<Classification><ID>8504403000</ID></Classification><GoodsMeasure><NetNetWeightMeasure unitCode="TNE">{mass}
</NetNetWeightMeasure></GoodsMeasure></Commodity></GovernmentAgencyGoodsItem>"""


def declaration(identifier: str, *masses: str) -> str:
    items = "".join(ITEM.format(n=n, mass=mass) for n, mass in enumerate(masses, 1))
    return DECLARATION.format(id=identifier, items=items)


def test_several_declarations_in_one_file(send: Send) -> None:
    chunk = send(f"<Batch>{declaration('A', '1', '2')}{declaration('B', '3')}</Batch>")
    got = chunk.declarations.select(
        "declaration_id", "item_no", "net_mass", "declaration_date", "hs"
    )
    assert got.rows() == [
        ("A", 1, 1000.0, date(2026, 1, 5), "8504403000"),
        ("A", 2, 2000.0, date(2026, 1, 5), "8504403000"),
        ("B", 1, 3000.0, date(2026, 1, 5), "8504403000"),
    ]


def test_a_bad_item_keeps_its_declaration_out_and_no_other(send: Send) -> None:
    good, bad = declaration("A", "1"), declaration("B", "1", "2").replace("8504403000", "85X", 1)
    chunk = send(f"<Batch>{bad}{good}</Batch>")
    assert chunk.declarations["declaration_id"].to_list() == ["A"]
    assert [(f.code, f.rows) for f in chunk.findings] == [
        ("hs_invalid", 1),
        ("sibling_unreadable", 1),
    ]
    assert chunk.findings[0].place.endswith(
        "GovernmentAgencyGoodsItem[1]/Commodity/Classification/ID"
    )


def test_many_declarations_stream_in_chunks(tmp_path: Path) -> None:
    path = tmp_path / "m"
    path.write_text("<B>" + "".join(declaration(f"D{n}", "1", "2") for n in range(300)) + "</B>")
    chunks = list(read(path, chunk_rows=100))
    assert len(chunks) >= 6
    assert sum(chunk.rows for chunk in chunks) == 600
    assert chunks[0].position < path.stat().st_size


BOMB = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa">
{entities}]><Declaration><ID>&z;</ID></Declaration>"""


@pytest.mark.parametrize(
    "text",
    [
        BOMB.format(entities='<!ENTITY z "&a;&a;&a;&a;">'),
        "<!-- hi -->\n" + BOMB.format(entities="")[21:],
        '<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd"><Declaration/>',
        '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Declaration><ID>&x;</ID></Declaration>',
        "<!--"
        + "x" * 100_000
        + "-->"
        + '<!DOCTYPE d [<!ENTITY x "y">]><Declaration><ID>1</ID></Declaration>',
    ],
)
def test_document_types_are_refused(send: Send, text: str) -> None:
    with pytest.raises(Unreadable, match="document_type"):
        send(text)


def test_a_billion_laughs_behind_a_long_comment(send: Send) -> None:
    levels = "".join(
        f'<!ENTITY l{n} "{"".join(f"&l{n - 1};" for _ in range(10))}">' for n in range(1, 10)
    )
    text = f'<!--{"x" * 100_000}--><!DOCTYPE d [<!ENTITY l0 "ha">{levels}]>'
    with pytest.raises(Unreadable):
        send(f'{text}<Declaration a="&l9;"><ID>&l9;</ID></Declaration>')


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (
            "<Declaration>" + "<a>" * 200 + "</a>" * 200 + "<TypeCode>IMA</TypeCode></Declaration>",
            "xml_too_deep",
        ),
        ("<Declaration>" + "<a>" * 5000, "xml_"),
        ("<a/>", "no_declaration"),
        ("<x:ResponseNotification xmlns:x='u'/>", "information_response"),
        ("<Declaration><ID>1</ID>", "xml_cut_off"),
        ("<Declaration>&unknown;</Declaration>", "xml_not_well_formed"),
        ("<Declaration><ID>a & b</ID></Declaration>", "xml_not_well_formed"),
        (f'<Declaration x="{"y" * (11 << 20)}"/>', "xml_"),
        (f"<Declaration><ID>{'y' * (11 << 20)}</ID></Declaration>", "xml_"),
    ],
    ids=lambda value: value[:24],
)
def test_hostile_or_broken_xml_is_refused(send: Send, text: str, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        send(text)
    assert caught.value.finding.code.startswith(code)
    assert "?" not in "".join(explain(caught.value.finding))
