"""Baselines of more rows than one machine reads: each task makes the additive parts of its rows with
the functions of one machine, Spark adds them up, and the sums are finished here."""

from __future__ import annotations

from datetime import date
from functools import cache, partial
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engine.records import DECLARATIONS, OUTCOMES
from tidewaiter.engine.risk.baselines import HISTORIES, PEERS, Baselines
from tidewaiter.engine.risk.baselines.keys import FIGURES, KEY_COLUMNS, MEASURED, PRICE, VALUE
from tidewaiter.engine.risk.baselines.labels import labelled
from tidewaiter.engine.risk.baselines.parts import Parts
from tidewaiter.engine.scale.cluster import chunks, frame_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa
    from pyspark.sql import DataFrame

    from tidewaiter.engine.scale.cluster import Cluster

CHUNK = 400_000
FIRST, LAST = "first_day", "last_day"  # the least and the greatest count; all others are summed
_KEYS = ("k0", "k1", "k2", "bin")
_TEXT = "description"
_OUTCOME = ("item_no", "found", "severity", "revenue", "known_on", "selection_probability")


def build(cluster: Cluster, as_of: date) -> Baselines:
    """`Baselines.build` of all that was declared, and known of controls, before a day."""
    from pyspark.sql import functions as f  # noqa: PLC0415  the client is optional

    rows = _past(cluster, as_of).join(_known(cluster, as_of), "declaration_id", "left")
    made = rows.mapInArrow(partial(_parts, as_of=as_of), _spark_schema())
    sums = [f.sum(name).alias(name) for name in _figures()]
    ends = (f.min(FIRST).alias(FIRST), f.max(LAST).alias(LAST))
    added = made.groupBy("kind", *_KEYS, _TEXT).agg(*sums, *ends)
    return Baselines.of(_unpacked(frame_of(added)), as_of)


def _past(cluster: Cluster, as_of: date) -> DataFrame:
    """Items as they were first declared: an amendment may have come after the day."""
    from pyspark.sql import functions as f  # noqa: PLC0415

    first = (f.col("version") == 1) & (f.col("function") != "cancellation")
    before = f.col("declaration_date") < f.lit(as_of)
    return cluster.facts(DECLARATIONS, until=as_of).filter(first & before).select(*_read())


@cache
def _read() -> tuple[str, ...]:
    """The declared columns that baselines are made of."""
    keys = {column for h in HISTORIES for column in (*h.key.columns, *h.means)}
    keys |= {column for p in PEERS for key in p.keys for column in key.columns}
    made = {**KEY_COLUMNS, **FIGURES, **MEASURED}
    figures = [VALUE, PRICE, *made.values()]
    names = keys | {name for figure in figures for name in figure.meta.root_names()}
    names |= {"declaration_id", "item_no", "declaration_date", _TEXT}
    return tuple(name for name in DECLARATIONS.schema if name in names)


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
        yield from _packed(Parts.of(past.lazy(), known, as_of)).to_arrow().to_batches()


def _packed(parts: Parts) -> pl.DataFrame:
    """All parts in one frame, so that one pass over the rows makes them."""
    overall = {"controls": parts.controls, "finds": parts.finds}
    frames = [pl.DataFrame({"kind": 0, **overall})]
    kinds = _kinds()
    for number, (what, name) in enumerate(kinds, start=1):
        frame = _part(parts, what, name).rename(_FIRST_KEY, strict=False)
        frames.append(frame.with_columns(kind=pl.lit(number, dtype=pl.Int64)))
    return pl.concat([_spread(frame) for frame in frames])


_FIRST_KEY = {"key": "k0", "heading": "k0"}


def _part(parts: Parts, what: str, name: str) -> pl.DataFrame:
    held = getattr(parts, what)
    part: pl.DataFrame = held[name] if name else held
    return part


def _spread(frame: pl.DataFrame) -> pl.DataFrame:
    text = pl.col(_TEXT) if _TEXT in frame.columns else pl.lit("")
    return frame.select(
        *[
            (pl.col(name) if name in frame.columns else pl.lit(0)).cast(pl.Int64).alias(name)
            for name in ("kind", *_KEYS, *_figures(), FIRST, LAST)
        ],
        text.cast(pl.String).alias(_TEXT),
    )


def _unpacked(added: pl.DataFrame) -> Parts:
    by_kind = {kind: part for (kind,), part in added.partition_by("kind", as_dict=True).items()}
    empty = _empty()
    found: dict[str, dict[str, pl.DataFrame]] = {}
    for number, (what, name) in enumerate(_kinds(), start=1):
        like = _part(empty, what, name)
        names = {k: name for name, k in _FIRST_KEY.items() if name in like.columns}
        part = by_kind.get(number, added.clear()).rename(names)
        found.setdefault(what, {})[name] = part.select(like.columns).cast(like.schema)
    overall = by_kind.get(0, added.clear())
    return Parts(
        found["traffic"], found["results"], found["histograms"],
        found["digits"][""], found["texts"][""],
        int(overall["controls"].sum()), int(overall["finds"].sum()),
    )  # fmt: skip


@cache
def _kinds() -> tuple[tuple[str, str], ...]:
    """What parts there are: the field of Parts, and the history or peers if there is one each;
    numbered from 1."""
    return (
        *(("traffic", h.name) for h in HISTORIES if h.traffic),
        *(("results", h.name) for h in HISTORIES if h.outcomes),
        *(("histograms", p.name) for p in PEERS),
        ("digits", ""),
        ("texts", ""),
    )


@cache
def _empty() -> Parts:
    """Parts of nothing: their columns and types."""
    none = DECLARATIONS.empty().lazy()
    known = labelled(none, OUTCOMES.empty().lazy())
    return Parts.of(none, known, date(1970, 1, 1))


@cache
def _figures() -> tuple[str, ...]:
    """Names of all figures that are summed, over all parts."""
    empty = _empty()
    frames = [_part(empty, what, name) for what, name in _kinds()]
    names = {name for frame in frames for name in frame.columns} | {"controls", "finds"}
    return tuple(sorted(names - {*_FIRST_KEY, *_KEYS, FIRST, LAST, _TEXT}))


def _spark_schema() -> str:
    whole = ("kind", *_KEYS, *_figures(), FIRST, LAST)
    return ", ".join([*(f"{name} bigint" for name in whole), f"{_TEXT} string"])
