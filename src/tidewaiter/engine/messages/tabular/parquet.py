"""Parquet files, a batch at a time; columns keep their types."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from tidewaiter.engine.messages.carriers import refuse
from tidewaiter.engine.messages.tabular.tables import LINE, Slab

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tidewaiter.engine.messages.carriers import Part
    from tidewaiter.engine.messages.results import Unreadable

BATCH_ROWS = 65_536
SAMPLE_ROWS = 200
MOST_ROWS = 2_000_000_000


class ParquetTable:
    """A Parquet file. Raises Unreadable when it is damaged or cut off."""

    def __init__(self, part: Part, file: Path | IO[bytes]) -> None:
        self._part, self._file = part, file
        opened = self._opened(file)
        self.header = list(opened.schema_arrow.names)
        try:
            first = next(opened.iter_batches(batch_size=SAMPLE_ROWS), None)
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from None
        frame = pl.DataFrame() if first is None else _frame(first)
        self.sample = [["" if c is None else str(c) for c in row] for row in frame.iter_rows()]
        self.place = "row {}"
        self.delimiter = ""

    def _opened(self, file: object) -> pq.ParquetFile:
        place = self._part.label or "file"
        try:
            # Without pre-buffering: it would keep every row group read until the file is closed.
            opened = pq.ParquetFile(file, pre_buffer=False, buffer_size=1 << 20)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._damaged(error) from None
        if opened.metadata.num_rows > MOST_ROWS:
            raise refuse("bomb", place, ratio=opened.metadata.num_rows, limit=MOST_ROWS)
        if len(set(opened.schema_arrow.names)) != len(opened.schema_arrow.names):
            raise refuse("parquet_damaged", place, reason="two columns bear the same name")
        return opened

    def _damaged(self, error: Exception) -> Unreadable:
        return refuse("parquet_damaged", self._part.label or "file", reason=str(error)[:300])

    def slabs(self, ignored: Sequence[str]) -> Iterator[Slab]:
        kept = [name for name in self.header if name not in ignored]
        opened = self._opened(self._file)
        rows = max(opened.metadata.num_rows, 1)
        path = self._part.path
        size = path.stat().st_size if path else self._part.position()
        row = 1
        try:
            for batch in opened.iter_batches(batch_size=BATCH_ROWS, columns=kept):
                frame = _frame(batch)
                lines = pl.Series(LINE, range(row, row + frame.height), dtype=pl.Int64)
                row += frame.height
                yield Slab(frame.with_columns(lines), position=int(size * (row - 1) / rows))
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from None


def _frame(batch: pa.RecordBatch) -> pl.DataFrame:
    frame = pl.from_arrow(batch)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  a record batch becomes a frame
    return frame.with_columns(pl.col(pl.Categorical, pl.Enum).cast(pl.String))
