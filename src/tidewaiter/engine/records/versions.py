"""Which facts are new, which are said again, and which supersede what was known.

Pure functions over frames; the lake supplies what is known, the journal what comes in.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import polars_hash  # noqa: F401  registers the `nchash` namespace on expressions

from tidewaiter.engine.records.lake import SEPARATOR, record_key
from tidewaiter.engine.records.streams import DECLARATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidewaiter.engine.records.schema import Stream

INDEX = ("key", "version", "content", "declaration_date")
UNKNOWN_MONTH = "unknown"
REPLACEMENT = "replacement"  # UN 1225, code 5; kept as the amendments that it comes to
_IDENTITY = ("declaration_id", "item_no", "function")


def content_hash(rows: pl.DataFrame) -> pl.Series:
    """64-bit hash of everything each item says: the wrapping sum of one hash a field.

    A field that is missing adds nothing, so that columns nobody fills cost nothing and a later
    release may add fields without changing the hashes of what is already in the lake.
    """
    total = np.zeros(rows.height, dtype=np.uint64)
    for field in DECLARATIONS.fields:
        column = rows[field.name]
        if field.name == "function":  # an amendment that says what is known says nothing new
            column = column.set(column != "cancellation", None)
        if column.null_count() == rows.height:
            continue
        total += _field_hash(field.name, column)
    return pl.Series("content", total.view(np.int64))


def _field_hash(name: str, column: pl.Series) -> np.ndarray[Any, np.dtype[np.uint64]]:
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    if column.dtype == pl.Float64:
        bits = column.fill_null(0.0).to_numpy().view(np.uint64)
        hashed = _mixed(bits, seed)
    else:
        text = column.list.join(SEPARATOR) if column.dtype == pl.List else column.cast(pl.String)
        of_text: pl.Expr = pl.col("text").nchash.xxhash64(seed=seed)  # type: ignore[attr-defined]
        hashed = pl.DataFrame({"text": text}).select(of_text.fill_null(0)).to_series().to_numpy()
    missing = column.is_null().to_numpy()
    return np.where(missing, np.uint64(0), hashed)


def _mixed(
    bits: np.ndarray[Any, np.dtype[np.uint64]], seed: int
) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """The finalizer of SplitMix64 (Steele, Lea, Flood 2014), a bijection that spreads all bits."""
    with np.errstate(over="ignore"):
        mixed = bits + np.uint64(0x9E3779B97F4A7C15) * np.uint64(seed | 1)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def identified(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with `key` and `content`."""
    return rows.with_columns(content_hash(rows), key=record_key(*DECLARATIONS.natural_key))


def month_of(day: str) -> pl.Expr:
    """The partition of rows whose day is in the column named."""
    return pl.col(day).dt.strftime("%Y-%m").fill_null(UNKNOWN_MONTH)


def left_behind(stream: Stream, rows: pl.DataFrame) -> pl.DataFrame:
    """Marks in the days that things left when a later fact gave them another day.

    rows: key, declaration_date, version of the later facts, `left`: the day of the ones before. A
    mark has the negative version and the day left, so that who reads only the days of before
    learns that what is there is not in force.
    """
    moved = rows.filter(
        pl.col("left").ne_missing(pl.col("declaration_date")) & (pl.col("version") > 1)
    )
    return stream.conform(
        moved.select(
            "key", version=-pl.col("version"), declaration_date="left", month=month_of("left")
        )
    )


