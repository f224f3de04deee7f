from __future__ import annotations

from datetime import date
from string import Formatter

import polars as pl
import pytest

from tests.fixtures import trade
from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.engine.risk.baselines import Baselines
from tidewaiter.engine.risk.facts import compute_facts
from tidewaiter.engine.risk.indicators import CATALOGUE
from tidewaiter.engine.risk.reasons import catalogue, sentence
from tidewaiter.engine.risk.schema import SCHEMA

DECLARED = trade.declarations(1_500)
BASELINES = Baselines.build(DECLARED.lazy(), trade.outcomes(DECLARED).lazy(), date(2024, 12, 1))
PLAIN: dict[str, object] = {
    "declaration_id": "X", "item_no": 1, "version": 1, "declaration_date": date(2024, 12, 4),
    "importer": "I010", "seller": "S001", "declarant": "B01", "office": "O1", "hs": "610910",
    "hs6": "610910", "origin": "VN", "dispatch_country": "VN", "net_mass": 100.0,
    "gross_mass": 110.0, "quantity": 300.0, "quantity_unit": "NAR", "packages": 10.0,
    "customs_value": 1234.0, "currency": "EUR", "duty_rate": 4.0, "taxes": 308.5,
    "description": "knitted cotton shirts",
}  # fmt: skip


def facts(**changes: object) -> dict[str, object]:
    frame = DECLARATIONS.conform(pl.DataFrame([PLAIN | changes]))
    return compute_facts(frame, BASELINES).row(0, named=True)


def test_there_are_at_least_thirty_and_each_says_what_it_is() -> None:
    assert len(CATALOGUE) >= 30
    assert len({i.code for i in CATALOGUE}) == len(CATALOGUE)
    for indicator in CATALOGUE:
        assert indicator.label
        assert indicator.sentence
        assert SCHEMA[indicator.code].label == indicator.label


def test_every_sentence_is_given_the_facts_it_names() -> None:
    row = compute_facts(DECLARED.head(1), BASELINES)
    for code, reason in catalogue().items():
        told = set(row.select(reason.facts).columns) | {"label"}
        named = {name for _, name, _, _ in Formatter().parse(reason.sentence) if name}
        assert named <= told, code


def test_every_name_of_the_schema_is_a_fact_of_its_kind() -> None:
    kinds = {
        "text": pl.String,
        "code": pl.String,
        "hs": pl.String,
        "flag": pl.Boolean,
        "date": pl.Date,
    }
    schema = compute_facts(DECLARED.head(1), BASELINES).schema
    for name, column in SCHEMA.items():
        if column.kind in kinds:
            assert schema[name] == kinds[column.kind], name
        else:
            assert schema[name].is_numeric(), name


