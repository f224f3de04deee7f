"""Assessing the items of many days: Spark finds and hands out the rows, its executors run the
kernel of one machine on them and write files of the lake, and tell which.

Files count only once the caller commits them (`Lake.add`): a task that Spark runs twice, or gives
up, leaves files that no commit names and vacuuming removes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from deltalake.transaction import AddAction

from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS
from tidewaiter.engine.records.filing import PARTITION, Filing
from tidewaiter.engine.records.versions import left_behind, month_of
from tidewaiter.engine.risk.pins import assessed_rows
from tidewaiter.engine.scale.cluster import chunks, frame_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

    import polars as pl
    from pyspark.sql import DataFrame

    from tidewaiter.engine.scale.cluster import Cluster
    from tidewaiter.engine.scale.shipping import Shipped

CHUNK = 100_000
_FILED = pa.schema(
    [
        ("path", pa.string()),
        ("size", pa.int64()),
        ("month", pa.string()),
        ("modified", pa.int64()),
        ("stats", pa.string()),
        ("items", pa.int64()),
    ]
)
_FILED_IN_SPARK = (
    "path string, size bigint, month string, modified bigint, stats string, items bigint"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which items: the days, both included (None: open), of which offices (None: all). `again`:
    those assessed with other pins, too."""

    since: date | None
    until: date | None
    offices: frozenset[str] | None
    again: bool


@dataclass(frozen=True, slots=True)
class Filed:
    """A file that an executor has written, and how many assessed items it accounts for."""

    action: AddAction
    items: int


def due_days(cluster: Cluster, asked: Asked) -> pl.DataFrame:
    """The days (`day`) that have items to assess, and how many (`items`), in order."""
    rows = _declared(cluster, asked) if asked.again else _todo(cluster, asked, None)
    found = frame_of(rows.groupBy("declaration_date").count())
    return found.rename({"declaration_date": "day", "count": "items"}).drop_nulls("day").sort("day")


def assess_span(cluster: Cluster, asked: Asked, shipped: Shipped, at: datetime) -> Iterator[Filed]:
    """Assess what the days need, all with the same pins; files as they are finished."""
    todo = _todo(cluster, asked, shipped.digest if asked.again else None)
    root = str(cluster.lake.path(ASSESSMENTS))
    filed = todo.mapInArrow(partial(_assess, shipped=shipped, root=root, at=at), _FILED_IN_SPARK)
    for row in filed.toLocalIterator():
        action = AddAction(
            path=row.path, size=row.size, partition_values={PARTITION: row.month},
            modification_time=row.modified, data_change=True, stats=row.stats,
        )  # fmt: skip
        yield Filed(action, row.items)


def _assess(
    batches: Iterable[pa.RecordBatch], *, shipped: Shipped, root: str, at: datetime
) -> Iterator[pa.RecordBatch]:
    """On an executor: assess the rows of one task and write them; one row a file written."""
    filing = Filing(Path(root), ASSESSMENTS.empty().to_arrow().schema)
    items = 0
    try:
        for rows in chunks(batches, CHUNK):
            pins = shipped.open()
            dated = rows.with_columns(month=month_of("declaration_date"))
            assessed = assessed_rows(dated, pins, at)
            marks = left_behind(ASSESSMENTS, assessed.with_columns(dated["left"]))
            for frame in (assessed, marks):
                for batch in ASSESSMENTS.conform(frame).to_arrow().to_batches():
                    filing.add(batch)
            items += rows.height
        files = filing.close()
    except BaseException:
        filing.discard()
        raise
    yield _told(files, items)


def _told(files: list[Any], items: int) -> pa.RecordBatch:
    """The items of a task are told with its first file."""
    rows = [
        {
            "path": file.path,
            "size": file.size,
            "month": file.partition_values[PARTITION],
            "modified": file.modification_time,
            "stats": file.stats,
            "items": items if number == 0 else 0,
        }
        for number, file in enumerate(files)
    ]
    return pa.RecordBatch.from_pylist(rows, schema=_FILED)


def _declared(cluster: Cluster, asked: Asked) -> DataFrame:
    from pyspark.sql import functions as f  # noqa: PLC0415  the client is optional

    rows = cluster.current(DECLARATIONS, asked.since, asked.until)
    rows = rows.filter(f.col("function") != "cancellation")
    return rows if asked.offices is None else rows.filter(f.col("office").isin(*asked.offices))


def _todo(cluster: Cluster, asked: Asked, digest: str | None) -> DataFrame:
    """Items that need an assessment, with version and day of the one they have (`was`, `left`).

    digest: those assessed with other pins count as in need, too; None leaves them alone.
    """
    from pyspark.sql import functions as f  # noqa: PLC0415

    rows = _declared(cluster, asked)
    have = _have(cluster.current(ASSESSMENTS, asked.since, asked.until))
    if asked.since is not None or asked.until is not None:
        amended = rows.filter(f.col("version") > 1).select("key")
        strangers = amended.join(have, "key", "left_anti")  # assessed under another day, perhaps
        elsewhere = _have(cluster.current(ASSESSMENTS)).join(strangers, "key", "left_semi")
        have = have.unionByName(elsewhere)
    stale = f.col("declaration_version").isNull() | (
        f.col("declaration_version") < f.col("version")
    )
    if digest is not None:
        stale |= f.col("run_id") != f.lit(digest)
    joined = rows.join(have, "key", "left").filter(stale)
    was = f.coalesce(f.col("was"), f.lit(0).cast("bigint"))
    return joined.withColumn("was", was).drop("declaration_version", "run_id")


def _have(assessments: DataFrame) -> DataFrame:
    from pyspark.sql import functions as f  # noqa: PLC0415

    return assessments.select(
        "key", "declaration_version", "run_id",
        f.col("version").alias("was"), f.col("declaration_date").alias("left"),
    )  # fmt: skip