class Known:
    """The latest version and content of every item known, growing as a file is read."""

    def __init__(self, look_up: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
        """`look_up`: facts in force (INDEX) for a frame with a `key` column."""
        self._look_up = look_up
        self._own: list[pl.DataFrame] = []

    @classmethod
    def all(cls, current: pl.DataFrame) -> Known:
        """From all facts in force, held in memory: 28 bytes an item."""
        index = current.select(INDEX)
        return cls(lambda keys: index.join(keys, on="key", how="semi"))

    def of(self, keys: pl.DataFrame) -> pl.DataFrame:
        """The entries for a frame with a `key` column; of several, the latest."""
        found = [self._look_up(keys).select(*INDEX, own=pl.lit(value=False))]
        found += [part.join(keys, on="key", how="semi") for part in self._own]
        return pl.concat(found).sort("version", "own").unique("key", keep="last")

    def add(self, rows: pl.DataFrame) -> None:
        """What the file at hand said: later rows of it must not contradict this."""
        self._own.append(rows.select(*INDEX, own=pl.lit(value=True)))
        if len(self._own) > 16:
            self._own = [pl.concat(self._own)]


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a chunk of rows. `left`: marks for the lake, see `left_behind`."""

    accepted: pl.DataFrame
    left: pl.DataFrame
    duplicates: int
    superseding: int
    conflicts: pl.DataFrame


def settle(rows: pl.DataFrame, known: Known) -> Settled:
    """Sort rows (see `identified`) into new, said again, superseding and contradictory.

    A row that says what is known already is a duplicate. A row that says something else supersedes
    what an earlier message said; but two rows of one file that contradict each other, neither
    marked as an amendment, are a conflict: nobody can tell which is meant.
    """
    rows = rows.with_row_index("_order")
    entries = known.of(rows.select("key")).rename(
        {"version": "_was", "content": "_said", "declaration_date": "left"}
    )
    rows = rows.join(entries, on="key", how="left", maintain_order="left")
    marked = pl.col("function").fill_null("original") != "original"
    if rows["key"].is_duplicated().any():
        rows = _in_turn(rows, marked)
    else:
        rows = rows.with_columns(_nth=pl.lit(0, dtype=pl.Int64))
    rows = rows.with_columns(_again=(pl.col("content") == pl.col("_said")).fill_null(value=False))
    clash = (
        ~pl.col("_again") & ~marked & ((pl.col("_nth") > 0) | pl.col("own").fill_null(value=False))
    )
    rows = rows.with_columns(_clash=clash)
    rows = rows.with_columns(
        version=pl.col("_was").fill_null(0)
        + pl.when("_again").then(0).otherwise(1 + pl.col("_nth"))
    )
    accepted = rows.filter(~pl.col("_again") & ~pl.col("_clash"))
    conflicts = rows.filter(pl.col("_clash"))
    known.add(rows.filter(~pl.col("_clash") & ((pl.col("_nth") == 0) | ~pl.col("_again"))))
    return Settled(
        accepted=accepted.drop("left"),
        left=left_behind(DECLARATIONS, accepted),
        duplicates=int(rows["_again"].sum()),
        superseding=int((accepted["version"] > 1).sum()),
        conflicts=conflicts,
    )


def _in_turn(rows: pl.DataFrame, marked: pl.Expr) -> pl.DataFrame:
    """Rows of which several are about one thing: `_nth` of them, what was said before (`_said`,
    `left`). An amendment follows the one before it; other rows must repeat the first."""
    nth = pl.int_range(pl.len(), dtype=pl.Int64).over("key", order_by="_order")
    content_before, day_before = (
        pl.when(marked).then(said.shift(1)).otherwise(said.first()).over("key", order_by="_order")
        for said in (pl.col("content"), pl.col("declaration_date"))
    )
    return rows.with_columns(_nth=nth).with_columns(
        _said=pl.when(pl.col("_nth") > 0).then(content_before).otherwise("_said"),
        left=pl.when(pl.col("_nth") > 0).then(day_before).otherwise("left"),
    )


def is_change() -> pl.Expr:
    """Rows that say how a declaration changes, and need what it said before."""
    return pl.col("function").is_in(["amendment", REPLACEMENT, "cancellation"])


def applied(changes: pl.DataFrame, current: pl.DataFrame) -> pl.DataFrame:
    """Amendments, replacements and cancellations as whole items, on top of what is in force.

    changes: rows of these functions, in the order they came. An amendment keeps what it does not
    mention; one without items (item 0) is about the header of every item; a cancellation is about
    every item. A replacement is an amendment that keeps nothing but the day, and cancels the items
    that it does not have. A change of something unknown stands by itself.
    current: the items in force of the declarations named.
    """
    order = ["declaration_id", "item_no"]
    changes = changes.with_columns(pl.int_range(pl.len()).over(order).alias("_round"))
    done = []
    for _, group in sorted(changes.partition_by("_round", as_dict=True).items()):
        whole = _one_round(group.drop("_round"), current)
        done.append(whole)
        untouched = current.join(whole, on=order, how="anti")
        current = pl.concat([untouched, whole.select(current.columns)])
    if not done:
        return changes.drop("_round")
    whole = pl.concat([*done, _dropped(changes, current)], how="diagonal")
    as_kept = pl.col("function").replace({REPLACEMENT: "amendment"})
    return whole.with_columns(as_kept)


def _dropped(changes: pl.DataFrame, current: pl.DataFrame) -> pl.DataFrame:
    """Items in force that the replacements of their declarations do not have, cancelled."""
    replaced = changes.filter((pl.col("function") == REPLACEMENT) & (pl.col("item_no") > 0))
    places = replaced.select("declaration_id", "place").unique("declaration_id", keep="last")
    return (
        current.filter(pl.col("function").ne_missing("cancellation"))
        .join(replaced, on=["declaration_id", "item_no"], how="anti")
        .join(places, on="declaration_id", how="inner")
        .with_columns(function=pl.lit("cancellation"))
    )


def _one_round(changes: pl.DataFrame, current: pl.DataFrame) -> pl.DataFrame:
    about_all = (pl.col("item_no") == 0) | (pl.col("function") == "cancellation")
    broad, narrow = changes.filter(about_all), changes.filter(~about_all)
    items = current.select("declaration_id", pl.col("item_no").alias("_item"))
    spread = (
        broad.unique("declaration_id", keep="last", maintain_order=True)
        .join(items, on="declaration_id", how="left", maintain_order="left")
        .with_columns(item_no=pl.coalesce("_item", "item_no"))
        .drop("_item")
    )
    rows = pl.concat([narrow, spread]).unique(
        ["declaration_id", "item_no"], keep="last", maintain_order=True
    )
    before = current.select(DECLARATIONS.incoming.names())
    merged = rows.join(
        before,
        on=["declaration_id", "item_no"],
        how="left",
        suffix="_before",
        maintain_order="left",
    )
    kept = [name for name in DECLARATIONS.incoming.names() if name not in _IDENTITY]
    keeps = pl.col("function") != REPLACEMENT
    told = merged.with_columns(
        pl.when(keeps).then(pl.coalesce(name, f"{name}_before")).otherwise(name).alias(name)
        for name in kept
    )
    # The day is the declaration's: an item that is new has that of the others.
    days = current.group_by("declaration_id").agg(
        _day=pl.col("declaration_date").drop_nulls().last()
    )
    return (
        told.join(days, on="declaration_id", how="left", maintain_order="left")
        .with_columns(pl.coalesce("declaration_date", "declaration_date_before", "_day"))
        .select(rows.columns)
    )
