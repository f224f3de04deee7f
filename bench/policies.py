"""Which policy of exploration finds most over two years with drift, learning only from its own controls.

Small by default (one simulated world of a year); TIDEWAITER_BENCH_FULL=1 runs three simulated worlds
of two years and, if the test data is there, the world with drift. TIDEWAITER_BENCH_WORLD=name and
TIDEWAITER_BENCH_SEED=number run a part of that. The interval is Student's, over worlds and seeds.
The figures of every run are in bench/out/policies.csv.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy import stats

from bench import weekly
from bench.house import row
from tests.fixtures.worlds import drift
from tidewaiter.engine.simulate import Setting, Simulation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OUT = Path(__file__).parent / "out"
DATA = Path(
    os.environ.get("TIDEWAITER_TEST_DATA", Path(__file__).parents[1].parent / "shared" / "data")
)
RATE = 0.05
FULL = bool(os.environ.get("TIDEWAITER_BENCH_FULL"))
SEEDS = (1, 2) if FULL else (1,)
SHIPPED = "2 % random"  # 0.25 % of all declarations beside the 12 % that value fills


def fixed(share: float) -> Callable[[weekly.Memory], float]:
    return lambda memory: share  # noqa: ARG005


def by_drift(memory: weekly.Memory) -> float:
    """2 % while the model keeps what it promised of its picks, up to 20 % as it falls short."""
    promised = memory.recent(memory.promised)
    if promised == 0:
        return 0.1
    short = max(0.0, 1 - memory.recent(memory.exploited) / promised)
    return 0.02 + 0.18 * min(1.0, 2 * short)


def by_regret(memory: weekly.Memory) -> float:
    """2 %, but 20 % while chance finds at least half as much as the lower half of the ranking."""
    return 0.2 if memory.explored_rate() > 0.5 * memory.recent(memory.margin) else 0.02


STRATEGIES = (
    weekly.Strategy("random", rank="chance"),
    weekly.Strategy("exploit only"),
    weekly.Strategy("2 % random", fixed(0.02)),
    weekly.Strategy("5 % random", fixed(0.05)),
    weekly.Strategy("10 % random", fixed(0.10)),
    weekly.Strategy("20 % random", fixed(0.20)),
    weekly.Strategy("5 % unseen", fixed(0.05), "unseen"),
    weekly.Strategy("10 % unseen", fixed(0.10), "unseen"),
    weekly.Strategy("10 % spread", fixed(0.10), "spread"),
    weekly.Strategy("epsilon by drift", by_drift),
    weekly.Strategy("switch by regret", by_regret),
    weekly.Strategy("Thompson", rank="thompson"),
    weekly.Strategy("UCB", rank="ucb"),
    weekly.Strategy("all outcomes known", rank="known"),
    weekly.Strategy("oracle", rank="truth"),
)


def run() -> list[dict[str, Any]]:
    wanted, seed = (os.environ.get(f"TIDEWAITER_BENCH_{part}") for part in ("WORLD", "SEED"))
    kept = OUT / f"{'-'.join(part for part in ('policies', wanted, seed) if part)}.csv"
    OUT.mkdir(exist_ok=True)
    found = []
    for name, make in _worlds():
        if wanted in (None, name):
            for line in _runs(make(), (int(seed),) if seed else SEEDS):
                found.append(line)
                pl.DataFrame(found).write_csv(kept)
    frame = pl.DataFrame(found)
    table = summary(frame)
    with pl.Config(tbl_rows=-1, tbl_cols=-1, float_precision=3):
        print(table, file=sys.stderr)
    return _rows(table)


def _worlds() -> Iterator[tuple[str, Callable[[], weekly.World]]]:
    if FULL:
        for seed in (1, 2, 3):
            yield f"simulated-{seed}", lambda seed=seed: simulated(seed, 120_000, 24)
        if (DATA / "declarations" / "drift").is_dir():
            yield "drift", outside
        else:
            print(f"policies: no drift world at {DATA}; set TIDEWAITER_TEST_DATA", file=sys.stderr)
    else:
        yield "simulated-1", lambda: simulated(1, 30_000, 12)


def simulated(seed: int, items: int, months: int) -> weekly.World:
    """A world of `tidewaiter simulate`; what a physical control finds is drawn once an item."""
    chunks = list(Simulation.of(Setting(items=items, seed=seed, months=months)).chunks())
    truth = pl.concat(chunk.truth for chunk in chunks)
    draws = np.random.default_rng([seed, 5]).random(truth.height)
    findable = truth["illicit"] & (pl.Series(draws) < truth["find_physical"])
    rows = pl.concat(chunk.declarations for chunk in chunks)
    return weekly.World.of(f"simulated-{seed}", rows, findable, truth["revenue"])


def outside() -> weekly.World:
    rows, outcomes = drift(DATA / "declarations")
    return weekly.World.of("drift", rows, outcomes["found"], outcomes["revenue"])


def _runs(world: weekly.World, seeds: tuple[int, ...]) -> Iterator[dict[str, Any]]:
    for seed in seeds:
        for strategy in STRATEGIES:
            result = weekly.run(world, strategy, RATE, seed)
            print(
                f"{world.name} {seed} {strategy.name}: {result.precision:.3f} {result.revenue:.3f}"
                f" ({result.explored:.1%} exploring)",
                file=sys.stderr, flush=True,
            )  # fmt: skip
            yield {
                "world": world.name, "seed": seed, "policy": strategy.name,
                "precision": result.precision, "revenue": result.revenue,
                "explored": result.explored,
            }  # fmt: skip


def summary(runs: pl.DataFrame) -> pl.DataFrame:
    """Mean of each policy and half the width of its 95 % interval; `lead`: over exploiting only,
    in the same world with the same seed."""
    plain = runs.filter(policy="exploit only").select("world", "seed", p="precision", r="revenue")
    led = runs.join(plain, on=["world", "seed"]).with_columns(
        precision_lead=pl.col("precision") - pl.col("p"),
        revenue_lead=pl.col("revenue") - pl.col("r"),
    )
    names = ("precision", "precision_lead", "revenue", "revenue_lead")
    half = [(pl.col(n).std() / pl.len().sqrt()).alias(f"{n}_half") for n in names]
    means = [pl.col(n).mean() for n in (*names, "explored")]
    table = led.group_by("policy", maintain_order=True).agg(pl.len().alias("runs"), *means, *half)
    quantiles = stats.t.ppf(0.975, (table["runs"] - 1).to_numpy())
    return table.with_columns(pl.col(f"{n}_half") * pl.Series(quantiles) for n in names)


def _rows(table: pl.DataFrame) -> list[dict[str, Any]]:
    by_name = {line["policy"]: line for line in table.iter_rows(named=True)}
    return [
        row(f"policies: {measure}", "share", by_name[SHIPPED][measure], line[measure], name)
        for measure in ("precision", "revenue")
        for name, line in by_name.items()
        if name != SHIPPED
    ]
