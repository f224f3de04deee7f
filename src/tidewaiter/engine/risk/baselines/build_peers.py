"""What like goods cost and weigh: histograms of log figures per peer group, with back-off levels.

Counts and sums of a histogram add up, so that parts can be built apart and put together. A bin is
2 % wide; the mean of the logs inside a bin stands for it, so that a price repeated exactly is
recovered exactly.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engine.risk.baselines.keys import NO_KEY
from tidewaiter.engine.risk.baselines.tables import KeyTable, PeerTable
from tidewaiter.engine.risk.descriptions import DAYS

if TYPE_CHECKING:
    from tidewaiter.engine.risk.baselines.peers import Peers

BIN_WIDTH = 0.02
LOWEST = -24.0  # ln of the smallest figure that has its own bin
BINS = 2_400
LOG_UNIT = 1 << 20  # sums of logs are kept in 2^-20, whole numbers: exact in any order
MINIMUM_PEERS = 10
NORMAL_MAD = 1 / 0.6745  # MAD to standard deviation under a normal law
NORMAL_IQR = 1 / 1.349


def bin_of(log_figure: pl.Expr) -> pl.Expr:
    """Number of the bin of a natural logarithm; the ends take what lies beyond."""
    return ((log_figure - LOWEST) / BIN_WIDTH).floor().clip(0, BINS - 1).cast(pl.Int64)


def histogram(declarations: pl.LazyFrame, peers: Peers, as_of: date) -> pl.DataFrame:
    """Finest counts: one row per key of every level and bin: `count`, `total` (of logs, fixed point).

    declarations: `with_keys`.
    """
    log_figure = pl.col(peers.name).log()
    keys = [key.number().alias(f"k{level}") for level, key in enumerate(peers.keys)]
    return (
        declarations.filter(pl.col("declaration_date") >= as_of - timedelta(days=DAYS))
        .select(*keys, log_figure.alias("log"))
        .filter(pl.col("log").is_not_null())
        .with_columns(bin_of(pl.col("log")).alias("bin"))
        .group_by(*[f"k{level}" for level in range(len(peers.levels))], "bin")
        .agg(
            pl.len().cast(pl.Int64).alias("count"),
            (pl.col("log") * LOG_UNIT).round().cast(pl.Int64).sum().alias("total"),
        )
        .collect(engine="streaming")
    )


def level_table(finest: pl.DataFrame, level: int) -> PeerTable:
    """Roll the finest histogram up to one level and summarise each group."""
    bins = (
        finest.lazy()
        .filter(pl.col(f"k{level}") != NO_KEY)
        .group_by(pl.col(f"k{level}").alias("key"), "bin")
        .agg(pl.col("count").sum(), pl.col("total").sum())
        .with_columns((pl.col("total") / pl.col("count") / LOG_UNIT).alias("log"))
        .sort("key", "bin")
        .with_columns(
            (pl.col("count").cum_sum().over("key") - pl.col("count")).alias("below"),
            pl.col("count").sum().over("key").alias("size"),
        )
        .filter(pl.col("size") >= MINIMUM_PEERS)
        .collect()
    )
    summary = _summary(bins)
    numbered = summary.select("key").with_row_index("group")
    places = bins.join(numbered, on="key", how="inner", maintain_order="left").select(
        (pl.col("group").cast(pl.Int64) * 65_536 + pl.col("bin")).alias("place"), "below", "count"
    )
    return PeerTable(KeyTable.of(summary), places)


def _quantile(share: float) -> pl.Expr:
    """The log at which the cumulated count of a group passes a share of its size."""
    reached = (pl.col("below") + pl.col("count")) >= share * pl.col("size")
    return pl.col("log").filter(reached).first()


def _summary(bins: pl.DataFrame) -> pl.DataFrame:
    """Per group, by key: count, centre (median of the log), median (of the figure), spread of the
    log (NaN: no test)."""
    centre = bins.group_by("key", maintain_order=True).agg(
        pl.col("size").first().alias("count"),
        _quantile(0.5).alias("centre"),
        (_quantile(0.75) - _quantile(0.25)).alias("iqr"),
    )
    away = (
        bins.lazy()
        .join(centre.lazy().select("key", "centre"), on="key")
        .with_columns((pl.col("log") - pl.col("centre")).abs().alias("away"))
        .sort("key", "away", "bin")
        .with_columns(pl.col("count").cum_sum().over("key").alias("reached"))
        .filter(pl.col("reached") >= 0.5 * pl.col("size"))
        .group_by("key", maintain_order=True)
        .agg(pl.col("away").first().alias("mad"))
        .collect()
    )
    return (
        centre.join(away, on="key", how="left")
        .select(
            "key",
            "count",
            "centre",
            pl.col("centre").exp().alias("median"),
            pl.when(pl.col("mad") > 0)
            .then(pl.col("mad") * NORMAL_MAD)
            .when(pl.col("iqr") > 0)
            .then(pl.col("iqr") * NORMAL_IQR)
            .otherwise(math.nan)
            .alias("spread"),
        )
        .sort("key")
    )
