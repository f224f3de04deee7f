"""Record batches into the Parquet files of a Delta table, by month.

Only a row group is in memory at a time. The Delta library's own writer takes a commit of millions
of rows into memory whole, so it is handed finished files to commit.
"""

from __future__ import annotations

import math
import time
import uuid
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake.transaction import AddAction, RemoveAction

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PARTITION = "month"
NO_PARTITION = "__HIVE_DEFAULT_PARTITION__"
ROW_GROUP_ROWS = 65_536
FILE_ROWS = 1_000_000
COLUMNS_WITH_STATISTICS = 32  # the first ones, as the Delta protocol has it
LONGEST_TEXT = 64  # in statistics: longer ones are descriptions, which nothing skips by


class Filing:
    """Files under `root`, not yet part of the table."""

    def __init__(self, root: Path, schema: pa.Schema) -> None:
        """schema: of the batches, PARTITION among its columns."""
        self._root = root
        self._schema = schema.remove(schema.get_field_index(PARTITION))
        self._open: dict[str | None, _File] = {}
        self._files: list[_File] = []

    def add(self, batch: pa.RecordBatch) -> None:
        months = batch.column(PARTITION)
        rest = batch.select(self._schema.names)
        present = pc.unique(months).to_pylist()
        if len(present) == 1:
            self._file(present[0]).write(rest)
            return
        for month in present:
            here = pc.is_null(months) if month is None else pc.equal(months, month)
            self._file(month).write(rest.filter(here))

    def close(self) -> list[AddAction | RemoveAction]:
        """Finish all files; what the table has to add."""
        for file in self._files:
            file.close()
        return [file.action() for file in self._files]

    def discard(self) -> None:
        """Remove all files: the commit will not be."""
        for file in self._files:
            file.close()
            file.path.unlink(missing_ok=True)

    def _file(self, month: str | None) -> _File:
        file = self._open.get(month)
        if file is None or file.rows >= FILE_ROWS:
            file = self._open[month] = _File(self._root, month, self._schema)
            self._files.append(file)
        return file


class _File:
    def __init__(self, root: Path, month: str | None, schema: pa.Schema) -> None:
        self.month, self.rows = month, 0
        folder = root / f"{PARTITION}={NO_PARTITION if month is None else month}"
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{uuid.uuid4()}.zstd.parquet"
        self._schema = schema
        self._done: list[pq.FileMetaData] = []
        self._writer = pq.ParquetWriter(
            self.path, schema, compression="zstd", compression_level=1,
            metadata_collector=self._done,
        )  # fmt: skip

    def write(self, batch: pa.RecordBatch) -> None:
        self._writer.write_batch(batch, row_group_size=ROW_GROUP_ROWS)
        self.rows += batch.num_rows

    def close(self) -> None:
        self._writer.close()

    def action(self) -> AddAction:
        return AddAction(
            path=f"{self.path.parent.name}/{self.path.name}",
            size=self.path.stat().st_size,
            partition_values={PARTITION: self.month},
            modification_time=int(time.time() * 1000),
            data_change=True,
            stats=orjson.dumps(_statistics(self._done[0], self._schema)).decode(),
        )


def _statistics(file: pq.FileMetaData, schema: pa.Schema) -> dict[str, Any]:
    """What the Delta protocol says of a file: rows, and least, greatest and missing by column."""
    flat = {file.schema.column(number).path: number for number in range(file.num_columns)}
    told: dict[str, Any] = {
        "numRecords": file.num_rows, "minValues": {}, "maxValues": {}, "nullCount": {},
    }  # fmt: skip
    for name in schema.names[:COLUMNS_WITH_STATISTICS]:
        if name not in flat:
            continue  # a list: its elements say nothing about rows
        groups = [
            file.row_group(number).column(flat[name]).statistics
            for number in range(file.num_row_groups)
        ]
        if any(group is None for group in groups):
            continue
        told["nullCount"][name] = sum(group.null_count for group in groups)
        ends = [group for group in groups if group.has_min_max]
        if len(ends) == len([g for g in groups if g.num_values]):
            _tell(told["minValues"], name, min, (group.min for group in ends))
            _tell(told["maxValues"], name, max, (group.max for group in ends))
    return told


def _tell(told: dict[str, Any], name: str, end: Any, values: Iterable[Any]) -> None:
    """Keep the least or greatest value in the form of the protocol, if it has one."""
    value = end(values, default=None)
    if isinstance(value, datetime):
        told[name] = value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    elif isinstance(value, date):
        told[name] = value.isoformat()
    elif isinstance(value, str):
        if len(value) <= LONGEST_TEXT:
            told[name] = value
    elif isinstance(value, float):
        if math.isfinite(value):
            told[name] = value
    elif isinstance(value, int) and not isinstance(value, bool):
        told[name] = value
