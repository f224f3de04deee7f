"""A house whose traffic, selections and results come from a simulated world: enough to estimate."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from tests.desks.targeting.conftest import AT
from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, OUTCOMES, SELECTIONS
from tidewaiter.engine.records.lake import record_key
from tidewaiter.engine.simulate import Setting, Simulation, inspect
from tidewaiter.platform.store import lake

RATE = 0.06  # the random share: high, so that a small world has enough controls by chance
TARGETED = 0.04
PROFILES = ("CHEAP", "NEWCOMER", "ORIGIN")


def put(stream, frame: pl.DataFrame, cause: str) -> None:
    kept = {"version": pl.lit(1), "message_id": pl.lit(1), "received_at": pl.lit(AT)}
    frame = frame.with_columns(
        key=record_key(*stream.natural_key),
        month=pl.col("declaration_date").dt.strftime("%Y-%m"),
        **{name: value for name, value in kept.items() if name not in frame.columns},
    )
    lake().append(stream, [frame], cause=cause)


def furnish_world(items: int = 9_000, months: int = 3, seed: int = 5) -> pl.DataFrame:
    """Fill the lake; the truth, an item a row. Selected by value: the best by a score that knows
    something; by chance: RATE of the others."""
    world = Simulation.of(
        Setting(items=items, seed=seed, start=date(2026, 1, 1), months=months, illicit_rate=0.08)
    )
    chunks = list(world.chunks())
    declared = pl.concat(chunk.declarations for chunk in chunks)
    truth = pl.concat(chunk.truth for chunk in chunks)
    put(DECLARATIONS, declared.with_columns(function=pl.lit("original")), "world")
    selections = _selections(declared, truth, seed)
    put(SELECTIONS, selections, "selected")
    put(ASSESSMENTS, _assessments(declared, selections, seed), "assessed")
    chosen = selections.filter(pl.col("lane") != "green")
    results = inspect(truth, chosen["declaration_id"], "physical", seed=seed)
    told = chosen.select("declaration_id", "lane", "selected_by", "selection_probability")
    results = results.drop("lane", "selected_by", "selection_probability")
    put(OUTCOMES, results.join(told, on="declaration_id"), "results")
    return truth


def _selections(declared: pl.DataFrame, truth: pl.DataFrame, seed: int) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    bad = truth.group_by("declaration_id").agg(pl.col("illicit").any())
    rows = declared.group_by("declaration_id", maintain_order=True).agg(
        pl.col("declaration_date", "office", "importer").first(), pl.len().alias("items")
    )
    rows = rows.join(bad, on="declaration_id", maintain_order="left")
    noise = pl.Series(random.normal(0, 1, rows.height))
    rows = rows.with_columns(score=1 / (1 + (2 - 1.5 * pl.col("illicit") + noise).exp()))
    best = pl.col("score") >= pl.col("score").quantile(1 - TARGETED)
    chance = pl.Series(random.random(rows.height) < RATE)
    return rows.with_columns(
        selected_by=pl.when(best).then(pl.lit("value")).when(chance).then(pl.lit("random"))
        .otherwise(pl.lit("none")),
        selection_probability=pl.when(best).then(1.0).otherwise(RATE),
        expected_value=pl.col("score") * 1_000,
        currency=pl.lit("EUR"),
    ).with_columns(
        lane=pl.when(pl.col("selected_by") == "none").then(pl.lit("green")).otherwise(pl.lit("red")),
        controls=pl.lit([], pl.List(pl.String)),
        run_id=pl.lit("run"),
        selected_at=pl.lit(AT),
    )  # fmt: skip


def _assessments(declared: pl.DataFrame, selections: pl.DataFrame, seed: int) -> pl.DataFrame:
    random = np.random.default_rng(seed + 1)
    scores = selections.select("declaration_id", "score")
    rows = declared.join(scores, on="declaration_id", maintain_order="left")
    hits = [
        (pl.col("score") > 0.5 - 0.1 * n) & pl.Series(random.random(rows.height) < 0.5)
        for n in range(len(PROFILES))
    ]
    codes = [pl.when(hit).then(pl.lit(code)) for hit, code in zip(hits, PROFILES, strict=True)]
    return rows.with_columns(
        profiles=pl.concat_list(codes).list.drop_nulls(),
        declaration_version=pl.lit(1),
        run_id=pl.lit("pins"),
        assessed_at=pl.lit(AT),
    ).select(pl.col("^(" + "|".join(ASSESSMENTS.schema) + ")$").exclude("key", "version", "month"))


@pytest.fixture
def simulated(home) -> pl.DataFrame:
    return furnish_world()
