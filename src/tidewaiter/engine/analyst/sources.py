"""Where data comes from: the lake of a house, or an invented world."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engine.records import DECLARATIONS, OUTCOMES, STREAMS
from tidewaiter.engine.records.lake import Lake, record_key
from tidewaiter.engine.records.versions import month_of
from tidewaiter.engine.simulate import Setting, Simulation

if TYPE_CHECKING:
    from tidewaiter.engine.records.schema import Stream


@dataclass(frozen=True, slots=True)
class World:
    """An invented trade. declarations: one row an item (DECLARATIONS). outcomes: results of the
    controls there were (OUTCOMES). truth: one row an item, what was really so (see `Chunk`)."""

    declarations: pl.DataFrame
    outcomes: pl.DataFrame
    truth: pl.DataFrame


def load(
    home: str | Path, stream: str = "declarations", *, every_version: bool = False
) -> pl.LazyFrame:
    """A stream of a house's lake, lazily: filter it, then collect.

    home: the home folder. stream: declarations, assessments, selections or outcomes.
    every_version: all facts ever written, instead of those in force. Raises FileNotFoundError when
    there is no such table, KeyError on another name.
    """
    lake, wanted = Lake(Path(home) / "lake"), STREAMS[stream]
    if not lake.path(wanted).is_dir():
        raise FileNotFoundError(f"no table of {stream} under {home}: is this the home of a house?")
    return lake.scan(wanted) if every_version else lake.current(wanted)


def simulated(
    items: int = 20_000,
    *,
    seed: int = 1,
    months: int = 6,
    start: date = date(2026, 1, 1),
    illicit_rate: float = 0.035,
    inspected_rate: float = 0.05,
) -> World:
    """A world with known truth; the same arguments give the same world.

    illicit_rate: share of items that break the law. inspected_rate: share of declarations that were
    controlled, a fifth of these at random. Values are in EUR. Raises ValueError.
    """
    setting = Setting(
        items=items, seed=seed, months=months, start=start, illicit_rate=illicit_rate,
        inspected_rate=inspected_rate, random_rate=inspected_rate / 5,
    )  # fmt: skip
    chunks = list(Simulation.of(setting).chunks())
    return World(
        _kept(DECLARATIONS, pl.concat([chunk.declarations for chunk in chunks], how="diagonal")),
        _kept(OUTCOMES, pl.concat([chunk.outcomes for chunk in chunks], how="diagonal")),
        pl.concat([chunk.truth for chunk in chunks]),
    )


def _kept(stream: Stream, rows: pl.DataFrame) -> pl.DataFrame:
    """As the lake keeps them."""
    rows = stream.conform(rows)
    if "function" in rows.columns:
        rows = rows.with_columns(pl.col("function").fill_null("original"))
    return rows.with_columns(
        key=record_key(*stream.natural_key), version=pl.lit(1, dtype=pl.Int64),
        month=month_of("declaration_date"),
    )  # fmt: skip
