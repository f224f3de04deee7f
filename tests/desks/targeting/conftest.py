"""A small lake as the other parts leave it: declared, assessed, selected, controlled."""

from __future__ import annotations

from datetime import UTC, date, datetime

import orjson
import polars as pl
import pytest

from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, OUTCOMES, SELECTIONS
from tidewaiter.engine.records.lake import record_key
from tidewaiter.platform.store import lake

AT = datetime(2026, 3, 10, 8, tzinfo=UTC)
NORTH, SOUTH = "XT000100", "XT000200"
REASONS = [
    {
        "code": "profile:PHONES",
        "facts": {"reason": "Phones at {unit_value} a piece", "unit_value": 2.1},
        "weight": 1.5,
    }
]


def append(stream, rows, cause):
    frame = pl.DataFrame(rows, schema_overrides=dict(stream.schema), infer_schema_length=None)
    day = pl.col("declaration_date")
    kept = {"version": pl.lit(1), "message_id": pl.lit(1), "received_at": pl.lit(AT)}
    frame = frame.with_columns(
        key=record_key(*stream.natural_key),
        month=day.dt.strftime("%Y-%m"),
        **{name: value for name, value in kept.items() if name not in frame.columns},
    )
    lake().append(stream, [frame], cause=cause)


def item(number, item_no=1, **more):
    base = {
        "declaration_id": f"26XT{number:04d}",
        "item_no": item_no,
        "function": "original",
        "declaration_date": date(2026, 3, 1 + number % 10),
        "office": NORTH if number % 2 == 0 else SOUTH,
        "importer": f"IMP{number % 3}",
        "importer_name": ("Velora Textiles Ltd", "Dormark Foods", "Sundale Metals")[number % 3],
        "hs": "85171300" if item_no == 1 else "64041100",
        "hs6": "851713" if item_no == 1 else "640411",
        "description": "Telephones" if item_no == 1 else "Shoes",
        "origin": "VN" if item_no == 1 else "CN",
        "quantity": 100.0,
        "quantity_unit": "NAR",
        "net_mass": 20.5,
        "customs_value": 1000.0 + number,
        "currency": "EUR",
        "documents": ["N380 1"],
    }
    return {**base, **more}


LANES = ("red", "yellow", "green", "red", "blue", "green")
STEPS = ("value", "mandatory:PHONES", "none", "random", "value", "none")


def assessment(declared, **more):
    number = int(declared["declaration_id"][4:])
    shared = ("declaration_id", "item_no", "declaration_date", "office", "importer", "hs", "origin")
    base = {
        **{name: declared[name] for name in shared},
        "declaration_version": 1,
        "run_id": "pins",
        "assessed_at": AT,
        "score": number / 100,
        "probability": number / 200,
        "revenue_at_stake": 500.0,
        "expected_value": 10.0 * number + (5 if declared["item_no"] == 1 else 0),
        "currency": "EUR",
        "profiles": ["PHONES"] if number % 4 == 0 else [],
        "not_evaluable": ["SHOES"] if number == 4 else [],
        "mandatory": False,
        "risk_area": "revenue" if number % 5 else "drugs",
        "reasons": orjson.dumps(REASONS).decode() if declared["item_no"] == 1 else "[]",
    }
    return {**base, **more}


def selection(declared, **more):
    number = int(declared["declaration_id"][4:])
    shared = (
        "declaration_id", "declaration_date", "office", "importer", "importer_name",
        "hs", "origin", "description",
    )  # fmt: skip
    lane = LANES[number % 6]
    base = {
        **{name: declared[name] for name in shared},
        "items": 2,
        "score": number / 100,
        "expected_value": 20.0 * number + 5,
        "currency": "EUR",
        "lane": lane,
        "controls": [] if lane == "green" else ["physical"],
        "selected_by": STEPS[number % 6],
        "selection_probability": 1.0 if STEPS[number % 6] != "none" else 0.01,
        "risk_area": "revenue" if number % 5 else "drugs",
        "run_id": "run",
        "selected_at": AT,
        "reason": orjson.dumps(REASONS[0]).decode(),
    }
    return {**base, **more}


@pytest.fixture
def traffic(home):
    """Thirty declarations of two items, in turn of two offices."""
    items = [item(number, item_no) for number in range(30) for item_no in (1, 2)]
    append(DECLARATIONS, items, "declared")
    append(ASSESSMENTS, [assessment(one) for one in items], "assessed")
    append(SELECTIONS, [selection(one) for one in items if one["item_no"] == 1], "selected")
    found = {
        "declaration_id": "26XT0006",
        "item_no": 1,
        "control_ref": "CO/1",
        "declaration_date": date(2026, 3, 7),
        "office": NORTH,
        "known_on": date(2026, 3, 9),
        "found": True,
        "severity": 1,
        "risk_area": "revenue",
        "revenue": 321.0,
        "currency": "EUR",
        "control_type": "physical",
        "lane": "red",
        "source": "control",
    }
    append(OUTCOMES, [found], "found")
    return items
