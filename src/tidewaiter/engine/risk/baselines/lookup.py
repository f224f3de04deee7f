"""Baseline facts of many rows or few: keys, found rows, figures, in one matrix.

One code path for every size of batch, in which a figure depends on its own row alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow.compute as pc

from tidewaiter.engine.records.lake import hash64
from tidewaiter.engine.risk.baselines import described, recall
from tidewaiter.engine.risk.baselines.build_peers import BIN_WIDTH, BINS, LOWEST
from tidewaiter.engine.risk.baselines.changing import DAY_ZERO
from tidewaiter.engine.risk.baselines.comparisons import FIRSTS, SHARES, SURGES
from tidewaiter.engine.risk.baselines.keys import NO_KEY, Asking
from tidewaiter.engine.risk.baselines.peers import PEERS, Peers
from tidewaiter.engine.risk.columns import Computed, from_matrix

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from tidewaiter.engine.risk.baselines.baselines import Baselines
    from tidewaiter.engine.risk.baselines.tables import Keys, PeerTable

NO_BIN = -1  # where a figure cannot be computed
ROWS_AT_ONCE = 2_048  # their figures stay in the processor's cache
PEER_FACTS = ("peer_median", "peer_spread", "peers", "peer_level", "percentile", "ratio", "z")

Floats = npt.NDArray[np.float64]

_HASH = Computed([hash64(pl.col("part"))])
_RECALLED = "recalled"
_COMPARED = "compared"


def peer_facts(peers: Peers) -> list[str]:
    return [f"{peers.name}_{suffix}" for suffix in PEER_FACTS]


_KNOWN = [*recall.LOGGED, *(p.name for p in PEERS if p.name not in recall.LOGGED)]
_ASKED = Asking([*recall.KEYS, *(key for peers in PEERS for key in peers.keys)])
_OF_PEERS = len(recall.KEYS) + np.cumsum([0, *(len(peers.keys) for peers in PEERS[:-1])])
_PARTS = sorted({*_ASKED.parts, *described.KEY.columns})


def _hashes(records: pl.DataFrame) -> dict[str, Keys]:
    """The hash of each part of a key; all hashed in one go, which is several times faster than one
    by one for a handful of rows, and no slower for many."""
    parts = records[_PARTS].get_columns()
    texts = [part if part.dtype == pl.String else part.cast(pl.String) for part in parts]
    hashed = _HASH.of(pl.concat(texts, rechunk=True).alias("part").to_frame()).to_series()
    numbers = pc.fill_null(hashed.to_arrow(), NO_KEY).to_numpy()
    return dict(zip(_PARTS, numbers.reshape(len(_PARTS), -1), strict=True))


def lookup(baselines: Baselines, records: pl.DataFrame) -> pl.DataFrame:
    """Baseline facts of each row; `records` have KEY_COLUMNS and FIGURES."""
    hashes = _hashes(records)
    parts = np.array([hashes[name] for name in _ASKED.parts])
    known = np.array([records[name].to_numpy() for name in _KNOWN])
    days = _days_since(baselines.as_of, records["declaration_date"])
    names, _ = _layout()
    figures = np.empty((records.height, len(names)), order="F")
    for start in range(0, records.height, ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        _fill(figures[rows], baselines, parts[:, rows], known[:, rows], days[rows])
    facts = _frame(figures, names)
    return facts.hstack(described.lookup(baselines.descriptions, records, hashes))


def _days_since(day: date, declared: pl.Series) -> Floats:
    """None before the day, and where the day declared is missing."""
    days = declared.cast(pl.Int32).cast(pl.Float64).to_numpy() - (day - DAY_ZERO).days
    later: Floats = np.maximum(np.nan_to_num(days), 0.0)
    return later


def _fill(out: Floats, baselines: Baselines, parts: Keys, known: Floats, days: Floats) -> None:
    """All baseline facts of some rows. parts: hashes of the parts of keys. known: figures, by
    _KNOWN. days: declared after the baselines."""
    _, places = _layout()
    keys = _ASKED.of(parts)
    logs = np.log(np.where(known > 0, known, np.nan))
    of_histories, *of_peers = np.split(keys, _OF_PEERS)
    baselines.recall.fill(
        out[:, places[_RECALLED]].T, of_histories, logs[: len(recall.LOGGED)], days
    )
    for peers, asked in zip(PEERS, of_peers, strict=True):
        number, tables = _KNOWN.index(peers.name), baselines.peers[peers.name]
        _fill_peers(out[:, places[peers.name]], tables, asked, known[number], logs[number])
    _compare(out)


@cache
def _layout() -> tuple[list[str], dict[str, slice]]:
    """Names of all baseline facts, and where those of all histories and each group of peers stand."""
    names: list[str] = []
    places: dict[str, slice] = {}
    parts = [(_RECALLED, [*recall.FACTS]), *((peers.name, peer_facts(peers)) for peers in PEERS)]
    parts.append((_COMPARED, [*SHARES, *SURGES, *FIRSTS]))
    for about, facts in parts:
        places[about] = slice(len(names), len(names) + len(facts))
        names += facts
    return names, places


def _frame(figures: Floats, names: list[str]) -> pl.DataFrame:
    """One column a fact."""
    usual, kinds = _kinds()
    figures[:, usual] = np.exp(figures[:, usual])
    frame = from_matrix(figures, names)
    for dtype, places in kinds:
        for n in places:
            frame.replace_column(n, frame.to_series(n).cast(dtype))
    return frame


@cache
def _kinds() -> tuple[list[int], list[tuple[pl.DataType, list[int]]]]:
    """Numbers of the columns that hold logarithms, to be shown as what they are of; and of those
    that become days and flags."""
    names, _ = _layout()
    usual = [n for n, name in enumerate(names) if name.endswith("_usual")]
    days = [n for n, name in enumerate(names) if name.endswith(("_first_seen", "_last_seen"))]
    flags = [n for n, name in enumerate(names) if name in FIRSTS]
    return usual, [(pl.Date(), days), (pl.Boolean(), flags)]


def _fill_peers(
    out: Floats, tables: Sequence[PeerTable], keys: Keys, figure: Floats, log: Floats
) -> None:
    """Median, spread, count, level, percentile, ratio to the median and robust z, from the closest
    level with enough peers. keys: levels × rows."""
    out[:] = np.nan
    bins = np.floor((log - LOWEST) / BIN_WIDTH).clip(0, BINS - 1)
    bins = np.where(np.isnan(bins), NO_BIN, bins).astype(np.int64)
    centre = np.full(len(out), np.nan)
    open_rows = np.ones(len(out), dtype=bool)
    for level, (key, table) in enumerate(zip(keys, tables, strict=True)):
        found = table.groups.find(key)
        hit = (found >= 0) & open_rows
        if not hit.any():
            continue
        group = found[hit]
        taken = table.groups.figures.take(group, axis=0)
        out[hit, :3] = taken[
            :, [table.groups.place[name] for name in ("median", "spread", "count")]
        ]
        out[hit, 3] = level
        out[hit, 4] = 100 * table.percentile(group, bins[hit])
        centre[hit] = taken[:, table.groups.place["centre"]]
        open_rows &= ~hit
    out[bins == NO_BIN, 4] = np.nan
    out[:, 5] = figure / out[:, 0]
    out[:, 6] = (log - centre) / out[:, 1]


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
