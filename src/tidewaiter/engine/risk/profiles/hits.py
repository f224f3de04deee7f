"""What a set of profiles found: a sparse table of record and profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import coo_array

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidewaiter.engine.risk.language.kernel import Found


Indices = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """Pairs of record (row of the frame) and profile (place in `codes`), by profile then row.

    `rows`/`profiles` are hits; `unknown_rows`/`unknown_profiles` are pairs that could not be
    judged because a fact is missing.
    """

    codes: tuple[str, ...]
    height: int
    rows: Indices
    profiles: Indices
    unknown_rows: Indices
    unknown_profiles: Indices

    @classmethod
    def of(cls, codes: tuple[str, ...], height: int, found: Sequence[Found]) -> Hits:
        rows, profiles = _pairs([f.hits for f in found])
        unknown_rows, unknown_profiles = _pairs([f.unknown for f in found])
        return cls(codes, height, rows, profiles, unknown_rows, unknown_profiles)

    def counts(self) -> dict[str, tuple[int, int]]:
        """Profile code → hits, not evaluable."""
        hits = np.bincount(self.profiles, minlength=len(self.codes))
        unknown = np.bincount(self.unknown_profiles, minlength=len(self.codes))
        return {c: (int(h), int(u)) for c, h, u in zip(self.codes, hits, unknown, strict=True)}

    def per_row(self) -> pl.DataFrame:
        """Two columns of code lists, `profiles` and `not_evaluable`, one row a record."""
        return pl.DataFrame(
            {
                "profiles": self._lists(self.rows, self.profiles),
                "not_evaluable": self._lists(self.unknown_rows, self.unknown_profiles),
            }
        )

    def _lists(self, rows: Indices, profiles: Indices) -> pl.Series:
        # Pairs are a sparse matrix: turning it from profiles to rows is a counting sort.
        shape = (self.height, max(len(self.codes), 1))
        marks = np.ones(len(rows), np.bool_)
        by_row = coo_array((marks, (rows, profiles)), shape=shape).tocsr()
        codes = pa.array(self.codes, pa.large_string()).take(pa.array(by_row.indices))
        offsets = pa.array(by_row.indptr, pa.int64())
        return pl.Series(pa.LargeListArray.from_arrays(offsets, codes), dtype=pl.List(pl.String))


def _pairs(found: Sequence[Indices]) -> tuple[Indices, Indices]:
    none = np.empty(0, np.int32)
    lengths = [len(rows) for rows in found]
    profiles = np.repeat(np.arange(len(found), dtype=np.int32), lengths) if found else none
    return np.concatenate([none, *found]), profiles
