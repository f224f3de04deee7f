"""What a ranking would have caught, told from weighted controls."""

from __future__ import annotations

import numpy as np
import polars as pl

from tidewaiter.engine.risk.measurement.inspecting import inspected
from tidewaiter.engine.risk.measurement.traffic import CERTAIN, CHANCE

SIZE = 20_000


def world(seed: int) -> pl.DataFrame:
    """Traffic with a score that knows something: place, found, revenue."""
    random = np.random.default_rng(seed)
    found = random.random(SIZE) < 0.08
    score = random.normal(0, 1, SIZE) + 1.5 * found
    place = np.empty(SIZE)
    place[np.argsort(-score)] = (np.arange(SIZE) + 1) / SIZE
    money = np.where(found, random.lognormal(5, 1, SIZE), 0.0)
    return pl.DataFrame({"place": place, "found": found, "revenue": money, "minutes": 30.0})


def sampled(truth: pl.DataFrame, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The best three per cent for sure, two per cent of the others by chance."""
    random = np.random.default_rng(seed)
    sure = pl.col("place") <= 0.03
    rows = truth.with_columns(
        part=pl.when(sure).then(pl.lit(CERTAIN)).otherwise(pl.lit(CHANCE)),
        probability=pl.when(sure).then(1.0).otherwise(0.02),
        drawn=pl.Series(random.random(SIZE)),
    )
    traffic = rows.group_by("part").agg(pl.len().alias("declarations"))
    return rows.filter(pl.col("drawn") < pl.col("probability")), traffic


def test_precision_and_recall_hold_the_truth_about_as_often_as_they_say():
    truth = world(1)
    held = np.zeros((100, 3))
    best = truth.filter(pl.col("place") <= 0.10)
    expected = (
        best["found"].mean(),
        best["found"].sum() / truth["found"].sum(),
        best["revenue"].sum() / truth["revenue"].sum(),
    )
    for run in range(100):
        tenth = inspected(*sampled(truth, 100 + run), "place")[-1]
        told = (tenth.precision, tenth.recall, tenth.revenue)
        held[run] = [one.low <= true <= one.high for one, true in zip(told, expected, strict=True)]
    assert (held.mean(axis=0) >= 0.9).all()


def test_lift_is_precision_over_that_of_chance():
    truth = world(2)
    fifth = inspected(*sampled(truth, 3), "place")[2]
    base = truth["found"].mean()
    assert fifth.share == 0.05
    assert abs(fifth.lift.value - fifth.precision.value / base) < 0.3 * fifth.lift.value
    assert fifth.controls == 1_000
    assert fifth.minutes == 30_000


def test_without_enough_chance_nothing_is_claimed():
    controls, traffic = sampled(world(2), 3)
    few = pl.concat(
        [
            controls.filter(pl.col("part") == CERTAIN),
            controls.filter(pl.col("part") == CHANCE).head(20),
        ]
    )
    assert not any(
        one.precision.known or one.recall.known for one in inspected(few, traffic, "place")
    )
