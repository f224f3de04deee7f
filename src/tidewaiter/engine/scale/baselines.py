"""Baselines of more rows than one machine reads: each task makes the additive parts of its rows with
the functions of one machine, Spark adds them up, and the sums are finished here."""

from __future__ import annotations

from functools import cache, partial
from itertools import zip_longest
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engine.records import DECLARATIONS, OUTCOMES
from tidewaiter.engine.risk.baselines import Baselines
from tidewaiter.engine.risk.baselines.adding import FIRST, KEYS, LAST
from tidewaiter.engine.risk.baselines.labels import labelled
from tidewaiter.engine.risk.baselines.parts import READ, Parts, nothing
from tidewaiter.engine.scale.cluster import chunks, frame_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    import pyarrow as pa
    from pyspark.sql import DataFrame

    from tidewaiter.engine.scale.cluster import Cluster

CHUNK = 400_000
ROWS_AT_ONCE = 8_192  # handed over at once: Spark holds each such batch outside its heap
_OUTCOME = ("item_no", "found", "severity", "revenue", "known_on", "selection_probability")


def build(cluster: Cluster, as_of: date) -> Baselines:
    """`Baselines.build` of all that was declared, and known of controls, before a day."""
    from pyspark.sql import functions as f  # noqa: PLC0415  the client is optional

    rows = _past(cluster, as_of).join(_known(cluster, as_of), "declaration_id", "left")
    made = rows.mapInArrow(partial(_parts, as_of=as_of), _spark_schema())
    sums = [f.sum(name).alias(name) for name in _places()]
    ends = (f.min(FIRST).alias(FIRST), f.max(LAST).alias(LAST))
    rows = made.groupBy("kind", *KEYS).agg(*sums, *ends)
    return Baselines.of(_unpacked(frame_of(rows)), as_of)


def _past(cluster: Cluster, as_of: date) -> DataFrame:
    """Items as they were first declared: an amendment may have come after the day."""
    from pyspark.sql import functions as f  # noqa: PLC0415

    first = (f.col("version") == 1) & (f.col("function") != "cancellation")
    before = f.col("declaration_date") < f.lit(as_of)
    return cluster.facts(DECLARATIONS, until=as_of).filter(first & before).select(*READ)


def _results(cluster: Cluster, as_of: date) -> DataFrame:
    from pyspark.sql import functions as f  # noqa: PLC0415

    return cluster.facts(OUTCOMES).filter(
        (f.col("version") > 0) & (f.col("known_on") < f.lit(as_of))
    )


def _known(cluster: Cluster, as_of: date) -> DataFrame:
    """declaration_id, results: all results of a declaration, so that they travel with its items."""
    from pyspark.sql import functions as f  # noqa: PLC0415

    results = f.collect_list(f.struct(*_OUTCOME)).alias("results")
    return _results(cluster, as_of).groupBy("declaration_id").agg(results)


def _parts(batches: Iterable[pa.RecordBatch], *, as_of: date) -> Iterator[pa.RecordBatch]:
    """On an executor: the parts of each chunk of rows, one row a kind of part and key."""
    for rows in chunks(batches, CHUNK):
        past = rows.drop("results")
        told = rows.select("declaration_id", "results").drop_nulls().unique("declaration_id")
        outcomes = OUTCOMES.conform(told.explode("results").unnest("results"))
        known = labelled(past.lazy(), outcomes.lazy(), known_before=as_of)
        packed = _packed(Parts.of(past.lazy(), known, as_of)).to_arrow()
        yield from packed.to_batches(max_chunksize=ROWS_AT_ONCE)


def _packed(parts: Parts) -> pl.DataFrame:
    """All tables in one frame, so that one pass over the rows makes them. Figures stand by their
    place in their table: a column for each name would be empty in most rows."""
    return pl.concat(
        frame.select(
            pl.lit(kind, dtype=pl.Int64).alias("kind"),
            *(_or_zero(frame, name, name) for name in KEYS),
            *(
                _or_zero(frame, *pair)
                for pair in zip_longest(_figures(frame), _places(), fillvalue="")
            ),
            *(_or_zero(frame, name, name) for name in (FIRST, LAST)),
        )
        for kind, frame in enumerate(parts.tables[name] for name in nothing().tables)
    )


def _or_zero(frame: pl.DataFrame, name: str, called: str) -> pl.Expr:
    column = pl.col(name) if name in frame.columns else pl.lit(0, dtype=pl.Int64)
    return column.alias(called)


def _unpacked(rows: pl.DataFrame) -> Parts:
    by_kind = {kind: part for (kind,), part in rows.partition_by("kind", as_dict=True).items()}
    return Parts(
        {
            name: _named(by_kind.get(kind, rows.clear()), like)
            for kind, (name, like) in enumerate(nothing().tables.items())
        }
    )


def _named(rows: pl.DataFrame, like: pl.DataFrame) -> pl.DataFrame:
    """The rows of one table, with the names and types of an empty one."""
    figures = zip(_places(), _figures(like), strict=False)
    return rows.rename(dict(figures)).select(like.columns).cast(like.schema)


def _figures(table: pl.DataFrame) -> list[str]:
    """Names of the figures that are summed, in order."""
    return sorted({*table.columns} - {*KEYS, FIRST, LAST})


@cache
def _places() -> tuple[str, ...]:
    """As many as the widest table has figures."""
    return tuple(
        f"figure_{n}" for n in range(max(map(len, map(_figures, nothing().tables.values()))))
    )


def _spark_schema() -> str:
    return ", ".join(f"{name} bigint" for name in ("kind", *KEYS, *_places(), FIRST, LAST))
