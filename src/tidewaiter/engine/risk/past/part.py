"""One month of kept facts: as they are in Parquet files, encoded column by column when first read.

A part never changes: what is declared, amended or judged with other baselines later makes another
one. What was found and selected becomes known later, and is kept beside the facts under a name.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from tidewaiter.engine.records.lake import hash64
from tidewaiter.engine.risk.columns import THREADS
from tidewaiter.engine.risk.language.batch import Batch, Coded, Measured, encode
from tidewaiter.engine.risk.past.columns import (
    read_arrays,
    read_column,
    write_arrays,
    write_column,
)
from tidewaiter.engine.risk.schema import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from tidewaiter.engine.risk.language.batch import Rows
    from tidewaiter.engine.risk.language.schema import Schema

    Days = NDArray[np.int32]
    Ids = NDArray[np.int64]

KEEPING = ("key", "version", "baselines")
"""Which fact of the lake a row was made from, and with which baselines."""
UNKNOWN = -1
_COLUMNS = ThreadPoolExecutor(THREADS, thread_name_prefix="encode")


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
        self._packs: dict[str, dict[str, Rows]] = {}

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
        """The named columns, encoded; two at a time where that has to be done first."""
        wanted = list(names)
        columns = _COLUMNS.map(self.column, wanted)
        return Batch(self.rows, dict(zip(wanted, columns, strict=True)))

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
        """Facts of some rows (ascending), as they are; only files that hold some are read."""
        columns, first = list(names), 0
        frames: list[pl.DataFrame] = []
        for path in sorted(self.folder.glob("facts-*.parquet")):
            last = first + pq.read_metadata(path).num_rows
            here = rows[np.searchsorted(rows, first) : np.searchsorted(rows, last)] - first
            if len(here) or not frames:
                frames.append(pl.read_parquet(path, columns=columns)[here])
            first = last
        return pl.concat(frames)

    def kept_hits(self, names: Iterable[str]) -> dict[str, Rows]:
        """Rows hit, kept under these names before; names that nothing is kept under are left out."""
        known: dict[str, Rows] = {}
        for pack in sorted(self.folder.glob("hits/[!.]*")):
            if pack.name not in self._packs:
                self._packs[pack.name] = _pack(pack)
            known |= self._packs[pack.name]
        return {name: known[name] for name in names if name in known}

    def keep_hits(self, found: Mapping[str, Rows]) -> dict[str, Rows]:
        """Keep the rows hit, by name, in one file: many small ones take longer than the asking."""
        lengths = [len(rows) for rows in found.values()]
        arrays = {
            "rows": np.concatenate(list(found.values())),
            "ends": np.cumsum(lengths, dtype=np.int64),
        }
        name = hashlib.sha256(" ".join(found).encode()).hexdigest()[:32]
        write_arrays(self.folder / "hits" / name, arrays, values=pl.Series(list(found)))
        return dict(found)

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


def _pack(folder: Path) -> dict[str, Rows]:
    rows, ends = read_arrays(folder, "rows", "ends")
    names = pl.read_ipc(folder / "values.arrow").to_series().to_list()
    return dict(zip(names, np.split(rows, ends[:-1]), strict=True))


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
