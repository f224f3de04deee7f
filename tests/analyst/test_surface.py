"""`import tidewaiter.engine as tw`: what an analyst gets, without web framework or database."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import numpy as np
import polars as pl
import pytest

import tidewaiter.engine as tw
from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, OUTCOMES
from tidewaiter.engine.records.lake import Lake
from tidewaiter.engine.risk.profiles import Profile

DAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
def world() -> tw.World:
    return tw.simulated(3_000, seed=5, months=3, illicit_rate=0.2, inspected_rate=0.4)


@pytest.fixture(scope="module")
def facts(world: tw.World) -> pl.DataFrame:
    later = world.declarations.filter(pl.col("declaration_date") >= DAY)
    return tw.facts(later, tw.baselines(world.declarations, world.outcomes, DAY))


def test_it_needs_no_django_and_is_quick_to_import() -> None:
    code = (
        "import sys, tidewaiter.engine as tw; assert 'polars' not in sys.modules; tw.facts; "
        "print({m for m in ('django', 'pyspark', 'matplotlib.pyplot') if m in sys.modules})"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"


def test_all_that_is_named_is_there_and_says_what_it_is() -> None:
    for name in tw.__all__:
        assert getattr(tw, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'fact'"):
        tw.fact  # noqa: B018


def test_the_same_world_twice(world: tw.World) -> None:
    again = tw.simulated(3_000, seed=5, months=3, illicit_rate=0.2, inspected_rate=0.4)
    assert again.declarations.equals(world.declarations)
    assert again.truth.height == world.declarations.height == 3_000


def test_loading_from_a_house(world: tw.World, tmp_path) -> None:
    lake = Lake(tmp_path / "lake")
    lake.append(DECLARATIONS, [world.declarations], cause="one")
    again = world.declarations.head(1).with_columns(version=pl.lit(2), customs_value=pl.lit(1.0))
    lake.append(DECLARATIONS, [again], cause="two")
    assert tw.load(tmp_path).collect().height == 3_000
    assert tw.load(tmp_path, every_version=True).collect().height == 3_001
    with pytest.raises(FileNotFoundError, match="no table of outcomes"):
        tw.load(tmp_path, "outcomes")


def test_a_tried_profile_counts_what_it_hit(world: tw.World, facts: pl.DataFrame) -> None:
    tried = tw.try_profiles(
        tw.profiles(
            Profile(code="ALL", title="All", condition="item_no >= 1"),
            Profile(code="FIRST", title="First", condition="item_no = 1"),
        ),
        facts,
        world.outcomes,
    )
    all_, first = tried.rows(named=True)
    assert (all_["items"], all_["lift"]) == (facts.height, 1.0)
    assert first["items"] == (facts["item_no"] == 1).sum()
    assert 0 < first["finds"] <= first["controlled"] < all_["controlled"]
    assert first["low"] < first["hit_rate"] < first["high"]
    assert first["alone"] == 0
    assert all_["alone"] == all_["finds"] - first["finds"]


def test_a_profile_that_cannot_be_used_is_named() -> None:
    wrong = Profile(code="WRONG", title="Wrong", condition="orgin = 'CN'")
    with pytest.raises(ValueError, match="WRONG: unknown"):
        tw.profiles(wrong)


def test_assessing_ranking_and_selecting(world: tw.World, facts: pl.DataFrame) -> None:
    later = world.declarations.filter(pl.col("declaration_date") >= DAY)
    assessed = tw.assess(later, tw.baselines(world.declarations, world.outcomes, DAY))
    assert assessed.schema == ASSESSMENTS.incoming
    perfect = assessed.with_columns(
        score=assessed.join(world.truth, on=["declaration_id", "item_no"], maintain_order="left")[
            "illicit"
        ].cast(pl.Float64)
    )
    known = OUTCOMES.conform(world.outcomes)
    best, usual = (tw.ranking(rows, known, shares=(0.1, 1.0)) for rows in (perfect, assessed))
    assert best["precision"][0] > usual["precision"][0]
    assert usual["recall"][1] == best["recall"][1] == 1.0
    assert np.isclose(usual["lift"][1], 1.0)
    chosen = tw.select(assessed)
    assert chosen.rows.height == assessed["declaration_id"].n_unique()
    assert chosen.rows.equals(tw.select(assessed).rows.with_columns(chosen.rows["selected_at"]))
