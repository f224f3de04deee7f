"""Each indicator: an item that raises it, one that does not, one for which it is missing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.risk.indicators.trade_with_past import BASELINES, SHIRTS
from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.engine.risk.facts import compute_facts
from tidewaiter.engine.risk.indicators import BY_CODE, CATALOGUE
from tidewaiter.engine.risk.indicators.page import page
from tidewaiter.engine.risk.models import unlearnt
from tidewaiter.engine.risk.models.features import NOT_FEATURES, features

Changes = dict[str, object]
PLAIN: Changes = {}
NOBODY, NO_SELLER, NO_CODE = {"importer": None}, {"seller": None}, {"hs": None, "hs6": None}
NO_VALUE: Changes = {"customs_value": None, "statistical_value": None}
LOW: Changes = {"customs_value": 100.0}
HIGH: Changes = {"customs_value": 9_999.0}
CLAIM: Changes = {"preference": "300"}
WINE: Changes = {"hs": "220421", "hs6": "220421"}
HOSES: Changes = {"hs": "870899", "hs6": "870899"}

# raised, not raised, missing (None: never missing)
RAISED: dict[str, tuple[Changes, Changes, Changes | None]] = {
    "value_per_kg_z": (LOW, HIGH, NO_VALUE),
    "value_per_unit_z": (LOW, HIGH, {"quantity": None}),
    "value_excess_z": (HIGH, PLAIN, NO_VALUE),
    "supplier_commodity_value_per_kg_z": (LOW, HIGH, NO_SELLER),
    "value_round": ({"customs_value": 5_000.0}, PLAIN, NO_VALUE),
    "value_just_under_threshold": ({"customs_value": 149.0}, {"customs_value": 150.0}, NO_VALUE),
    "split_over_threshold": ({"importer": "SPLIT", "customs_value": 149.0}, PLAIN, NOBODY),
    "invoice_ratio": ({"invoice_currency": "EUR"}, {"invoice_currency": "EUR", "invoice_value": 1234.0}, PLAIN),
    "freight_missing": (
        {"incoterm": "FOB", "invoice_currency": "EUR"}, PLAIN, {"incoterm": "FOB", "invoice_currency": None},
    ),
    "exchange_invoice_factor_z": ({"invoice_value": 9_000.0}, PLAIN, {"invoice_value": None}),
    "statistical_ratio": ({"statistical_value": 500.0}, PLAIN, {"statistical_value": None}),
    "valuation_method_other": ({"valuation_method": "6"}, PLAIN, {"valuation_method": None}),
    "importer_first_digits": ({"importer": "MADE-UP"}, None, PLAIN),
    "importer_second_digits": ({"importer": "MADE-UP"}, None, PLAIN),
    "importer_round_share": ({"importer": "MADE-UP"}, PLAIN, NOBODY),
    "importer_under_share": ({"importer": "UNDER"}, PLAIN, NOBODY),
    "gross_net_ratio": ({"gross_mass": 300.0}, PLAIN, {"gross_mass": None}),
    "commodity_gross_net_ratio_z": ({"gross_mass": 150.0}, PLAIN, {"gross_mass": None}),
    "net_exceeds_gross": ({"gross_mass": 90.0}, PLAIN, {"gross_mass": None}),
    "gross_equals_net": ({"gross_mass": 101.3}, PLAIN, {"gross_mass": None}),
    "mass_round": ({"net_mass": 2_000.0}, PLAIN, {"net_mass": None, "gross_mass": None}),
    "mass_per_container": ({"gross_mass": 40_000.0}, {"gross_mass": 40_000.0, "containers": "A B"}, {"containers": None}),
    "mass_per_unit_z": ({"quantity": 10.0}, PLAIN, {"quantity": 0.0}),
    "quantity_round": ({"quantity": 300.0}, PLAIN, {"quantity": None}),
    "quantity_not_whole": ({"quantity": 3.5}, {"quantity": 3.5, "quantity_unit": "KGM"}, {"quantity": None}),
    "quantity_equals_mass": ({"quantity": 101.3}, PLAIN, {"quantity": None}),
    "packages_exceed_quantity": ({"packages": 400.0}, PLAIN, {"packages": None}),
    "unit_share": ({"quantity_unit": "PR"}, PLAIN, {"quantity_unit": None}),
    "packing_mass_per_package_z": ({"packages": 1.0, "gross_mass": 9_000.0}, PLAIN, {"packages": None}),
    "package_kind_share": ({"package_kind": "BG"}, PLAIN, {"package_kind": None}),
    "hs_unknown": ({"hs": "610999", "hs6": "610999"}, PLAIN, NO_CODE),
    "hs_short": ({"hs": "6109", "hs6": "6109"}, PLAIN, NO_CODE),
    "duty_rate_below_heading": ({"duty_rate": 0.0}, {"duty_rate": 12.0}, {"duty_rate": None}),
    "duty_rate_below_peers": ({"duty_rate": 0.0}, {"duty_rate": 12.0}, {"origin": None}),
    "duty_rate_share": ({"duty_rate": 7.5}, PLAIN, {"duty_rate": None}),
    "importer_new_to_heading": ({"hs": "940370", "hs6": "940370"}, PLAIN, NO_CODE),
    "description_other_odds": (
        WINE, HOSES | {"description": "brake hoses for motor vehicles and"}, {"description": None},
    ),
    "weekend": ({"declaration_date": date(2024, 5, 4)}, PLAIN, {"declaration_date": None}),
    "documents_missing": ({"documents": None}, PLAIN, NO_CODE | {"documents": None}),
    "previous_missing": ({"previous_documents": []}, PLAIN, {"previous_documents": None, "procedure": None}),
    "description_short": ({"description": "misc"}, {"description": "棉质"}, {"description": None}),
    "description_vague": ({"description": "Various spare parts."}, PLAIN, {"description": None}),
    "item_deep": ({"item_no": 44}, PLAIN, {"item_no": None}),
    "origin_differs": ({"dispatch_country": "SG"}, PLAIN, {"origin": None}),
    "origin_share": ({"origin": "KE"}, PLAIN, {"origin": None}),
    "importer_new_to_origin": ({"origin": "KE"}, PLAIN, {"origin": None}),
    "supplier_new_to_origin": ({"origin": "KE"}, PLAIN, {"origin": None}),
    "invoice_currency_share": ({"invoice_currency": "GBP"}, PLAIN, {"invoice_currency": None}),
    "origin_own_country": ({"origin": "XT"}, PLAIN, {"origin": None}),
    "preference_first_use": (CLAIM, PLAIN, CLAIM | {"importer": None}),
    "preference_share": (CLAIM, {"preference": "100"}, {"preference": "300", "origin": None}),
    "preference_indirect": (CLAIM | {"dispatch_country": "SG"}, CLAIM, CLAIM | {"origin": None}),
    "preference_without_documents": (CLAIM | {"documents": []}, CLAIM, None),
    "procedure_share": ({"procedure": "7100"}, PLAIN, {"procedure": None}),
    "importer_new_to_procedure": ({"procedure": "7100"}, PLAIN, {"procedure": None}),
    "relief_share": ({"additional_procedure": "C07"}, None, PLAIN),
    "importer_new_to_relief": ({"additional_procedure": "C07"}, None, PLAIN),
    "duty_free_unusual": ({"duty_rate": 0.0}, PLAIN, {"duty_rate": None}),
    "route_share": ({"dispatch_country": "KE"}, {"dispatch_country": "SG"}, {"office": None}),
    "mode_share": ({"transport_mode": "4"}, PLAIN, {"transport_mode": None}),
    "supplier_new_to_dispatch": ({"dispatch_country": "KE"}, PLAIN, {"dispatch_country": None}),
    "third_country_seller": ({"exporter_country": "CH"}, PLAIN, {"exporter_country": None}),
    "loading_elsewhere": ({"loading_place": "SGSIN"}, PLAIN, {"loading_place": None}),
    "unloading_elsewhere": ({"unloading_place": "SGSIN"}, PLAIN, {"unloading_place": None}),
    "counterflow_items": (PLAIN, WINE, NOBODY),
    "counterparty_items": (PLAIN, {"seller": "S002"}, NO_SELLER),
    "counterflow_value_per_kg_z": (HIGH, {"customs_value": 2_000.0}, WINE),
    "returned_not_exported": ({"origin": "XT"} | WINE, {"origin": "XT"}, WINE | {"origin": None}),
    "importer_new": ({"importer": "NOBODY"}, PLAIN, NOBODY),
    "importer_days": ({"importer": "SPLIT"}, PLAIN, {"importer": "NOBODY"}),
    "importer_velocity": ({"importer": "SURGE"}, PLAIN, {"importer": "NOBODY"}),
    "supplier_new": ({"seller": "NOBODY"}, PLAIN, NO_SELLER),
    "declarant_days": ({"declarant": "BNEW"}, PLAIN, {"declarant": None}),
    "carrier_new": ({"carrier": "C9"}, PLAIN, {"carrier": None}),
    "importer_supplier_new": ({"seller": "NOBODY"}, {"importer": "BAD", "seller": "SBAD"}, NO_SELLER),
    "importer_declarant_new": ({"declarant": "NOBODY"}, PLAIN, {"declarant": None}),
    "like_items_7d": ({"importer": "SPLIT", "customs_value": 149.0}, PLAIN, NOBODY),
    "related_parties": ({"importer_name": "SELLER"}, PLAIN, {"importer_name": None}),
    "importer_abroad": ({"importer_country": "VN"}, PLAIN, {"importer_country": None}),
    "buyer_differs": ({"buyer": "OTHER"}, {"buyer": "I010"}, PLAIN),
    "importer_chapter_share": ({"importer": "MADE-UP"}, {"importer": "MADE-UP"} | HOSES, NOBODY),
    "importer_origin_share": ({"importer": "MADE-UP", "origin": "KE"}, {"importer": "MADE-UP"}, {"origin": None}),
    "importer_office_share": ({"importer": "MADE-UP", "office": "O3"}, {"importer": "MADE-UP"}, {"office": None}),
    "importer_declarant_share": (
        {"importer": "MADE-UP", "declarant": "B08"}, {"importer": "MADE-UP"}, {"declarant": None},
    ),
    "heading_surge": ({"importer": "SURGE"}, {"importer": "SURGE"} | WINE, {"importer": "MADE-UP"}),
    "origin_surge": ({"importer": "SURGE"}, {"importer": "SURGE", "origin": "CN"}, {"importer": "MADE-UP"}),
    "importer_value_z": ({"customs_value": 9_999_999.0}, PLAIN, NO_VALUE),
    "importer_commodity_value_per_kg_z": ({"importer": "BAD"} | LOW, {"importer": "BAD"} | HIGH, NOBODY),
    "importer_value_velocity": ({"importer": "SURGE"}, PLAIN, {"importer": "NOBODY"}),
    "importer_silent_days": ({"declaration_date": date(2024, 12, 2)}, PLAIN, {"importer": "NOBODY"}),
    "importer_record": ({"importer": "BAD"}, {"importer": "MADE-UP"}, NOBODY),
    "supplier_record": ({"seller": "SBAD"}, {"seller": "S009"}, NO_SELLER),
    "importer_never_controlled": ({"importer": "MADE-UP"}, PLAIN, NOBODY),
}  # fmt: skip

# an item with the figure, one without
SHOWN: dict[str, tuple[Changes, Changes | None]] = {
    "value_per_kg": (PLAIN, NO_VALUE | {"invoice_value": None}),
    "value_per_unit": (PLAIN, {"quantity": 0.0}),
    "value_per_kg_ratio": (PLAIN, NO_VALUE),
    "value_per_unit_ratio": (PLAIN, {"quantity": None}),
    "value_gap": (LOW, NO_CODE),
    "mass_per_unit": (PLAIN, {"quantity": None}),
    "mass_per_unit_ratio": (PLAIN, {"quantity": None}),
    "mass_per_package": (PLAIN, {"packages": 0.0}),
    "duty_effective_rate": (PLAIN, {"duty": None}),
    "tax_effective_rate": (PLAIN, {"taxes": None}),
    "description_fit": (PLAIN, {"description": None}),
    "month_end": ({"declaration_date": date(2024, 5, 30)}, {"declaration_date": None}),
    "document_count": (PLAIN, None),
    "preference_claimed": (CLAIM, None),
    "preference_saving": (CLAIM | {"duty_rate": 0.0}, PLAIN),
    "supplier_days": (PLAIN, NO_SELLER),
}


def facts(changes: Changes) -> pl.DataFrame:
    return compute_facts(DECLARATIONS.conform(pl.DataFrame([SHIRTS | changes])), BASELINES)


def raised(code: str, row: pl.DataFrame) -> float:
    """Log-odds that the indicator adds."""
    says = unlearnt.says(row)
    return float(says.weights(pl.Series([0]).to_numpy())[0, says.codes.index(code)])


def test_every_indicator_has_its_cases() -> None:
    assert len(CATALOGUE) >= 80
    assert set(RAISED) == {i.code for i in CATALOGUE if i.raises}
    assert set(RAISED) | set(SHOWN) == set(BY_CODE)


@pytest.mark.parametrize("code", RAISED)
def test_raised_not_raised_and_missing(code: str) -> None:
    up, plain, missing = RAISED[code]
    row = facts(up)
    assert row[code].item() is not None
    assert raised(code, row) > 0
    if plain is not None:
        row = facts(plain)
        assert row[code].item() is not None
        assert raised(code, row) == 0
    if missing is not None:
        row = facts(missing)
        assert row[code].item() is None
        assert raised(code, row) == 0


@pytest.mark.parametrize("code", SHOWN)
def test_shown_and_missing(code: str) -> None:
    shown, missing = SHOWN[code]
    assert facts(shown)[code].item() not in (None, False)
    if missing is not None:
        assert facts(missing)[code].item() is None


def test_each_says_how_it_is_computed_and_where_from() -> None:
    for indicator in CATALOGUE:
        assert indicator.formula, indicator.code
        assert indicator.source, indicator.code
        assert indicator.currency or indicator.kind != "money", indicator.code


def test_the_page_lists_every_indicator_as_it_is() -> None:
    written = Path(__file__).parents[3] / "docs" / "indicators.md"
    assert written.read_text(encoding="utf-8") == page(), "run scripts/indicators"
    for code in BY_CODE:
        assert f"| `{code}` |" in page()


def test_what_the_model_does_not_see_exists() -> None:
    assert set(BY_CODE) >= NOT_FEATURES
    assert not {f.name for f in features()} & NOT_FEATURES
