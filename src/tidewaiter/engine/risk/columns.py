"""Computing columns: of many rows with all cores, of a handful in this thread.

The figures are the same. For a handful, handing each expression to another thread costs more than
the expression, most of all on a server whose cores are busy; and so does every column of a wide
frame that is only carried along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HANDFUL = 512
# What a process may use at a time: POLARS_MAX_THREADS tells all that compute here (a worker of a
# cluster shares its machine with others).
THREADS = min(2, pl.thread_pool_size())

Floats = npt.NDArray[np.float64]


def select(frame: pl.DataFrame, expressions: Iterable[pl.Expr]) -> pl.DataFrame:
    """`frame.select`."""
    few = frame.height <= HANDFUL
    return frame.select_seq(expressions) if few else frame.select(expressions)


class Computed:
    """Columns computed from a frame's others; which of them they read is worked out once."""

    def __init__(self, expressions: Iterable[pl.Expr]) -> None:
        """Each expression reads a column at least."""
        self._expressions = [*expressions]
        roots = [name for each in self._expressions for name in each.meta.root_names()]
        self._reads = [*dict.fromkeys(roots)]

    def of(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The computed columns alone, rows as in `frame`."""
        return select(frame[self._reads], self._expressions)


def to_matrix(frame: pl.DataFrame) -> Floats:
    """Rows × columns, all of one type; missing as NaN."""
    if not 0 < frame.height <= HANDFUL:
        return frame.cast(pl.Float64).to_numpy()
    flat = pl.concat(frame.get_columns()).cast(pl.Float64).to_numpy()
    return flat.reshape(frame.width, frame.height).T


def from_matrix(
    figures: Floats,
    names: Sequence[str],
    dtype: pl.DataType | None = None,
    places: Sequence[int] | None = None,
) -> pl.DataFrame:
    """The columns of a matrix, of one type; NaN is missing. places: of the columns named, in order;
    all by default.

    A handful of rows is made row by row and then turned: several times cheaper than one a column.
    """
    dtype = dtype or pl.Float64()
    if not 0 < len(figures) <= HANDFUL:
        numbers = range(len(names)) if places is None else places
        columns = (pl.Series(figures[:, n], nan_to_null=True).cast(dtype) for n in numbers)
        return pl.DataFrame(dict(zip(names, columns, strict=True)))
    few = figures if places is None else figures[:, places]
    rows = [pl.Series(row, nan_to_null=True).cast(dtype) for row in few]
    return pl.DataFrame(rows).transpose(column_names=names)
