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

from tidewaiter.engine.records.lake import hash64
from tidewaiter.engine.risk.baselines.build_histories import WEIGHT_ONE
from tidewaiter.engine.risk.baselines.build_peers import bin_of
from tidewaiter.engine.risk.baselines.keys import HISTORIES, NO_KEY, PEERS, History, Peers
from tidewaiter.engine.risk.columns import Computed, from_matrix

if TYPE_CHECKING:
    from tidewaiter.engine.risk.baselines.baselines import Baselines
    from tidewaiter.engine.risk.baselines.tables import Keys, KeyTable, Rows

PRIOR_CONTROLS = 8.0  # a hit rate is pulled to the overall rate as if by this many controls
NO_BIN = -1  # where a figure cannot be computed
MANY_ROWS = 4_096  # from here two threads are worth starting
PEER_FACTS = ("peer_median", "peer_spread", "peers", "peer_level", "percentile")
RATE_FACTS = ("controls", "finds", "hit_rate", "recent_hit_rate")

Floats = npt.NDArray[np.float64]

_HASH = Computed([hash64(pl.col("key")).fill_null(NO_KEY)])
_ABOUT: tuple[History | Peers, ...] = (*HISTORIES, *PEERS)
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
def _bins() -> Computed:
    return Computed(bin_of(p.figure.log()).fill_null(NO_BIN).alias(p.name) for p in PEERS)


@cache
def _texts() -> tuple[list[str], Computed]:
    """The parts of keys, and the keys made of them."""
    keys = [*[h.key for h in HISTORIES], *[key for p in PEERS for key in p.keys]]
    parts = sorted({column for key in keys for column in key.columns})
    return parts, Computed(key.text() for key in keys)


def _keys(records: pl.DataFrame) -> dict[str, Keys]:
    """The key of each row for each history and level of peers; hashed in one go, which is four
    times faster than one by one for a handful of rows, and no slower for many."""
    parts, keys = _texts()
    given = records[parts]
    odd = [pl.col(n).cast(pl.String) for n, kind in given.schema.items() if kind != pl.String]
    texts = keys.of(given.with_columns_seq(odd))
    stacked = pl.concat(texts.get_columns()).alias("key").to_frame()
    numbers = _HASH.of(stacked)["key"].to_numpy()
    return dict(zip(texts.columns, numbers.reshape(texts.width, -1), strict=True))


def lookup(baselines: Baselines, records: pl.DataFrame) -> pl.DataFrame:
    """Baseline facts of each row; `records` have the columns of `keys.with_keys`."""
    keys, bins = _keys(records), _bins().of(records)
    names, places = _layout()
    figures = np.empty((records.height, len(names)), order="F")

    def fill(about: History | Peers) -> None:
        out = figures[:, places[about.name]]
        if isinstance(about, History):
            _fill_history(out, baselines, keys[about.name], about)
        else:
            _fill_peers(out, baselines, keys, bins[about.name].to_numpy(), about)

    run = _pool.map if records.height >= MANY_ROWS else map
    for _ in run(fill, _ABOUT):
        pass
    return _frame(figures, names)


@cache
def _layout() -> tuple[list[str], dict[str, slice]]:
    """Names of all baseline facts, and where those of each history or group of peers stand."""
    names: list[str] = []
    places: dict[str, slice] = {}
    for about in _ABOUT:
        facts = history_facts(about) if isinstance(about, History) else peer_facts(about)
        places[about.name] = slice(len(names), len(names) + len(facts))
        names += facts
    return names, places


def _frame(figures: Floats, names: list[str]) -> pl.DataFrame:
    columns = from_matrix(figures, names)
    for n in _days():
        columns[n] = columns[n].cast(pl.Date)
    return pl.DataFrame(columns)


@cache
def _days() -> list[int]:
    """Numbers of the columns that hold days."""
    return [n for n, name in enumerate(_layout()[0]) if name.endswith("_first_seen")]


def _fill_history(out: Floats, baselines: Baselines, key: Keys, history: History) -> None:
    """The columns of one history: zero counts for what was never seen, NaN without a key."""
    table = baselines.histories[history.name]
    rows = table.find(key)
    place = 0
    if history.traffic:
        place = _traffic(out, table, history, rows)
    if history.outcomes:
        _rates(out[:, place:], table, rows, baselines.hit_rate)
    out[key == NO_KEY] = np.nan


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


def _fill_peers(
    out: Floats, baselines: Baselines, keys: dict[str, Keys], bins: Keys, peers: Peers
) -> None:
    """Median, spread, count, level and percentile, from the closest level with enough peers."""
    out[:] = np.nan
    open_rows = np.ones(len(out), dtype=bool)
    for level, (key, table) in enumerate(zip(peers.keys, baselines.peers[peers.name], strict=True)):
        rows = table.groups.find(keys[key.name])
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
