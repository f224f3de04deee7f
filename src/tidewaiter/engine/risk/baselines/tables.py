"""Sorted tables in memory: find rows by 64-bit key with one binary search, the same for 5 or 5 million."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from tidewaiter.engine.risk.baselines.keys import NO_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

Keys = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]
Figures = npt.NDArray[np.float64]


class KeyTable:
    """Figures under unique, sorted keys; those of a key stand side by side, so that finding them
    costs one reach into memory, not one a figure."""

    def __init__(self, keys: Keys, figures: Figures, names: Sequence[str]) -> None:
        self.keys, self.figures, self.names = keys, figures, tuple(names)
        self.place = {name: place for place, name in enumerate(names)}

    @classmethod
    def of(cls, frame: pl.DataFrame) -> KeyTable:
        """`frame` has a column `key`, sorted and unique; every other column is a figure, whole ones
        below 2^53."""
        names = [name for name in frame.columns if name != "key"]
        figures = frame.select(pl.col(names).cast(pl.Float64)).to_numpy(order="c")
        return cls(frame["key"].to_numpy(), np.ascontiguousarray(figures), names)

    @property
    def frame(self) -> pl.DataFrame:
        """One column a figure, for reading."""
        columns = {name: self.figures[:, place] for name, place in self.place.items()}
        return pl.DataFrame({"key": self.keys, **columns})

    def __len__(self) -> int:
        return len(self.keys)

    def near(self, keys: Keys) -> Rows:
        """Row where each key stands, if it stands anywhere; the table is not empty."""
        return np.minimum(self.keys.searchsorted(keys), len(self.keys) - 1)

    def find(self, keys: Keys) -> Rows:
        """Row of each key, -1 where it was never seen or is no key."""
        if not len(self.keys):
            return np.full(len(keys), -1, dtype=np.intp)
        rows = self.near(keys)
        rows[(self.keys[rows] != keys) | (keys == NO_KEY)] = -1
        return rows

    def column(self, name: str) -> Figures:
        """Of all keys."""
        figures: Figures = self.figures[:, self.place[name]]
        return figures


@dataclass(frozen=True, slots=True)
class PeerTable:
    """The distribution of log figures in each peer group of one level.

    groups: per key count, median, spread (robust standard deviation, NaN when there is none).
    bins: sorted by group and bin: `place` (group number * 2^16 + bin), `below` (items of the group
    in lower bins) and `count`.
    """

    groups: KeyTable
    bins: pl.DataFrame

    def percentile(self, rows: Rows, bins: npt.NDArray[np.int64]) -> Figures:
        """Share of the group below each figure, a tie counting half; NaN where there is no group."""
        share = np.full(len(rows), np.nan)
        ok = rows >= 0
        if not ok.any():
            return share
        place = self.bins["place"].to_numpy()
        below = self.bins["below"].to_numpy()
        count = self.bins["count"].to_numpy()
        wanted = rows[ok].astype(np.int64) * 65_536 + bins[ok]
        at = np.searchsorted(place, wanted)
        inside = at < len(place)
        safe = np.where(inside, at, 0)
        same_group = inside & ((place[safe] >> 16) == rows[ok])
        exact = same_group & (place[safe] == wanted)
        total = self.groups.column("count")[rows[ok]]
        lower = np.where(same_group, below[safe], total)
        share[ok] = (lower + 0.5 * np.where(exact, count[safe], 0)) / total
        return share
