from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from tidewaiter.engine.risk import measurement
from tidewaiter.engine.risk.measurement import revenue


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=60))
def test_auc_agrees_with_scikit_learn_ties_included(pairs: list[tuple[int, bool]]) -> None:
    score = np.array([s for s, _ in pairs], dtype=float)
    found = np.array([f for _, f in pairs])
    ours = measurement.auc(score, found)
    if found.all() or not found.any():
        assert np.isnan(ours)
    else:
        assert ours == pytest.approx(roc_auc_score(found, score))


def test_ranking_metrics_of_a_known_order() -> None:
    score = np.arange(100, 0, -1, dtype=float)
    found = np.zeros(100, dtype=bool)
    found[[0, 1, 4, 50]] = True
    money = np.where(found, 10.0, 0.0)
    money[50] = 70.0
    metrics = measurement.ranking_metrics(score, found, money)
    assert metrics["precision_1"] == 1.0
    assert metrics["precision_2"] == 1.0
    assert metrics["precision_5"] == pytest.approx(0.6)
    assert metrics["recall_5"] == pytest.approx(0.75)
    assert metrics["lift_5"] == pytest.approx(15.0)
    assert metrics["revenue_recall_10"] == pytest.approx(0.3)


def test_no_revenue_known_says_nothing_about_revenue() -> None:
    metrics = measurement.ranking_metrics(
        np.array([1.0, 2.0]), np.array([True, False]), np.array([np.nan, np.nan])
    )
    assert not [name for name in metrics if name.startswith("revenue")]


def test_wilson_interval_of_the_textbook() -> None:
    """15 of 148: Newcombe 1998, table I, method 3."""
    interval = measurement.wilson(15, 148)
    assert (interval.low, interval.high) == pytest.approx((0.0624, 0.1605), abs=1e-4)


def test_wilson_without_controls_knows_nothing() -> None:
    interval = measurement.wilson(0, 0)
    assert np.isnan(interval.value)
    assert (interval.low, interval.high) == (0.0, 1.0)


def test_the_bootstrap_gives_the_same_figures_the_same_interval_in_any_order() -> None:
    figures = np.random.default_rng(2).exponential(100, 300)
    once, again = measurement.bootstrap(figures, 900), measurement.bootstrap(figures[::-1], 900)
    assert once == again
    assert once.value == pytest.approx(figures.sum() / 900)
    assert once.low < once.value < once.high


def test_the_bootstrap_agrees_with_its_normal_limit_on_many_finds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    figures = np.random.default_rng(4).exponential(100, 1_500)
    drawn = measurement.bootstrap(figures, 3_000, draws=2_000)
    monkeypatch.setattr(revenue, "MANY", 10)
    limit = measurement.bootstrap(figures, 3_000)
    assert (drawn.low, drawn.high) == pytest.approx((limit.low, limit.high), rel=0.02)


def test_the_bootstrap_of_nothing_says_nothing() -> None:
    assert not measurement.bootstrap(np.array([]), 0).known
    assert measurement.bootstrap(np.array([]), 5) == measurement.Interval(0.0, 0.0, 0.0)


def test_comparison_sees_a_better_challenger_and_no_difference_between_equals() -> None:
    random = np.random.default_rng(9)
    found = random.random(2_000) < 0.1
    weak = random.random(2_000) + 0.2 * found
    strong = random.random(2_000) + 0.9 * found
    better = measurement.compare(weak, strong, found)
    assert better.leads["auc"].low > 0
    assert better.leads["precision_5"].value > 0
    same = measurement.compare(weak, weak, found)
    lead = same.leads["auc"]
    assert (lead.low, lead.value, lead.high) == (0.0, 0.0, 0.0)
