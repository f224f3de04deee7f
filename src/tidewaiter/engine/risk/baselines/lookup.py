"""Baseline facts of many rows or few: keys, found rows, figures, in one matrix.

One code path for every size of batch; the matrix is filled column by column, so that a figure
depends on its own row alone.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
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
from tidewaiter.engine.risk.columns import select

if TYPE_CHECKING:
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
def _parts() -> tuple[list[str], list[pl.Expr]]:
    """Names of the columns that keys are made of, and their texts."""
    keys = [*(h.asks for h in HISTORIES), *(key for p in PEERS for key in p.keys), build_digits.KEY]
    names = sorted({column for key in keys for column in key.columns})
    return names, [pl.col(name).cast(pl.String) for name in names]


def _hashes(records: pl.DataFrame) -> dict[str, Keys]:
    """The hash of each part of a key; all hashed in one go, which is several times faster than one
    by one for a handful of rows, and no slower for many."""
    names, texts = _parts()
    stacked = pl.concat(select(records, texts).get_columns()).alias("part").to_frame()
    numbers = select(stacked, [hash64(pl.col("part")).fill_null(NO_KEY)])["part"].to_numpy()
    return dict(zip(names, numbers.reshape(len(names), -1), strict=True))


class _Rows:
    """What is looked up about the rows: hashes of parts, figures and their logarithms."""

    def __init__(self, records: pl.DataFrame) -> None:
        self.hashes = _hashes(records)
        self.figures = {name: records[name].to_numpy() for name in _LOGGED}
        # One call for all: the logarithm of Polars gives a figure the same bits in any batch.
        flat = pl.Series(np.concatenate(list(self.figures.values()))).log().to_numpy()
        logs = np.where(np.isfinite(flat), flat, np.nan).reshape(len(_LOGGED), -1)
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
    return facts.hstack(described.lookup(baselines.descriptions, records))


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
    """Columns as slices of one buffer: several times cheaper than one buffer each, for few rows."""
    height = figures.shape[0]
    columns = _slices(pl.Series(figures.ravel(order="F"), nan_to_null=True), len(names))
    for places, of_kind in _kinds():
        part = pl.Series(figures[:, places].ravel(order="F"), nan_to_null=True)
        made = _slices(select(part.alias("x").to_frame(), [of_kind]).to_series(), len(places))
        for place, column in zip(places, made, strict=True):
            columns[place] = column
    return pl.DataFrame([column.rename(name) for column, name in zip(columns, names, strict=True)])


def _slices(flat: pl.Series, count: int) -> list[pl.Series]:
    height = len(flat) // count
    return [flat.slice(n * height, height) for n in range(count)]


@cache
def _kinds() -> tuple[tuple[list[int], pl.Expr], ...]:
    """Numbers of the columns that are no plain figures, and what makes them what they are."""
    names, _ = _layout()

    def ending(*ends: str) -> list[int]:
        return [n for n, name in enumerate(names) if name.endswith(ends)]

    days, usual = ending("_first_seen", "_last_seen"), ending("_usual")
    flags = [n for n, name in enumerate(names) if name in FIRSTS]
    figure = pl.col("x")
    return (days, figure.cast(pl.Date)), (usual, figure.exp()), (flags, figure != 0)


def _fill_history(out: Floats, baselines: Baselines, rows: _Rows, history: History) -> None:
    """The columns of one history: zero counts for what was never seen, NaN without a key."""
    table = baselines.histories[history.name]
    key = history.asks.of(rows.hashes)
    found = table.find(key)
    place = 0
    if history.traffic:
        place = _traffic(out, table, history, found)
        place = _logs(out, place, table, history, found, rows.logs)
        if history.last:
            out[:, place] = table.take("last_day", found, np.nan)
            place += 1
    if history.outcomes:
        _rates(out[:, place:], table, found, baselines.hit_rate)
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


def _logs(
    out: Floats, place: int, table: KeyTable, history: History, rows: Rows, logs: dict[str, Floats]
) -> int:
    """Mean log of each figure (its exponential is shown), and the row's distance from it in
    standard deviations."""
    for figure in history.logs:
        count = table.take(f"{figure}_logs", rows, np.nan)
        total = table.take(f"{figure}_log_sum", rows, np.nan)
        squares = table.take(f"{figure}_log_squares", rows, np.nan)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = total / count
            spread = np.sqrt(np.maximum(squares / count - mean * mean, 0.0)) / LOG_STEPS
            z = (logs[figure] - mean / LOG_STEPS) / np.maximum(spread, LEAST_SPREAD)
            out[:, place] = mean / LOG_STEPS
            out[:, place + 1] = np.where(count >= LEAST_LOGS, z, np.nan)
        place += 2
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
        figures = table.groups.columns
        out[hit, 0] = figures["median"][group]
        out[hit, 1] = figures["spread"][group]
        out[hit, 2] = figures["count"][group]
        out[hit, 3] = level
        out[hit, 4] = 100 * table.percentile(group, bins[hit])
        centre[hit] = figures["centre"][group]
        open_rows &= ~hit
    out[bins == NO_BIN, 4] = np.nan
    out[:, 5] = rows.figures[peers.name] / out[:, 0]
    out[:, 6] = (log - centre) / out[:, 1]


def _fill_digits(out: Floats, table: KeyTable, rows: _Rows) -> None:
    found = table.find(build_digits.KEY.of(rows.hashes))
    for place, fact in enumerate(build_digits.FACTS):
        out[:, place] = table.take(fact, found, np.nan)


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
