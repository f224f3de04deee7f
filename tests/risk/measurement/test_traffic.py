"""Estimates of the whole traffic keep their promise on simulated worlds, where the truth is known.

Each test draws the controls of one world a thousand times, with fixed seeds, and counts how often
the 95 % interval holds the truth. The runs are the strata of one call.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tidewaiter.engine.risk.measurement.traffic import CERTAIN, CHANCE, OUTSIDE, estimates
from tidewaiter.engine.simulate import Setting, Simulation, inspect

RUNS = 1_000
PROMISED = (0.93, 0.97)


@pytest.fixture(scope="module")
def world() -> pl.DataFrame:
    """What a physical control of each declaration would find, and how the old administration's rule
    of thumb would have picked it: found, revenue, thumb (a figure that goes with non-compliance)."""
    setting = Setting(items=30_000, seed=11, months=1, illicit_rate=0.06)
    truth = pl.concat(chunk.truth for chunk in Simulation.of(setting).chunks())
    results = inspect(truth, truth["declaration_id"].unique(), "physical", seed=1)
    found = results.group_by("declaration_id", maintain_order=True).agg(
        pl.col("found").any(), pl.col("revenue").sum()
    )
    random = np.random.default_rng(3)
    thumb = random.lognormal(-0.5, 0.35, found.height) * (1 + found["found"].to_numpy())
    return found.with_columns(thumb=pl.Series(thumb))


def drawn(world: pl.DataFrame, probability: np.ndarray, seed: int) -> tuple[pl.DataFrame, ...]:
    """The controls of RUNS independent draws, and the traffic of each run."""
    random = np.random.default_rng(seed)
    runs, rows = [], []
    for run in range(RUNS):
        hit = np.flatnonzero(random.random(world.height, dtype=np.float32) < probability)
        runs.append(np.full(len(hit), run))
        rows.append(hit)
    at = pl.Series(np.concatenate(rows))
    controls = world[at].with_columns(
        run=pl.Series(np.concatenate(runs)), probability=pl.Series(probability)[at]
    )
    part = pl.when(pl.col("probability") == 1).then(pl.lit(CERTAIN)).otherwise(pl.lit(CHANCE))
    whole = pl.DataFrame({"probability": probability}).group_by(part.alias("part")).len("n")
    declared = pl.DataFrame({"run": range(RUNS)}).join(whole, how="cross")
    return controls.with_columns(part=part), declared.select(
        "run", "part", declarations=pl.col("n").cast(pl.Int64)
    )


def coverage(frame: pl.DataFrame, name: str, truth: float) -> tuple[float, int]:
    """Share of the runs that dare to tell whose interval holds the truth, and their number."""
    told = frame.filter(pl.col(name).is_not_nan())
    held = told.filter(pl.lit(truth).is_between(f"{name}_low", f"{name}_high"))
    return held.height / max(told.height, 1), told.height


def plain(world: pl.DataFrame, controls: int) -> np.ndarray:
    return np.full(world.height, controls / world.height)


def by_thumb(world: pl.DataFrame, controls: int) -> np.ndarray:
    thumb = world["thumb"].to_numpy()
    return np.clip(thumb / thumb.sum() * controls, 0, 0.9)


def with_targets(world: pl.DataFrame, controls: int) -> np.ndarray:
    """The best twentieth of a ranking that knows something is controlled for sure."""
    probability = plain(world, controls)
    score = world["thumb"].to_numpy()
    probability[np.argsort(-score)[: world.height // 20]] = 1.0
    return probability


@pytest.mark.parametrize("design", [plain, by_thumb, with_targets])
@pytest.mark.parametrize("controls", [45, 120, 400])
def test_the_interval_of_non_compliance_holds_the_truth(world, design, controls):
    result = estimates(*drawn(world, design(world, controls), seed=controls), by=["run"])
    held, told = coverage(result, "rate", world["found"].mean())
    assert told > 0.95 * RUNS
    assert PROMISED[0] <= held <= PROMISED[1]


@pytest.mark.parametrize("design", [plain, by_thumb, with_targets])
@pytest.mark.parametrize("controls", [250, 400])
def test_the_interval_of_revenue_holds_the_truth(world, design, controls):
    result = estimates(*drawn(world, design(world, controls), seed=controls), by=["run"])
    held, told = coverage(result, "gap", world["revenue"].sum())
    assert told > 0.8 * RUNS
    assert PROMISED[0] <= held <= PROMISED[1]


def test_about_thirty_controls_by_chance_carry_a_rate_and_no_revenue(world):
    """Thirty controls with two finds: the interval is wide, and a little wider than it need be."""
    result = estimates(*drawn(world, plain(world, 38), seed=7), by=["run"])
    held, told = coverage(result, "rate", world["found"].mean())
    assert told > 0.85 * RUNS
    assert PROMISED[0] <= held <= 0.98
    assert result.filter(pl.col("by_chance") < 60)["gap"].is_nan().all()


@pytest.mark.parametrize("design", [plain, by_thumb, with_targets])
def test_with_five_to_ten_finds_the_interval_of_revenue_errs_on_the_safe_side(world, design):
    result = estimates(*drawn(world, design(world, 140), seed=140), by=["run"])
    held, told = coverage(result, "gap", world["revenue"].sum())
    assert told > 0.8 * RUNS
    assert PROMISED[0] <= held <= 0.985


def test_what_is_missed_is_the_whole_less_what_was_found(world):
    controls, declared = drawn(world, with_targets(world, 400), seed=5)
    row = estimates(controls.filter(pl.col("run") == 0), declared.filter(pl.col("run") == 0)).row(
        0, named=True
    )
    assert row["declarations"] == world.height
    assert row["missed"] == pytest.approx(row["rate"] * world.height - row["found"])
    assert row["lost"] == pytest.approx(row["gap"] - row["revenue"])
    assert row["rate_low"] < row["rate"] < row["rate_high"]


def controlled(part: str, number: int, finds: int, probability: float = 0.1) -> pl.DataFrame:
    found = [n < finds for n in range(number)]
    return pl.DataFrame(
        {
            "part": [part] * number,
            "probability": [1.0 if part == CERTAIN else probability] * number,
            "found": found,
            "revenue": [100.0 + n if is_find else 0.0 for n, is_find in enumerate(found)],
        }
    )


def declared(**parts: int) -> pl.DataFrame:
    return pl.DataFrame({"part": list(parts), "declarations": list(parts.values())})


def test_too_few_controls_by_chance_say_nothing():
    controls = pl.concat([controlled(CERTAIN, 50, 20), controlled(CHANCE, 29, 4)])
    row = estimates(controls, declared(certain=50, chance=400)).row(0, named=True)
    assert np.isnan([row["rate"], row["missed"], row["gap"], row["lost"]]).all()
    assert (row["by_chance"], row["found"], row["controlled"]) == (29, 24, 79)
    assert not np.isnan(
        estimates(
            pl.concat([controls, controlled(CHANCE, 1, 0)]), declared(certain=50, chance=400)
        )["rate"][0]
    )


def test_what_was_all_controlled_is_known_exactly():
    row = estimates(controlled(CERTAIN, 50, 20), declared(certain=50)).row(0, named=True)
    assert row["rate_low"] == row["rate"] == row["rate_high"] == 0.4
    assert row["gap_low"] == row["gap_high"] == row["revenue"]
    assert row["lost"] == row["missed"] == 0


def test_controls_that_are_still_open_widen_the_interval_and_move_nothing():
    row = estimates(controlled(CERTAIN, 50, 20), declared(certain=100)).row(0, named=True)
    assert row["rate_low"] < row["rate"] == 0.4 < row["rate_high"]
    assert row["missed"] == 20


def test_nothing_is_said_of_what_chance_cannot_reach():
    parts = {CHANCE: 400, OUTSIDE: 70}
    row = estimates(controlled(CHANCE, 40, 4), declared(**parts)).row(0, named=True)
    assert (row["declarations"], row["outside"], row["rate"]) == (400, 70, 0.1)


def test_a_stratum_without_any_control_is_there_and_unknown():
    controls = controlled(CHANCE, 40, 4).with_columns(office=pl.lit("A"))
    traffic = pl.concat([declared(chance=400).with_columns(office=pl.lit(o)) for o in "AB"])
    result = estimates(controls, traffic, by=["office"])
    assert result["office"].to_list() == ["A", "B"]
    assert result["rate"].is_nan().to_list() == [False, True]


def test_what_cannot_be_weighted_is_refused():
    with pytest.raises(ValueError, match="selection probability"):
        estimates(controlled(CHANCE, 40, 4, probability=0.0), declared(chance=400))
