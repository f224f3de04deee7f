"""Baselines of a new day, when yesterday's are there, beside those of all days made from nothing.

Fourteen months of simulated trade, one million items; ten million with TIDEWAITER_BENCH_FULL=1. Both
are whole processes, `tidewaiter baselines build`. Those of the new day must be what the engine makes of
all rows at once.
"""

from __future__ import annotations

import os
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from bench.house import House, Measured, row
from tidewaiter.engine.records import DECLARATIONS, OUTCOMES
from tidewaiter.engine.records.lake import Lake
from tidewaiter.engine.risk.baselines import Baselines

if TYPE_CHECKING:
    from pathlib import Path

MONTHS = 14
TODAY = date(2027, 3, 1)  # the day after the last that is simulated
PROMISED_MEMORY = 2.0


def run() -> list[dict[str, Any]]:
    full = os.environ.get("TIDEWAITER_BENCH_FULL") == "1"
    items = 10_000_000 if full else 1_000_000
    house = House()
    try:
        _fill(house, items)
        nothing = _build(house, TODAY - timedelta(days=1))
        new_day = _build(house, TODAY)
        home = house.path / "home"
        assert (home / "risk" / "baselines" / _of_all(home)).is_dir(), "other baselines"
    finally:
        house.close()
    label = f"{items / 1e6:g} M items"
    return [
        row(f"baselines of a new day, {label}", "s", new_day.wall, nothing.wall,
            "all days from nothing", more_is_better=False),
        row(f"baselines of a new day, processors, {label}", "s", new_day.cpu, nothing.cpu,
            "all days from nothing", more_is_better=False),
        row(f"baselines of a new day, memory, {label}", "GiB", new_day.peak, PROMISED_MEMORY,
            "promised at most", more_is_better=False),
    ]  # fmt: skip


def _fill(house: House, items: int) -> None:
    world = house.path / "world"
    house.run("init")
    house.run("simulate", "--out", world, "--items", str(items), "--seed", "7",
              "--months", str(MONTHS), "--format", "parquet")  # fmt: skip
    house.run("intake", world / "declarations.parquet")
    house.run("intake", "--stream", "outcomes", world / "outcomes.parquet")


def _build(house: House, day: date) -> Measured:
    return house.run("baselines", "build", "--as-of", day.isoformat())


def _of_all(home: Path) -> str:
    """The version of the baselines of today that are made of all rows at once."""
    lake = Lake(home / "lake")
    first = (pl.col("version") == 1) & (pl.col("function") != "cancellation")
    declared = lake.scan(DECLARATIONS).filter(first)
    return Baselines.build(declared, lake.scan(OUTCOMES), TODAY).version
