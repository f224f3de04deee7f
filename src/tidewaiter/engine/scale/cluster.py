"""A Spark Connect server, and the streams of the lake as its data frames."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from pyspark.sql import DataFrame, SparkSession

    from tidewaiter.engine.records.lake import Lake
    from tidewaiter.engine.records.schema import Stream

# Which Spark type holds a column of the lake.
_TYPES: dict[pl.DataType, str] = {
    pl.String(): "string",
    pl.Int64(): "bigint",
    pl.Float64(): "double",
    pl.Boolean(): "boolean",
    pl.Date(): "date",
    pl.Datetime("us", "UTC"): "timestamp",
    pl.List(pl.String()): "array<string>",
}
PARTITION = "month"
USUAL_PORT = 15002
RETRIES = 6  # about a minute, ever longer apart; usually it takes ten to say that a server is gone


class ClusterUnavailable(Exception):
    """The cluster cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """`lake` is read by address: what its files are called here, the executors call them, too."""

    spark: SparkSession
    lake: Lake

    @classmethod
    def connect(cls, address: str, lake: Lake) -> Cluster:
        """A session on the server at an address like sc://host:15002. Raises ClusterUnavailable."""
        try:
            # Only who scales out needs it.
            from pyspark.sql import SparkSession  # noqa: PLC0415
            from pyspark.sql.connect.client.retries import DefaultPolicy  # noqa: PLC0415
        except ImportError as error:
            raise ClusterUnavailable(
                "the Spark client is not installed: pip install 'tidewaiter[scale]'"
            ) from error
        try:
            _knock(address)
        except (OSError, ValueError) as error:
            raise ClusterUnavailable(
                f"no Spark Connect server answers at {address}: {error}"
            ) from error
        spark = SparkSession.builder.remote(address).create()
        spark.client.set_retry_policies([DefaultPolicy(max_retries=RETRIES)])
        spark.conf.set("spark.sql.session.timeZone", "UTC")
        return cls(spark, lake)

    def facts(
        self, stream: Stream, since: date | None = None, until: date | None = None
    ) -> DataFrame:
        """Facts and marks of the days, both included, as of now: all columns but the month.

        The log of the table is read here, so that every executor reads the same version of it, and
        no server needs a connector for Delta tables.
        """
        from pyspark.sql import functions as f  # noqa: PLC0415  the client is optional

        files = self.lake.files(
            stream, *(None if day is None else day.strftime("%Y-%m") for day in (since, until))
        )
        if not files:
            return self.spark.createDataFrame([], _schema(stream))
        found = self.spark.read.option("mergeSchema", "true").parquet(*files)
        rows = found.select(
            *(
                f.col(name)
                if name in found.columns
                else f.lit(None).cast(_TYPES[dtype]).alias(name)
                for name, dtype in stream.schema.items()
                if name != PARTITION
            )
        )
        day = f.col("declaration_date")
        if since is not None:
            rows = rows.filter(day >= f.lit(since))
        return rows if until is None else rows.filter(day <= f.lit(until))

    def current(
        self, stream: Stream, since: date | None = None, until: date | None = None
    ) -> DataFrame:
        """The latest fact about each thing; see `Lake.current`."""
        from pyspark.sql import functions as f  # noqa: PLC0415

        facts = self.facts(stream, since, until)
        version = f.col("version")
        superseding = facts.filter((version > 1) | (version < 0))
        latest = superseding.groupBy("key").agg(f.max(f.abs(version)).alias("latest"))
        joined = facts.join(latest, "key", "left")
        return joined.filter(f.col("latest").isNull() | (version == f.col("latest"))).drop("latest")

    def interrupt(self) -> None:
        """Ask the server to drop what it does for us; where it cannot, it ends by itself."""
        with suppress(Exception):  # a courtesy, while another error is on its way
            self.spark.interruptAll()

    def close(self) -> None:
        self.spark.stop()


def _knock(address: str) -> None:
    """Raises OSError at once where nothing answers: the client itself goes on trying for minutes."""
    place = urlsplit(address)
    if place.scheme != "sc" or not place.hostname:
        raise ValueError("an address looks like sc://host:15002")
    socket.create_connection((place.hostname, place.port or USUAL_PORT), timeout=10).close()


@cache
def _schema(stream: Stream) -> str:
    return ", ".join(
        f"`{name}` {_TYPES[dtype]}" for name, dtype in stream.schema.items() if name != PARTITION
    )


def frame_of(rows: DataFrame) -> pl.DataFrame:
    """A small result as a Polars frame."""
    table: Any = rows.toArrow()
    return pl.DataFrame(pl.from_arrow(table))


def chunks(batches: Iterable[Any], rows: int) -> Iterable[pl.DataFrame]:
    """Arrow record batches as frames of about as many rows."""
    held: list[Any] = []
    count = 0
    for batch in batches:
        held.append(batch)
        count += batch.num_rows
        if count >= rows:
            yield _joined(held)
            held, count = [], 0
    if count:
        yield _joined(held)


def _joined(batches: list[Any]) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(batches))
