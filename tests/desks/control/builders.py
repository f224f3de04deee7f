"""What other desks hand to this one, and what inspectors say."""

from __future__ import annotations

import uuid
from datetime import date

import polars as pl

from tidewaiter.desks.control.content import Content, Line
from tidewaiter.engine.records.streams import DECLARATIONS, SELECTIONS
from tidewaiter.platform.store import lake

DAY = date(2026, 11, 2)


def selections(*declarations: str, **columns: object) -> pl.DataFrame:
    """One red selection in office A for each id; any column may be given."""
    said = {
        "declaration_date": DAY,
        "office": "A",
        "importer": "IMP-1",
        "items": 3,
        "score": 0.8,
        "expected_value": 1200.0,
        "currency": "EUR",
        "lane": "red",
        "controls": ["physical"],
        "selected_by": "value",
        "selection_probability": 0.01,
        "risk_area": "revenue",
        "run_id": "run-1",
        "version": 1,
    } | columns
    rows = [{"declaration_id": one, **said} for one in declarations]
    return SELECTIONS.conform(pl.DataFrame(rows)).with_columns(
        *(pl.lit(columns[name]).alias(name) for name in columns if name not in SELECTIONS.schema)
    )


def content(*lines: Line, **fields: object) -> Content:
    return Content(**{"id": uuid.uuid4(), "minutes": 20, "lines": lines, **fields})


GOODS = (
    ("6403990090", "Leather shoes, men's", "VN", 980.0, 5400.0),
    ("6404110000", "Sports shoes, textile uppers", "VN", 640.0, 3100.0),
    ("4202210090", "Handbags of leather", "CN", 210.0, 8800.0),
)


def declare(declaration: str) -> None:
    """Put a declaration of three goods items into the lake."""
    rows = [
        {
            "version": 1, "month": DAY.strftime("%Y-%m"), "declaration_id": declaration,
            "item_no": number, "declaration_date": DAY, "office": "A", "importer": "IMP-1",
            "importer_name": "Harbour Trading Ltd", "exporter_name": "Saigon Footwear Export Co.",
            "exporter_country": "VN", "declarant_name": "Quayside Brokers",
            "goods_location": "Terminal 2, shed C", "containers": "MSKU1234565",
            "dispatch_country": "VN", "hs": hs, "description": description, "origin": origin,
            "net_mass": mass, "packages": 24.0, "package_kind": "CT", "customs_value": value,
            "currency": "EUR",
        }
        for number, (hs, description, origin, mass, value) in enumerate(GOODS, 1)
    ]  # fmt: skip
    lake().append(DECLARATIONS, [pl.DataFrame(rows)], cause=f"test {declaration}")


REASON = (
    '[{"code":"profile:P-114","weight":0.6,"facts":{"reason":"Unit value {v} EUR/kg; peers from VN:'
    ' median {m}, this is the {p}rd percentile","v":2.1,"m":7.9,"p":3}}]'
)
