"""Baseline facts of many rows or few: keys, found rows, figures, in one matrix.

One code path for every size of batch; the matrix is filled column by column, so that a figure
depends on its own row alone.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from tidewaiter.engine.records.lake import hash64
from tidewaiter.engine.risk.baselines import build_digits, described
from tidewaiter.engine.risk.baselines.build_histories import LOG_STEPS, WEIGHT_ONE
from tidewaiter.engine.risk.baselines.build_peers import BIN_WIDTH, BINS, LOWEST
from tidewaiter.engine.risk.baselines.comparisons import FIRSTS, SHARES, SURGES
from tidewaiter.engine.risk.baselines.histories import HISTORIES, History
from tidewaiter.engine.risk.baselines.keys import FIGURES, NO_KEY
from tidewaiter.engine.risk.baselines.peers import PEERS, Peers
from tidewaiter.engine.risk.columns import Computed, from_matrix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidewaiter.engine.risk.baselines.baselines import Baselines
    from tidewaiter.engine.risk.baselines.tables import Keys, KeyTable, Rows

PRIOR_CONTROLS = 8.0  # a hit rate is pulled to the overall rate as if by this many controls
LEAST_LOGS = 5.0  # figures from which on a spread is known
LEAST_SPREAD = 0.05  # of logs: what is repeated exactly may still vary by five per cent
NO_BIN = -1  # where a figure cannot be computed
MANY_ROWS = 4_096  # from here two threads are worth starting
PEER_FACTS = ("peer_median", "peer_spread", "peers", "peer_level", "percentile", "ratio", "z")
RATE_FACTS = ("controls", "finds", "hit_rate", "recent_hit_rate")

Floats = npt.NDArray[np.float64]

_HASH = Computed([hash64(pl.col("part")).fill_null(NO_KEY)])
_ABOUT: tuple[History | Peers, ...] = (*HISTORIES, *PEERS)
_LOGGED = (*FIGURES, "value")
_DIGITS = "digits"
_COMPARED = "compared"
_pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="baselines")


def history_facts(history: History) -> list[str]:
    """Names of the facts of a history, in the order they are computed."""
    suffixes: list[str] = []
    if history.traffic:
        suffixes += ["items", "first_seen"]
        for days in history.windows:
            suffixes += [f"items_{days}d", f"value_{days}d"]
        suffixes += [f"{mean}_mean" for mean in history.means]
        for figure in history.logs:
            suffixes += [f"{figure}_usual", f"{figure}_z"]
        if history.last:
            suffixes.append("last_seen")
    if history.outcomes:
        suffixes += RATE_FACTS
    return [f"{history.name}_{suffix}" for suffix in suffixes]


def peer_facts(peers: Peers) -> list[str]:
    return [f"{peers.name}_{suffix}" for suffix in PEER_FACTS]


@cache
def _parts() -> tuple[list[str], Computed]:
    """Names of the columns that keys are made of, and their texts."""
    keys = [
        *(h.asks for h in HISTORIES),
        *(key for p in PEERS for key in p.keys),
        build_digits.KEY,
        described.KEY,
    ]
    names = sorted({column for key in keys for column in key.columns})
    return names, Computed(pl.col(name).cast(pl.String) for name in names)


def _hashes(records: pl.DataFrame) -> dict[str, Keys]:
    """The hash of each part of a key; all hashed in one go, which is several times faster than one
    by one for a handful of rows, and no slower for many."""
    names, texts = _parts()
    stacked = pl.concat(texts.of(records).get_columns()).alias("part").to_frame()
    numbers = _HASH.of(stacked)["part"].to_numpy()
    return dict(zip(names, numbers.reshape(len(names), -1), strict=True))


class _Rows:
    """What is looked up about the rows: hashes of parts, figures and their logarithms."""

    def __init__(self, records: pl.DataFrame) -> None:
        self.hashes = _hashes(records)
        self.figures = {name: records[name].to_numpy() for name in _LOGGED}
        flat = np.concatenate(list(self.figures.values()))
        logs = np.log(np.where(flat > 0, flat, np.nan)).reshape(len(_LOGGED), -1)
        self.logs = dict(zip(_LOGGED, logs, strict=True))


def lookup(baselines: Baselines, records: pl.DataFrame) -> pl.DataFrame:
    """Baseline facts of each row; `records` have KEY_COLUMNS and FIGURES."""
    rows = _Rows(records)
    names, places = _layout()
    figures = np.empty((records.height, len(names)), order="F")

    def fill(about: History | Peers) -> None:
        out = figures[:, places[about.name]]
        if isinstance(about, History):
            _fill_history(out, baselines, rows, about)
        else:
            _fill_peers(out, baselines, rows, about)

    run = _pool.map if records.height >= MANY_ROWS else map
    for _ in run(fill, _ABOUT):
        pass
    _fill_digits(figures[:, places[_DIGITS]], baselines.digits, rows)
    _compare(figures)
    facts = _frame(figures, names)
    return facts.hstack(described.lookup(baselines.descriptions, records, rows.hashes))


@cache
def _layout() -> tuple[list[str], dict[str, slice]]:
    """Names of all baseline facts, and where those of each history or group of peers stand."""
    names: list[str] = []
    places: dict[str, slice] = {}
    parts = [
        (a.name, history_facts(a) if isinstance(a, History) else peer_facts(a)) for a in _ABOUT
    ]
    parts += [(_DIGITS, list(build_digits.FACTS)), (_COMPARED, [*SHARES, *SURGES, *FIRSTS])]
    for about, facts in parts:
        places[about] = slice(len(names), len(names) + len(facts))
        names += facts
    return names, places


def _frame(figures: Floats, names: list[str]) -> pl.DataFrame:
    """One column a fact."""
    usual, kinds = _kinds()
    figures[:, usual] = np.exp(figures[:, usual])
    frames = [
        from_matrix(figures, [names[n] for n in places], dtype, places) for dtype, places in kinds
    ]
    return pl.concat(frames, how="horizontal")


@cache
def _kinds() -> tuple[list[int], list[tuple[pl.DataType, list[int]]]]:
    """Numbers of the columns that hold logarithms, to be shown as what they are of; and of those
    that become figures, days and flags."""
    names, _ = _layout()
    usual = [n for n, name in enumerate(names) if name.endswith("_usual")]
    days = [n for n, name in enumerate(names) if name.endswith(("_first_seen", "_last_seen"))]
    flags = [n for n, name in enumerate(names) if name in FIRSTS]
    plain = sorted(set(range(len(names))) - {*days, *flags})
    return usual, [(pl.Float64(), plain), (pl.Date(), days), (pl.Boolean(), flags)]


class _Taken:
    """The figures found in a table: one array a name."""

    def __init__(self, table: KeyTable, rows: Rows) -> None:
        self._place, self._figures = table.place, table.take(rows, _absent(table.names))

    def __getitem__(self, name: str) -> Floats:
        return self._figures[:, self._place[name]]


@lru_cache(maxsize=1_000)
def _absent(names: tuple[str, ...]) -> Floats:
    """What stands for a key never seen: no items, no controls, and nothing known."""
    counted = ("items", "value", "controls", "finds", "recent")
    return np.array([0.0 if name.startswith(counted) else np.nan for name in names])


def _fill_history(out: Floats, baselines: Baselines, rows: _Rows, history: History) -> None:
    """The columns of one history: zero counts for what was never seen, NaN without a key."""
    table = baselines.histories[history.name]
    key = history.asks.of(rows.hashes)
    taken = _Taken(table, table.find(key))
    columns = [*_traffic(taken, history, rows.logs)] if history.traffic else []
    if history.outcomes:
        columns += _rates(taken, baselines.hit_rate)
    for place, column in enumerate(columns):
        out[:, place] = column
    out[key == NO_KEY] = np.nan


def _traffic(taken: _Taken, history: History, logs: dict[str, Floats]) -> Iterator[Floats]:
    yield taken["items"]
    yield taken["first_day"]
    for days in history.windows:
        yield taken[f"items_{days}d"]
        yield taken[f"value_{days}d"]
    for mean in history.means:
        with np.errstate(invalid="ignore", divide="ignore"):
            yield taken[f"{mean}_sum"] / taken[f"{mean}_count"] / 1000
    for figure in history.logs:
        yield from _logs(taken, figure, logs[figure])
    if history.last:
        yield taken["last_day"]


def _logs(taken: _Taken, figure: str, log: Floats) -> tuple[Floats, Floats]:
    """Mean log of the figure (its exponential is shown), and the row's distance from it in standard
    deviations."""
    count = taken[f"{figure}_logs"]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = taken[f"{figure}_log_sum"] / count
        variance = taken[f"{figure}_log_squares"] / count - mean * mean
        spread = np.sqrt(np.maximum(variance, 0.0)) / LOG_STEPS
        z = (log - mean / LOG_STEPS) / np.maximum(spread, LEAST_SPREAD)
    return mean / LOG_STEPS, np.where(count >= LEAST_LOGS, z, np.nan)


def _rates(taken: _Taken, overall: float) -> tuple[Floats, ...]:
    """Counts, and hit rates pulled to the overall one where support is thin."""
    controls, finds = taken["controls"], taken["finds"]
    recent, recent_finds = taken["recent_controls"] / WEIGHT_ONE, taken["recent_finds"] / WEIGHT_ONE
    half = PRIOR_CONTROLS / 2
    return (
        controls,
        finds,
        (finds + overall * PRIOR_CONTROLS) / (controls + PRIOR_CONTROLS),
        (recent_finds + overall * half) / (recent + half),
    )


def _fill_peers(out: Floats, baselines: Baselines, rows: _Rows, peers: Peers) -> None:
    """Median, spread, count, level, percentile, ratio to the median and robust z, from the closest
    level with enough peers."""
    out[:] = np.nan
    log = rows.logs[peers.name]
    bins = np.floor((log - LOWEST) / BIN_WIDTH).clip(0, BINS - 1)
    bins = np.where(np.isnan(bins), NO_BIN, bins).astype(np.int64)
    centre = np.full(len(out), np.nan)
    open_rows = np.ones(len(out), dtype=bool)
    for level, (key, table) in enumerate(zip(peers.keys, baselines.peers[peers.name], strict=True)):
        found = table.groups.find(key.of(rows.hashes))
        hit = (found >= 0) & open_rows
        if not hit.any():
            continue
        group = found[hit]
        taken = _Taken(table.groups, group)
        out[hit, 0] = taken["median"]
        out[hit, 1] = taken["spread"]
        out[hit, 2] = taken["count"]
        out[hit, 3] = level
        out[hit, 4] = 100 * table.percentile(group, bins[hit])
        centre[hit] = taken["centre"]
        open_rows &= ~hit
    out[bins == NO_BIN, 4] = np.nan
    out[:, 5] = rows.figures[peers.name] / out[:, 0]
    out[:, 6] = (log - centre) / out[:, 1]


def _fill_digits(out: Floats, table: KeyTable, rows: _Rows) -> None:
    taken = _Taken(table, table.find(build_digits.KEY.of(rows.hashes)))
    for place, fact in enumerate(build_digits.FACTS):
        out[:, place] = taken[fact]


@dataclass(frozen=True, slots=True)
class _Sides:
    """Numbers of the columns that are compared: parts and wholes of shares (those of SURGES after
    the others, recent ones last), and of firsts; `alone`: firsts without a whole."""

    part: list[int]
    whole: list[int]
    first: list[int]
    known: list[int]
    alone: list[int]


@cache
def _sides() -> _Sides:
    names, _ = _layout()
    number = {name: n for n, name in enumerate(names)}
    recent = [(f"{part}_30d", f"{whole}_30d") for part, whole in SURGES.values()]
    shares = [*SHARES.values(), *SURGES.values(), *recent]
    firsts = list(FIRSTS.values())
    return _Sides(
        part=[number[part] for part, _ in shares],
        whole=[number[whole] for _, whole in shares],
        first=[number[part] for part, _ in firsts],
        known=[number[whole or part] for part, whole in firsts],
        alone=[n for n, (_, whole) in enumerate(firsts) if not whole],
    )


def _compare(figures: Floats) -> None:
    """Fill the columns of SHARES, SURGES and FIRSTS from the others."""
    _, places = _layout()
    out, sides = figures[:, places[_COMPARED]], _sides()
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = 100 * figures[:, sides.part] / figures[:, sides.whole]
    shares[~np.isfinite(shares)] = np.nan
    plain, surges = len(SHARES), len(SURGES)
    out[:, :plain] = shares[:, :plain]
    ever, recent = shares[:, plain : plain + surges], shares[:, plain + surges :]
    out[:, plain : plain + surges] = recent - ever
    part, whole = figures[:, sides.first], figures[:, sides.known]
    unknown = np.isnan(part) | np.isnan(whole)
    whole[:, sides.alone] = 1.0
    out[:, plain + surges :] = np.where(unknown, np.nan, (part == 0) & (whole > 0))
