"""Assessing and baselines: this machine alone, and Spark Connect servers with one and two cores.

One million items; ten million with TIDEWAITER_BENCH_FULL=1; TIDEWAITER_BENCH_ITEMS says how many
otherwise. Sail comes with the extra `scale`; Apache Spark is measured where SPARK_HOME names it.
The peer is the local engine, which has two cores of this machine for itself: what is measured here is
what the way through a cluster costs, not what many machines gain. The results must be the same.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import polars as pl

from bench.house import House, Measured, row
from tests.scale import servers
from tidewaiter.engine.records import ASSESSMENTS
from tidewaiter.engine.records.lake import Lake

if TYPE_CHECKING:
    from pathlib import Path

CORES = (1, 2)
STEPS = {"baselines": ("baselines", "build"), "assess": ("assess",)}


def run() -> list[dict[str, Any]]:
    full = os.environ.get("TIDEWAITER_BENCH_FULL") == "1"
    items = int(os.environ.get("TIDEWAITER_BENCH_ITEMS") or (10_000_000 if full else 1_000_000))
    house = House()
    try:
        house.run("intake", house.month(items))
        untouched = house.path / "untouched"
        shutil.copytree(house.path / "home", untouched)
        local = _measured(house, untouched)
        same = _digest(house)
        rows: list[dict[str, Any]] = []
        for kind in servers.KINDS:
            if reason := servers.absent(kind):
                print(f"{kind}: {reason}")
                continue
            for cores in CORES:
                with servers.running(kind, cores) as address:
                    far = _measured(house, untouched, "--engine", "spark", "--connect", address)
                assert _digest(house) == same, f"{kind} computes something else"
                rows += [_row(f"{step}, {kind}, {cores} cores, {items / 1e6:g} M items", items,
                              far[step], local[step]) for step in STEPS]  # fmt: skip
        return rows
    finally:
        house.close()


def _measured(house: House, untouched: Path, *engine: str) -> dict[str, Measured]:
    """The steps in a fresh copy of the house."""
    home = house.path / "home"
    shutil.rmtree(home)
    shutil.copytree(untouched, home)
    return {step: house.run(*command, *engine) for step, command in STEPS.items()}


def _digest(house: House) -> tuple[Any, ...]:
    """Of all assessments, in whatever order they stand: how many, and the sum of their hashes. Ten
    million would not fit twice beside what is measured."""
    rows = Lake(house.path / "home" / "lake").scan(ASSESSMENTS).drop("assessed_at")
    flat = rows.with_columns(pl.col(pl.List(pl.String)).list.join("\x1f"))
    hashed = pl.struct(pl.all()).hash()
    return flat.select(pl.len(), hashed.sum()).collect(engine="streaming").row(0)


def _row(name: str, items: int, far: Measured, near: Measured) -> dict[str, Any]:
    return row(name, "items/s", items / far.wall, items / near.wall, "this machine alone")
