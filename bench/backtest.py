"""Trying profiles on kept facts: one profile, a policy of 300, and the one that is being typed.

One million items in two parts; ten million in twelve with TIDEWAITER_BENCH_FULL=1. Wall seconds,
each measured as a new process finds it: facts kept, nothing of them in its memory. The peer is a
Polars expression for each profile over the same facts in Parquet files, which reads only the
columns it names, too, and counts hits only.
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from bench import rulesets
from bench.peers import polars_expression
from tidewaiter.engine.risk.backtest import backtest
from tidewaiter.engine.risk.past import Part, Window, matching, write_part
from tidewaiter.engine.risk.profiles import ProfileSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidewaiter.engine.risk.profiles import Profile

FULL = os.environ.get("TIDEWAITER_BENCH_FULL") == "1"
ROWS, PARTS = (10_000_000, 12) if FULL else (1_000_000, 2)
POLICY = 300
SINGLES = 10
CONTROLLED = 0.05
AT_ONCE = 250_000
DAYS = date(2026, 9, 1), date(2026, 9, 30)
WHAT = f"{ROWS // 1_000_000} M items"

Row = dict[str, Any]


def run() -> list[Row]:
    home = Path(tempfile.mkdtemp(prefix="tidewaiter-bench-"))
    try:
        folders = _parts(home)
        policy = ProfileSet(rulesets.profiles(POLICY), rulesets.SCHEMA, rulesets.lists())
        return [
            *_policy(folders, policy),
            _one(folders, policy, beside=False),
            _one(folders, policy, beside=True),
            _typed(home / "typed", policy),
        ]
    finally:
        shutil.rmtree(home)


def _parts(home: Path) -> list[Path]:
    """One part made up, the others copies of it: making them up takes longer than all the rest."""
    first = _kept(home / "2026-09-0", 0)
    copies = [shutil.copytree(first, home / f"2026-09-{n}") for n in range(1, PARTS)]
    return [first, *copies]


def _kept(folder: Path, seed: int, rows: int = ROWS // PARTS) -> Path:
    """A part with facts and with what was found of one item in twenty."""
    folder.mkdir(parents=True)
    numbers = range(0, rows, AT_ONCE)
    write_part(folder, (_facts(seed, first, min(AT_ONCE, rows - first)) for first in numbers))
    part = Part(folder, rulesets.SCHEMA)
    ids = part.facts.select("declaration_id", "item_no").collect()
    some = ids.sample(fraction=CONTROLLED, seed=seed)
    random = np.random.default_rng(seed)
    found = pl.Series(random.random(some.height) < 0.2)
    controlled = some.with_columns(found=found, revenue=pl.when(found).then(500.0))
    part.keep_results("known", controlled, some.select("declaration_id"))
    return folder


def _facts(seed: int, first: int, rows: int) -> pl.DataFrame:
    frame = rulesets.traffic(rows, seed=1000 * seed + first)
    ids = pl.Series(np.arange(first, first + rows) // 3).cast(pl.String)
    return frame.with_columns(
        declaration_id=f"{seed}-" + ids,
        item_no=pl.int_range(pl.len()) % 3 + 1,
        description=pl.lit("goods"),
    )


def _window(folders: list[Path]) -> Window:
    """As a process that has just started sees it."""
    parts = tuple(Part(folder, rulesets.SCHEMA) for folder in folders)
    return Window(parts, *DAYS, None, {folder.name: "known" for folder in folders})


def _policy(folders: list[Path], policy: ProfileSet) -> list[Row]:
    """All profiles for the first time, which encodes the columns; then with none of their hits
    kept; then one after another was changed."""

    def evaluate() -> int:
        asked = matching.asked(policy.conditions, policy.lists)
        found = (matching.hits(part, asked, policy.lists) for part in _window(folders).parts)
        return sum(len(rows) for each in found for rows in each)

    first, hits = _wall(evaluate)
    for folder in folders:
        shutil.rmtree(folder / "hits")
    again, same = _wall(evaluate)
    kept, also = _wall(evaluate)
    peer, theirs = _wall(lambda: sum(_polars(folders, policy, n) for n in range(SINGLES)))
    ours = matching.asked(policy.conditions[:SINGLES], policy.lists)
    parts = _window(folders).parts
    counted = sum(len(rows) for part in parts for rows in matching.hits(part, ours, policy.lists))
    assert hits == same == also
    assert theirs == counted
    peer_name = f"Polars from Parquet, {SINGLES} profiles scaled"
    scaled = peer * POLICY / SINGLES
    return [
        _row(f"policy of {POLICY}, {WHAT}: first time, encoding too", first, scaled, peer_name),
        _row(f"policy of {POLICY}, {WHAT}: hits", again, scaled, peer_name),
        _row(f"policy of {POLICY}, {WHAT}: hits kept before", kept, scaled, peer_name),
    ]


def _one(folders: list[Path], policy: ProfileSet, *, beside: bool) -> Row:
    """The whole backtest of one profile that was never tried, median of several."""
    lists = policy.lists
    others = dict(zip(policy.codes, policy.conditions, strict=True)) if beside else {}
    times, peers = [], []
    for place, profile in enumerate(rulesets.profiles(POLICY + 9)[-9:]):
        own = ProfileSet([_changed(profile)], rulesets.SCHEMA, lists)
        for folder in folders:
            Part(folder, rulesets.SCHEMA).batch(own.columns)
        times.append(_wall(lambda o=own: backtest(_window(folders), o.conditions[0], others, lists))[0])  # fmt: skip
        if place < 3:
            peers.append(_wall(lambda o=own: _polars(folders, o, 0))[0])
    name = f"backtest of one profile, {WHAT}" + (f", beside {POLICY} kept" if beside else "")
    return _row(name, statistics.median(times), statistics.median(peers), "Polars from Parquet, hits only")  # fmt: skip


def _changed(profile: Profile) -> Profile:
    """Never asked before."""
    return type(profile)(profile.code, profile.title, f"({profile.condition}) AND net_mass > 1.{time.monotonic_ns() % 1000}")  # fmt: skip


def _typed(folder: Path, policy: ProfileSet) -> Row:
    """From the officer's text to the number of hits in a million items that are in memory."""
    part = Part(_kept(folder, 99, 1_000_000), rulesets.SCHEMA)
    matching.evaluated(part, policy.conditions, policy.lists)

    def count(profile: Profile) -> int:
        own = ProfileSet([profile], rulesets.SCHEMA, policy.lists)
        return len(matching.evaluated(part, own.conditions, policy.lists)[0])

    times = [_wall(lambda p=p: count(p))[0] * 1e3 for p in policy.profiles[:100]]
    peers = [_wall(lambda n=n: _polars([folder], policy, n))[0] * 1e3 for n in range(10)]
    ours, peer = statistics.quantiles(times, n=100)[94], statistics.median(peers)
    return {
        "name": "profile being typed, 1 M items: 95th percentile of 100", "unit": "ms",
        "ours": ours, "peer": peer, "peer_name": "Polars from Parquet, median", "ratio": peer / ours,
    }  # fmt: skip


def _polars(folders: list[Path], policy: ProfileSet, place: int) -> int:
    expression = polars_expression(policy.conditions[place], policy.lists)
    facts = pl.scan_parquet([folder / "facts-*.parquet" for folder in folders])
    return int(facts.select(expression.fill_null(value=False).sum()).collect().item())


def _row(name: str, ours: float, peer: float, peer_name: str) -> Row:
    return {"name": name, "unit": "s", "ours": ours, "peer": peer, "peer_name": peer_name, "ratio": peer / ours}  # fmt: skip


def _wall(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    made = work()
    return time.perf_counter() - began, made
