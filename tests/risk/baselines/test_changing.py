"""The hit rate of today: what Bayes' rule says, soon after a change, blind to order and future."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures import trade
from tidewaiter.engine.risk.baselines import Baselines
from tidewaiter.engine.risk.baselines.changing import (
    DAYS_A_CHANGE,
    PRIOR,
    SHIFTS,
    current_rates,
    unknown_rate,
)
from tidewaiter.engine.risk.baselines.tables import KeyTable
from tidewaiter.engine.risk.facts import compute_facts

AS_OF = date(2024, 6, 1)
TODAY = (AS_OF - date(1970, 1, 1)).days
SCHEMA = {"key": pl.Int64, "day": pl.Int64, "controls": pl.Int64, "finds": pl.Int64}


def results(rows: list[tuple[int, int, int, int]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def rate_after(days: list[tuple[int, int, int]], overall: float = 0.03) -> float:
    """Of one key with (days ago, controls, finds)."""
    rows = results([(1, TODAY - ago, controls, finds) for ago, controls, finds in days])
    return current_rates(rows, overall, AS_OF)["current_rate"].item()


def by_the_book(days: list[tuple[int, int, int]], overall: float) -> float:
    """The same filter day by day, in plain numbers."""
    odds = overall / (1 - overall)
    rates = [odds * math.exp(s) / (1 + odds * math.exp(s)) for s in SHIFTS.tolist()]
    weights, seen = PRIOR.tolist(), {ago: (controls, finds) for ago, controls, finds in days}
    for ago in range(max(seen, default=0), 0, -1):
        controls, finds = seen.get(ago, (0, 0))
        weights = [
            w * r**finds * (1 - r) ** (controls - finds)
            for w, r in zip(weights, rates, strict=True)
        ]
        whole = sum(weights)
        weights = [
            w / whole + (p - w / whole) / DAYS_A_CHANGE
            for w, p in zip(weights, PRIOR.tolist(), strict=True)
        ]
    return sum(w * r for w, r in zip(weights, rates, strict=True))


_DAY = st.integers(0, 20).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


@settings(max_examples=60, deadline=None)
@given(
    days=st.dictionaries(st.integers(1, 300), _DAY, max_size=40),
    overall=st.sampled_from([0.003, 0.03, 0.3]),
)
def test_it_is_what_bayes_rule_says(days: dict[int, tuple[int, int]], overall: float) -> None:
    told = [(ago, *counted) for ago, counted in sorted(days.items())]
    if told:
        assert rate_after(told, overall) == pytest.approx(by_the_book(told, overall), rel=1e-9)
    else:
        assert unknown_rate(overall) == pytest.approx(by_the_book([], overall))


def test_a_scheme_that_began_last_week_shows() -> None:
    calm = [(ago, 5, 0) for ago in range(8, 400)]
    begun = [(ago, 5, 1) for ago in range(1, 8)]
    assert rate_after(calm) < 0.01
    assert rate_after(calm + begun) == pytest.approx(0.2, abs=0.08)
    assert rate_after([(ago + 400, 5, 1) for ago in range(1, 100)] + calm) < 0.01


def test_without_results_it_goes_back_to_what_is_usual() -> None:
    once = [rate_after([(ago, 50, 25)]) for ago in (1, 60, 2_000)]
    assert once[0] > once[1] > once[2] == pytest.approx(unknown_rate(0.03), rel=1e-3)


def test_keys_do_not_touch_each_other() -> None:
    """Each key's rate is the same to the bit alone and among others, in whatever order they come."""
    random = np.random.default_rng(3)
    rows = results(
        [
            (key, TODAY - int(ago), 4, int(random.integers(0, 3)))
            for key in range(-20, 20)
            for ago in random.choice(np.arange(1, 200), random.integers(1, 60), replace=False)
        ]
    )
    together = current_rates(rows.sample(fraction=1, shuffle=True, seed=1), 0.05, AS_OF)
    assert together["key"].to_list() == list(range(-20, 20))
    alone = [current_rates(part, 0.05, AS_OF) for part in rows.partition_by("key")]
    assert pl.concat(alone).sort("key").equals(together)


@pytest.mark.parametrize("overall", [0.0, 1.0])
def test_it_is_a_rate_even_where_all_or_none_are_finds(overall: float) -> None:
    assert 0 < rate_after([(1, 1_000_000, int(overall * 1_000_000))], overall) < 1
    assert 0 < unknown_rate(overall) < 1


def test_nothing_known_is_no_row() -> None:
    assert current_rates(results([]), 0.03, AS_OF).height == 0


DECLARED = trade.declarations()
KNOWN = trade.outcomes(DECLARED)
DAY = trade.FIRST_DAY + timedelta(days=80)
BASELINES = Baselines.build(DECLARED.lazy(), KNOWN.lazy(), DAY)
LATER = DECLARED.filter(pl.col("declaration_date") >= DAY)


def test_a_key_never_controlled_has_the_usual_rate() -> None:
    new = LATER.head(1).with_columns(importer=pl.lit("NEVER SEEN"), declarant=pl.lit(None))
    row = compute_facts(new, BASELINES).row(0, named=True)
    assert row["importer_current_hit_rate"] == pytest.approx(unknown_rate(BASELINES.hit_rate))
    assert row["declarant_current_hit_rate"] is None
    nothing = Baselines.build(DECLARED.lazy(), KNOWN.clear().lazy(), DAY)
    row = compute_facts(LATER.head(1), nothing).row(0, named=True)
    assert row["importer_current_hit_rate"] == pytest.approx(unknown_rate(0.0))


def test_baselines_built_before_know_all_but_this() -> None:
    """Those of a release that kept no current rate: the fact is missing, all others are the same."""
    before = {
        name: KeyTable(
            table.keys,
            np.ascontiguousarray(np.delete(table.figures, table.place["current_rate"], axis=1)),
            [figure for figure in table.names if figure != "current_rate"],
        )
        if "current_rate" in table.place
        else table
        for name, table in BASELINES.histories.items()
    }
    old = compute_facts(LATER, replace(BASELINES, histories=before))
    now = compute_facts(LATER, BASELINES)
    current = [name for name in now.columns if name.endswith("current_hit_rate")]
    assert old.drop(current).equals(now.drop(current))
    assert len(current) > 5
    assert all(old[name].null_count() == old.height for name in current)


def test_items_declared_long_after_the_baselines_are_thought_of_as_usual() -> None:
    usual = unknown_rate(BASELINES.hit_rate)
    one = LATER.head(1)
    rates = [
        compute_facts(one.with_columns(declaration_date=pl.lit(day)), BASELINES)[
            "chapter_current_hit_rate"
        ].item()
        for day in (None, DAY - timedelta(days=9), DAY, DAY + timedelta(days=120), date(2300, 1, 1))
    ]
    assert rates[0] == rates[1] == rates[2] != pytest.approx(usual, rel=1e-3)
    assert (rates[3] - usual) / (rates[2] - usual) == pytest.approx(math.exp(-1), rel=0.01)
    assert rates[4] == pytest.approx(usual)
