"""A small lake with all that happens to one: appends, compaction, sorting, vacuum, a checkpoint."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from django.conf import settings

from tidewaiter.engine.records import DECLARATIONS, SELECTIONS
from tidewaiter.engine.records.lake import record_key
from tidewaiter.platform.store import lake


def items(*ids: str, month: str = "2026-03") -> pl.DataFrame:
    frame = pl.DataFrame(
        {"declaration_id": ids, "item_no": [1] * len(ids), "month": month, "hs": "851712"},
        schema_overrides={"item_no": pl.Int64},
    )
    return frame.with_columns(
        key=record_key("declaration_id", "item_no"), version=pl.lit(1, dtype=pl.Int64)
    )


def add(number: int, *, month: str = "2026-03") -> None:
    lake().append(DECLARATIONS, [items(f"D{number}", month=month)], cause="test", number=number)


def lived_in() -> None:
    for number in range(1, 8):
        add(number, month=f"2026-0{number % 3 + 1}")
    lake().compact(DECLARATIONS)
    lake().cluster(DECLARATIONS, ("importer",))
    lake().vacuum(DECLARATIONS, retention_hours=0)
    for number in range(8, 14):
        add(number)
    frame = items("D1", "D2").drop("item_no", "hs")
    lake().append(SELECTIONS, [frame], cause="test")


def folder(table: str = "declarations") -> Path:
    return Path(settings.HOME) / "lake" / table
