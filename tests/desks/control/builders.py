"""What other desks hand to this one, and what inspectors say."""

from __future__ import annotations

import uuid
from datetime import date

import polars as pl

from tidewaiter.desks.control.content import Content, Line
from tidewaiter.engine.records.streams import SELECTIONS

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
