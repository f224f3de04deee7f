"""Baseline facts of many rows or few: keys, found rows, figures, in one matrix.

One code path for every size of batch; the matrix is filled column by column, so that a figure
depends on its own row alone.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from tidewaiter.engine.risk.baselines.build_histories import WEIGHT_ONE
from tidewaiter.engine.risk.baselines.build_peers import bin_of
from tidewaiter.engine.risk.baselines.keys import HISTORIES, NO_KEY, PEERS, History, Peers

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidewaiter.engine.risk.baselines.baselines import Baselines
    from tidewaiter.engine.risk.baselines.tables import KeyTable, Rows

PRIOR_CONTROLS = 8.0  # a hit rate is pulled to the overall rate as if by this many controls
NO_BIN = -1  # where a figure cannot be computed
MANY_ROWS = 4_096  # from here two threads are worth starting
PEER_FACTS = ("peer_median", "peer_spread", "peers", "peer_level", "percentile")
RATE_FACTS = ("controls", "finds", "hit_rate", "recent_hit_rate")

Floats = npt.NDArray[np.float64]

_pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="baselines")


def history_facts(history: History) -> list[str]:
    """Names of the facts of a history, in the order they are computed."""
    suffixes: list[str] = []
    if history.traffic:
        suffixes += ["items", "first_seen"]
        for days in history.windows:
            suffixes += [f"items_{days}d", f"value_{days}d"]
        suffixes += [f"{mean}_mean" for mean in history.means]
    if history.outcomes:
        suffixes += RATE_FACTS
    return [f"{history.name}_{suffix}" for suffix in suffixes]


def peer_facts(peers: Peers) -> list[str]:
    return [f"{peers.name}_{suffix}" for suffix in PEER_FACTS]


@cache
def _key_expressions() -> list[pl.Expr]:
    return [
        *[history.key() for history in HISTORIES],
        *[peers.key(level) for peers in PEERS for level in range(len(peers.levels))],
        *[
            bin_of(peers.figure.log()).fill_null(NO_BIN).alias(f"{peers.name}_bin")
            for peers in PEERS
        ],
    ]


def lookup(baselines: Baselines, records: pl.DataFrame) -> pl.DataFrame:
    """Baseline facts of each row; `records` have the columns of `keys.with_keys`."""
    keys = records.select(_key_expressions())
    names: list[str] = []
    tasks: list[tuple[Callable[[Floats], None], int, int]] = []
    for history in HISTORIES:
        facts = history_facts(history)
        tasks.append((_history_task(baselines, keys, history), len(names), len(facts)))
        names += facts
    for peers in PEERS:
        tasks.append((_peers_task(baselines, keys, peers), len(names), len(PEER_FACTS)))
        names += peer_facts(peers)
    figures = np.empty((records.height, len(names)), order="F")
    run = _pool.map if records.height >= MANY_ROWS else map
    for _ in run(lambda task: task[0](figures[:, task[1] : task[1] + task[2]]), tasks):
        pass
    return _frame(figures, names)


def _frame(figures: Floats, names: list[str]) -> pl.DataFrame:
    """Columns as slices of one buffer: several times cheaper than one buffer each, for few rows."""
    flat = pl.Series(figures.ravel(order="F"), nan_to_null=True)
    height = figures.shape[0]
    columns = [flat.slice(n * height, height).alias(name) for n, name in enumerate(names)]
    days = [pl.col(name).cast(pl.Date) for name in names if name.endswith("_first_seen")]
    return pl.DataFrame(columns).with_columns(days)


def _history_task(
    baselines: Baselines, keys: pl.DataFrame, history: History
) -> Callable[[Floats], None]:
    """Fill the columns of one history: zero counts for what was never seen, NaN without a key."""

    def fill(out: Floats) -> None:
        table = baselines.histories[history.name]
        key = keys[history.name].to_numpy()
        rows = table.find(key)
        place = 0
        if history.traffic:
            place = _traffic(out, table, history, rows)
        if history.outcomes:
            _rates(out[:, place:], table, rows, baselines.hit_rate)
        out[key == NO_KEY] = np.nan

    return fill


def _traffic(out: Floats, table: KeyTable, history: History, rows: Rows) -> int:
    out[:, 0] = table.take("items", rows, 0.0)
    out[:, 1] = table.take("first_day", rows, np.nan)
    place = 2
    for days in history.windows:
        out[:, place] = table.take(f"items_{days}d", rows, 0.0)
        out[:, place + 1] = table.take(f"value_{days}d", rows, 0.0)
        place += 2
    for mean in history.means:
        total = table.take(f"{mean}_sum", rows, np.nan)
        count = table.take(f"{mean}_count", rows, np.nan)
        with np.errstate(invalid="ignore", divide="ignore"):
            out[:, place] = total / count / 1000
        place += 1
    return place


def _rates(out: Floats, table: KeyTable, rows: Rows, overall: float) -> None:
    """Counts, and hit rates pulled to the overall one where support is thin."""
    controls = table.take("controls", rows, 0.0)
    finds = table.take("finds", rows, 0.0)
    recent = table.take("recent_controls", rows, 0.0) / WEIGHT_ONE
    recent_finds = table.take("recent_finds", rows, 0.0) / WEIGHT_ONE
    half = PRIOR_CONTROLS / 2
    out[:, 0] = controls
    out[:, 1] = finds
    out[:, 2] = (finds + overall * PRIOR_CONTROLS) / (controls + PRIOR_CONTROLS)
    out[:, 3] = (recent_finds + overall * half) / (recent + half)


def _peers_task(baselines: Baselines, keys: pl.DataFrame, peers: Peers) -> Callable[[Floats], None]:
    """Median, spread, count, level and percentile, from the closest level with enough peers."""

    def fill(out: Floats) -> None:
        bins = keys[f"{peers.name}_bin"].to_numpy()
        out[:] = np.nan
        open_rows = np.ones(len(out), dtype=bool)
        for level, table in enumerate(baselines.peers[peers.name]):
            rows = table.groups.find(keys[f"{peers.name}_{level}"].to_numpy())
            hit = (rows >= 0) & open_rows
            if not hit.any():
                continue
            found = rows[hit]
            figures = table.groups.columns
            out[hit, 0] = figures["median"][found]
            out[hit, 1] = figures["spread"][found]
            out[hit, 2] = figures["count"][found]
            out[hit, 3] = level
            out[hit, 4] = 100 * table.percentile(found, bins[hit])
            open_rows &= ~hit
        out[bins == NO_BIN, 4] = np.nan

    return fill
