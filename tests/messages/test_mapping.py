"""Mappings: as files, what is wrong with them, and proposals for unknown tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter.engine.messages.tabular.mapping import (
    TARGETS,
    Mapping,
    MappingError,
    Source,
    recognise,
)
from tidewaiter.engine.messages.tabular.mapping_file import build, dump, load, parse
from tidewaiter.engine.messages.tabular.propose import propose, signature

EXAMPLES = Path(__file__).parents[2] / "examples" / "mappings"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_example_is_valid_and_survives_writing(path: Path) -> None:
    mapping = load(path)
    assert mapping.name == path.stem
    assert parse(dump(mapping)) == mapping
    assert build(mapping.as_dict()) == mapping


texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
sources = st.one_of(
    st.builds(
        Source,
        column=texts,
        values=st.dictionaries(texts, texts, max_size=2).map(lambda d: tuple(d.items())),
        dates=st.lists(st.sampled_from(["%Y", "%d/%m/%Y"]), max_size=2).map(tuple),
        decimal=st.sampled_from(["", ".", ","]),
        factor=st.sampled_from([1.0, 1000.0, 0.5]),
        unchecked=st.booleans(),
    ),
    st.builds(Source, constant=texts),
    st.builds(Source, template=texts),
)


@given(
    st.dictionaries(st.sampled_from(sorted(TARGETS)), sources, max_size=4),
    st.sets(texts, max_size=3),
    texts,
)
def test_any_mapping_survives_writing(
    fields: dict[str, Source], ignored: set[str], name: str
) -> None:
    required = {t: Source(column=t) for t in ("declaration_id", "declaration_date", "hs")}
    mapping = Mapping(name=name, fields=required | fields, ignored=frozenset(ignored))
    assert parse(dump(mapping)) == mapping


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name = 3 =", "not TOML"),
        ('name="x"\nfoo=1', "unknown key 'foo'"),
        ('name="x"\n[fields]\ndeclaration_id="A"', "'declaration_date' needs a column"),
        ('name="x"\n[fields]\nnonsense="A"', "no field 'nonsense'"),
        ('name="x"\n[fields]\nhs={column="A", constant="B"}', "exactly one of"),
        ('name="x"\n[fields]\nhs={column=4}', "wrong type"),
        ('name="x"\n[fields]\nhs={colum="A"}', "unknown key 'colum'"),
        ('name="x"\n[file]\ndecimal=";"', "decimal is"),
        ('name="x"\n[file]\nencoding="klingon"', "no encoding"),
        ('name="x"\n[file]\ndelimiter=";;"', "one character"),
        ('name="x"\nfields=3', "is a table"),
        ("[fields]", "no name"),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong(text: str, problem: str) -> None:
    with pytest.raises(MappingError) as caught:
        parse(text)
    assert any(problem in line for line in caught.value.problems)


def minimal(name: str, **columns: str) -> Mapping:
    return Mapping(name=name, fields={target: Source(column=c) for target, c in columns.items()})


def test_a_saved_mapping_is_recognised_by_the_header() -> None:
    one = minimal("one", declaration_id="MRN", declaration_date="Date", hs="HS")
    two = minimal("two", declaration_id="MRN", declaration_date="Date", hs="HS", office="Port")
    other = minimal("other", declaration_id="Ref", declaration_date="Date", hs="HS")
    assert recognise(["mrn", "DATE", " hs ", "port"], [one, two, other]) is two
    assert recognise(["MRN", "Date", "HS"], [two, one]) is one
    assert recognise(["Kolli"], [one, two, other]) is None


def test_signatures_do_not_depend_on_order_or_capitals() -> None:
    assert signature(["A b", "c"]) == signature(["C", " a  B "])
    assert signature(["A"]) != signature(["B"])


def proposed(header: list[str], *rows: list[str]) -> dict[str, str]:
    return {c.column: c.target for c in propose(header, rows).columns if c.target}


def test_known_names_in_several_languages() -> None:
    assert proposed(["MRN", "Annahmedatum", "Warennummer", "Ursprungsland", "Zollwert"]) == {
        "MRN": "declaration_id",
        "Annahmedatum": "declaration_date",
        "Warennummer": "hs",
        "Ursprungsland": "origin",
        "Zollwert": "customs_value",
    }
    assert proposed(["报关单号", "申报日期", "税号", "原产国"]) == {
        "报关单号": "declaration_id",
        "申报日期": "declaration_date",
        "税号": "hs",
        "原产国": "origin",
    }
    assert proposed(["Case 33", "Box 34", "Net weight (kg)", "goodsDescription"]) == {
        "Case 33": "hs",
        "Box 34": "origin",
        "Net weight (kg)": "net_mass",
        "goodsDescription": "description",
    }


def test_a_known_name_over_other_content_is_not_believed() -> None:
    rows = [["yesterday", "850440"], ["today", "850440"], ["never", "850440"]]
    assert proposed(["Date", "HS"], *rows) == {"HS": "hs"}


def test_content_speaks_where_names_do_not() -> None:
    rows = [["2026-01-05", "CN"], ["2026-01-06", "VN"], ["2026-01-07", "DE"]]
    assert proposed(["x1", "x2"], *rows) == {"x1": "declaration_date", "x2": "origin"}


def test_misspelt_names() -> None:
    assert proposed(["Declaraton number", "Custom value"]) == {
        "Declaraton number": "declaration_id",
        "Custom value": "customs_value",
    }


def test_each_field_is_proposed_once() -> None:
    targets = [
        c.target for c in propose(["HS", "HS code", "Commodity code"], []).columns if c.target
    ]
    assert targets == ["hs"]


def test_own_country_codes_are_taken_unchecked() -> None:
    proposal = propose(["id", "date", "hs6", "origin"], [["1", "2026-01-05", "850440", "CN00010"]])
    mapping = proposal.mapping("x")
    assert mapping.fields["origin"].unchecked
    assert mapping.fields["hs"].column == "hs6"


def test_a_proposal_without_required_fields_is_no_mapping() -> None:
    with pytest.raises(MappingError):
        propose(["a", "b"], []).mapping("x")