@pytest.mark.parametrize(
    ("changes", "code", "expected"),
    [
        ({}, "value_per_kg", 12.34),
        ({}, "value_per_unit", pytest.approx(1234 / 300)),
        ({"net_mass": None}, "value_per_kg", pytest.approx(1234 / 110)),
        ({"net_mass": 0.0, "gross_mass": None}, "value_per_kg", None),
        ({"customs_value": None}, "value_per_kg", None),
        ({"customs_value": float("nan")}, "value_per_kg", None),
        (
            {"customs_value": None, "invoice_value": 500.0, "invoice_currency": "EUR"},
            "value_per_kg",
            5.0,
        ),
        (
            {"customs_value": None, "invoice_value": 500.0, "invoice_currency": "USD"},
            "value_per_kg",
            None,
        ),
        ({"customs_value": 5000.0}, "value_round", True),
        ({"customs_value": 5001.0}, "value_round", False),
        ({"customs_value": 149.0}, "value_just_under_threshold", True),
        ({"customs_value": 150.0}, "value_just_under_threshold", False),
        (
            {"customs_value": 1000.0, "invoice_value": 2000.0, "invoice_currency": "EUR"},
            "invoice_ratio",
            0.5,
        ),
        ({"net_mass": 120.0}, "net_exceeds_gross", True),
        ({"net_mass": None}, "net_exceeds_gross", None),
        ({}, "gross_net_ratio", pytest.approx(1.1)),
        ({}, "mass_per_package", 11.0),
        ({"packages": 0.0}, "mass_per_package", None),
        ({}, "hs_unknown", False),
        ({"hs": "610999", "hs6": "610999"}, "hs_unknown", True),
        ({"hs": "610999", "hs6": "610999", "hs_version": "2017"}, "hs_unknown", False),
        ({"hs": "6109", "hs6": "6109"}, "hs_short", True),
        ({"dispatch_country": "SG"}, "origin_differs", True),
        ({"dispatch_country": None}, "origin_differs", None),
        ({"preference": "300"}, "preference_claimed", True),
        ({"preference": "300"}, "preference_first_use", True),
        ({"preference": "100"}, "preference_first_use", False),
        ({"importer": "NOBODY"}, "importer_new", True),
        ({}, "importer_new", False),
        ({"seller": "NOBODY"}, "importer_supplier_new", True),
        ({"declaration_date": date(2024, 12, 7)}, "weekend", True),
        ({}, "weekend", False),
        ({"declaration_date": date(2024, 12, 29)}, "month_end", True),
        ({"declaration_date": date(2024, 12, 28)}, "month_end", False),
        ({"description": "misc"}, "description_short", True),
        ({"documents": ["N380 1", "N705 2"]}, "document_count", 2.0),
    ],
)
def test_indicator(changes: dict[str, object], code: str, expected: object) -> None:
    assert facts(**changes)[code] == expected


def test_a_low_price_is_low_among_its_peers() -> None:
    row = facts(customs_value=400.0)
    assert row["value_per_kg_z"] < -3.5
    assert row["value_per_kg_ratio"] == pytest.approx(4.0 / row["value_per_kg_peer_median"])
    assert row["value_per_kg_percentile"] < 15
    assert row["value_gap"] > 500


def test_a_lower_duty_rate_than_like_goods_pay() -> None:
    row = facts(duty_rate=0.0)
    mean = DECLARED.filter((pl.col("hs") == "610910") & (pl.col("origin") == "VN"))[
        "duty_rate"
    ].mean()
    assert row["duty_rate_below_peers"] == pytest.approx(mean, abs=0.001)


def test_reasons_are_sentences_with_figures() -> None:
    words = sentence(
        "value_per_kg_z",
        {"value_per_kg": 2.1, "currency": "EUR", "value_per_kg_peers": 1204.0,
         "value_per_kg_peer_group": "610910 · VN", "value_per_kg_peer_median": 7.9,
         "value_per_kg_percentile": 3.0},
    )  # fmt: skip
    assert words == (
        "Unit value 2.10 EUR/kg; 1,204 peers (610910 · VN): median 7.90, and 3 % of them are lower"
    )


def test_a_profile_reason_is_the_officers_own_sentence() -> None:
    given = {
        "reason": "{importer} is new and declares {customs_value}",
        "importer": "I1",
        "customs_value": 9.5,
    }
    assert sentence("profile:P1", given) == "I1 is new and declares 9.50"
    assert sentence("profile:P1", {"reason": "a { brace"}) == "a { brace"
    assert sentence("profile:P1", {}) == "P1"


def test_sentences_go_through_the_translation() -> None:
    assert sentence("weekend", {}, lambda text: text.upper()) == "DECLARED ON A SATURDAY OR SUNDAY"


def test_a_trader_never_controlled_is_said_to_be_so() -> None:
    assert "never controlled" in sentence("importer_history", {"subject": "I1", "controls": 0.0})
    assert "3 finds in 7 controls" in sentence(
        "importer_history", {"subject": "I1", "controls": 7.0, "finds": 3.0}
    )
    assert "3 finds in 7 controls, now about 12.5 in 100" in sentence(
        "importer_history", {"subject": "I1", "controls": 7.0, "finds": 3.0, "current": 12.5}
    )
