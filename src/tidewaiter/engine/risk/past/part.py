"""One month of kept facts: as they are in Parquet files, encoded column by column when first read.

A part never changes: what is declared, amended or judged with other baselines later makes another
one. What was found and selected becomes known later, and is kept beside the facts under a name.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tidewaiter.engine.records.lake import hash64
from tidewaiter.engine.risk.language.batch import Batch, Coded, Measured, encode
from tidewaiter.engine.risk.past.columns import (
    read_arrays,
    read_column,
    write_arrays,
    write_column,
)
from tidewaiter.engine.risk.schema import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from tidewaiter.engine.risk.language.batch import Rows
    from tidewaiter.engine.risk.language.schema import Schema

    Days = NDArray[np.int32]
    Ids = NDArray[np.int64]

KEEPING = ("key", "version", "baselines")
"""Which fact of the lake a row was made from, and with which baselines."""
UNKNOWN = -1


class Results:
    """By row: `found` (1, 0, or -1 where nobody looked), `revenue` (NaN where unknown), `selected`
    (a control was asked for at the time)."""

    def __init__(self, folder: Path) -> None:
        self.found, self.revenue, self.selected = read_arrays(
            folder, "found", "revenue", "selected"
        )


class Part:
    """`schema`: what the facts are (another one only in benchmarks)."""

    def __init__(self, folder: Path, schema: Schema = SCHEMA) -> None:
        self.folder = folder
        self.schema = schema
        self._columns: dict[str, Coded | Measured] = {}
        self._results: dict[str, Results] = {}

    @property
    def facts(self) -> pl.LazyFrame:
        return pl.scan_parquet(self.folder / "facts-*.parquet")

    @cached_property
    def rows(self) -> int:
        return len(self.day)

    @property
    def day(self) -> Days:
        """Days since 1970."""
        return self._keys[0]

    @property
    def declaration(self) -> Ids:
        """A hash of the declaration's number."""
        return self._keys[1]

    @cached_property
    def _keys(self) -> tuple[Days, Ids]:
        days, ids = read_arrays(self.folder / "keys", "day", "declaration")
        return days, ids

    def batch(self, names: Iterable[str]) -> Batch:
        """The named columns, encoded."""
        return Batch(self.rows, {name: self.column(name) for name in names})

    def column(self, name: str) -> Coded | Measured:
        known = self._columns.get(name)
        if known is None:
            folder = self.folder / "encoded" / name
            if not folder.exists():
                held = self.facts.collect_schema()
                frame = self.facts.select(name if name in held else []).collect()
                if name not in held:
                    frame = pl.DataFrame({name: [None] * self.rows})
                write_column(folder, encode(frame, [name], self.schema).columns[name])
            known = self._columns[name] = read_column(folder)
        return known

    def office(self) -> Coded:
        return self.batch(["office"]).coded("office")

    def frame(self, names: Iterable[str], rows: Rows) -> pl.DataFrame:
        """Facts of some rows (ascending), as they are."""
        chosen = pl.Series("row", rows, dtype=pl.UInt32)
        numbered = self.facts.select(*names).with_row_index("row")
        return numbered.filter(pl.col("row").is_in(chosen.implode())).drop("row").collect()

    def results(self, name: str) -> Results:
        """Raises FileNotFoundError when nothing is kept under this name."""
        if name not in self._results:
            self._results[name] = Results(self.folder / "results" / name)
        return self._results[name]

    def keep_results(self, name: str, controlled: pl.DataFrame, selected: pl.DataFrame) -> None:
        """controlled: declaration_id, item_no, found, revenue. selected: declaration_id."""
        ids = self.facts.select("declaration_id", "item_no").with_row_index("row").collect()
        found = np.full(self.rows, UNKNOWN, np.int8)
        revenue = np.full(self.rows, np.nan)
        known = ids.join(controlled, on=["declaration_id", "item_no"]).sort("row")
        found[known["row"].to_numpy()] = known["found"].cast(pl.Int8).to_numpy()
        revenue[known["row"].to_numpy()] = known["revenue"].fill_null(float("nan")).to_numpy()
        was = np.zeros(self.rows, np.bool_)
        was[ids.join(selected, on="declaration_id", how="semi")["row"].to_numpy()] = True
        arrays = {"found": found, "revenue": revenue, "selected": was}
        write_arrays(self.folder / "results" / name, arrays)


def write_part(folder: Path, frames: Iterable[pl.DataFrame]) -> int:
    """Write a month's facts (columns KEEPING and those of the schema) into an empty folder; the
    number of rows."""
    days: list[Days] = []
    ids: list[Ids] = []
    for number, frame in enumerate(frames):
        frame.write_parquet(folder / f"facts-{number:05d}.parquet", compression="lz4")
        day = frame["declaration_date"].cast(pl.Date).to_physical()
        days.append(day.fill_null(0).cast(pl.Int32).to_numpy())
        ids.append(
            frame.select(hash64(pl.col("declaration_id")).fill_null(0)).to_series().to_numpy()
        )
    if not days:
        raise ValueError("a part needs a frame, be it empty")
    write_arrays(folder / "keys", {"day": np.concatenate(days), "declaration": np.concatenate(ids)})
    return sum(map(len, days))
