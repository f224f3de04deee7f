"""A planted shift is found, a stable world is not: the rate of false alarms is counted."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tidewaiter.engine.risk.measurement.drift import (
    FALSE_ALARMS,
    Hits,
    hit_rate_drift,
    shares,
    stability,
)


def world(rows: int, seed: int, **shift: float) -> pl.DataFrame:
    """Figures as facts are: skewed, few values, often missing; `shift` moves one by so much."""
    random = np.random.default_rng(seed)
    value = random.lognormal(3 + shift.get("value", 0), 1, rows)
    flag = (random.random(rows) < 0.03 + shift.get("flag", 0)).astype(float)
    gaps = random.normal(0, 1, rows)
    gaps[random.random(rows) < 0.2 + shift.get("gaps", 0)] = np.nan
    noise = {f"n{n}": random.normal(0, 1, rows) for n in range(17)}
    return pl.DataFrame({"value": value, "flag": flag, "gaps": gaps, **noise})


def states(frame: pl.DataFrame) -> dict[str, str]:
    return dict(frame.select("fact", "state").iter_rows())


@pytest.mark.parametrize("rows", [300, 2_000])
def test_a_stable_world_raises_an_alarm_in_one_check_of_a_hundred_at_most(rows):
    """Twenty facts a check, a hundred checks."""
    alarms = sum(
        (stability(world(rows, 2 * n), world(rows, 2 * n + 1))["state"] == "alarm").any()
        for n in range(100)
    )
    assert alarms / 100 <= 2 * FALSE_ALARMS


@pytest.mark.parametrize("shift", [{"value": 1.0}, {"flag": 0.30}, {"gaps": 0.35}])
def test_a_planted_shift_is_found_and_nothing_beside_it(shift):
    found = states(stability(world(2_000, 1), world(2_000, 2, **shift)))
    (planted,) = shift
    assert found.pop(planted) == "alarm"
    assert set(found.values()) == {"steady"}


def test_a_smaller_shift_is_to_be_watched():
    assert states(stability(world(4_000, 1), world(4_000, 2, value=0.45)))["value"] == "watch"


def test_the_index_is_that_of_the_book():
    """Two bins, 50 and 50 % before, 80 and 20 % now: 0.3 ln 1.6 + 0.3 ln 2.5."""
    before = pl.DataFrame({"x": [0.0, 1.0] * 50_000})
    now = pl.DataFrame({"x": [0.0] * 80_000 + [1.0] * 20_000})
    index = stability(before, now)["psi"][0]
    assert index == pytest.approx(0.3 * np.log(1.6) + 0.3 * np.log(2.5), abs=1e-3)


def test_too_few_rows_say_nothing_and_a_constant_is_steady():
    assert set(states(stability(world(2_000, 1), world(50, 2))).values()) == {"unknown"}
    same = pl.DataFrame({"x": [1.0] * 500, "y": [None] * 500}, schema_overrides={"y": pl.Float64})
    assert set(states(stability(same, same)).values()) == {"steady"}


def test_bins_add_up_and_name_their_bounds():
    frame = world(1_000, 3)
    names, before, now = shares(frame["gaps"].to_numpy(), frame["gaps"].to_numpy()[:500])
    assert len(names) == len(before) == len(now) == 11
    assert before.sum() == pytest.approx(1)
    assert names[-1] == ""
    assert before[-1] == pytest.approx(np.isnan(frame["gaps"].to_numpy()).mean())


@pytest.mark.parametrize(
    ("before", "recent", "verdict"),
    [
        (Hits(300, 1000, 50, 1000), Hits(290, 1000, 52, 1000), "steady"),
        (Hits(300, 1000, 50, 1000), Hits(150, 1000, 52, 1000), "model_weaker"),
        (Hits(300, 1000, 80, 1000), Hits(150, 1000, 20, 1000), "less_to_find"),
        (Hits(300, 1000, 50, 1000), Hits(300, 1000, 130, 1000), "more_to_find"),
        (Hits(300, 1000, 5, 20), Hits(150, 1000, 5, 1000), "unknown"),
    ],
)
def test_chance_is_the_judge_of_a_hit_rate(before, recent, verdict):
    assert hit_rate_drift(before, recent).verdict == verdict


def test_hit_rates_of_a_stable_world_raise_few_alarms():
    """Two rates at 99 %: one check in fifty at most, counted with room for luck."""
    random = np.random.default_rng(8)
    alarms = 0
    for _ in range(1_000):
        found = random.binomial([400, 200] * 2, [0.2, 0.05] * 2)
        one = Hits(int(found[0]), 400, int(found[1]), 200)
        two = Hits(int(found[2]), 400, int(found[3]), 200)
        alarms += hit_rate_drift(one, two).alarm
    assert alarms / 1_000 <= 0.02
