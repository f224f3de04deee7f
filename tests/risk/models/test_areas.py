"""Heads of risk areas: what a find would be about, and what that is worth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from scipy.special import expit, logit

from tests.fixtures import trade
from tidewaiter.engine.risk.assess import assess
from tidewaiter.engine.risk.baselines import Baselines
from tidewaiter.engine.risk.baselines.labels import labelled
from tidewaiter.engine.risk.facts import compute_facts
from tidewaiter.engine.risk.lists import NamedLists
from tidewaiter.engine.risk.measurement import auc
from tidewaiter.engine.risk.models import RiskModel
from tidewaiter.engine.risk.models.says import AreaSays
from tidewaiter.engine.risk.profiles import Profile, ProfileSet
from tidewaiter.engine.risk.schema import SCHEMA
from tidewaiter.engine.risk.value import AREA_BASE, REVENUE, Consequences, worth

if TYPE_CHECKING:
    from pathlib import Path

UNTIL = trade.FIRST_DAY + timedelta(days=84)
DECLARED = trade.declarations(9_000)
SHIRTS, WINE = "610910", "220421"


def _known() -> pl.DataFrame:
    """Shirts found are counterfeits, a handful of wine is a danger to health, the rest is revenue."""
    of = DECLARED.select("declaration_id", "hs")
    found = trade.outcomes(DECLARED, share=0.9).join(of, on="declaration_id", maintain_order="left")
    few = (pl.col("hs") == WINE) & (pl.col("found").cum_sum() < 80)
    area = (
        pl.when(pl.col("hs") == SHIRTS).then(pl.lit("ipr"))
        .when(few).then(pl.lit("health")).otherwise(pl.lit("revenue"))
    )  # fmt: skip
    critical = pl.col("found") & (pl.col("hs") == SHIRTS)
    return found.with_columns(
        risk_area=pl.when("found").then(area),
        severity=pl.when(critical).then(3).otherwise("severity").cast(pl.Int64),
    ).drop("hs")


KNOWN = _known()


@pytest.fixture(scope="module")
def model() -> RiskModel:
    return RiskModel.train(DECLARED.lazy(), KNOWN.lazy(), until=UNTIL)


@pytest.fixture(scope="module")
def later() -> pl.DataFrame:
    rows = DECLARED.filter(pl.col("declaration_date") >= UNTIL)
    return compute_facts(rows, Baselines.build(DECLARED.lazy(), KNOWN.lazy(), UNTIL))


def assessed(model: RiskModel, *profiles: Profile) -> pl.DataFrame:
    lists = NamedLists({})
    return assess(
        DECLARED.filter(pl.col("declaration_date") >= UNTIL),
        profiles=ProfileSet(list(profiles), SCHEMA, lists),
        lists=lists,
        baselines=Baselines.build(DECLARED.lazy(), KNOWN.lazy(), UNTIL),
        model=model,
        currency="EUR",
        run_id="test",
        at=datetime(2024, 4, 1, tzinfo=UTC),
    )


def test_an_area_with_enough_finds_has_a_head_of_its_own(model: RiskModel) -> None:
    areas = {area.name: area for area in model.areas}
    assert set(areas) == {"health", "ipr", "revenue"}
    assert areas["health"].trees is None
    assert areas["ipr"].trees
    assert sum(area.share for area in model.areas) == pytest.approx(1)
    assert model.metrics["finds_ipr"] >= 30 > model.metrics["finds_health"] > 0
    assert model.metrics["auc_ipr"] > 0.9


def test_heads_tell_the_areas_apart(model: RiskModel, later: pl.DataFrame) -> None:
    says = {one.area: one for one in model.says(later).areas}
    known = later.join(KNOWN, on="declaration_id", how="left", maintain_order="left")
    for area in ("ipr", "revenue"):
        true = (known["risk_area_right"] if "risk_area_right" in known.columns else known["risk_area"]) == area  # fmt: skip
        truth = true.fill_null(value=False).to_numpy()
        assert auc(says[area].log_odds, truth) > 0.95
        assert expit(says[area].log_odds).mean() == pytest.approx(truth.mean(), abs=0.03)


def test_few_finds_have_their_share_of_the_whole(model: RiskModel, later: pl.DataFrame) -> None:
    says = model.says(later)
    health = next(one for one in says.areas if one.area == "health")
    share = next(area.share for area in model.areas if area.name == "health")
    assert expit(health.log_odds) == pytest.approx(expit(says.log_odds) * share)


def test_the_assessment_names_the_area_that_is_worth_most(model: RiskModel) -> None:
    rows = assessed(model).with_columns(
        shirt=pl.col("hs") == SHIRTS, ipr=pl.col("risk_area") == "ipr"
    )
    dear = rows.sort("expected_value", descending=True).head(60)
    assert dear.filter("shirt")["ipr"].mean() > 0.9
    share = rows.group_by("shirt").agg(pl.col("ipr").mean()).sort("shirt")["ipr"]
    assert share[1] > share[0]


def test_a_profile_of_an_area_adds_to_what_its_head_says(model: RiskModel) -> None:
    plain = assessed(model)
    counterfeits = Profile("FAKES", "Fakes", f"hs = '{SHIRTS}'", risk_area="ipr", weight=2.0)
    more = assessed(model, counterfeits)
    hit = (plain["hs"] == SHIRTS).to_numpy()
    assert (more["expected_value"].to_numpy()[hit] > plain["expected_value"].to_numpy()[hit]).all()
    assert more.filter(~hit)["expected_value"].equals(plain.filter(~hit)["expected_value"])


def test_expected_value_is_the_sum_over_areas() -> None:
    """A row that a profile of an area hits has at least the base of areas there."""
    profiles = ProfileSet(
        [Profile("D", "Drugs", "hs LIKE '06%'", risk_area="drugs", weight=1.0, severity=3)],
        SCHEMA,
        NamedLists({}),
    )
    said = [
        AreaSays("drugs", logit(np.array([0.001, 0.001])), 2),
        AreaSays(REVENUE, logit(np.array([0.1, 0.1])), 1),
    ]
    hits = np.array([1], dtype=np.int32), np.array([0], dtype=np.int32)
    terms = Consequences({1: 200.0, 2: 1_000.0, 3: 5_000.0}, cost=25.0)
    stake = np.array([3_000.0, 3_000.0])
    got = worth(logit(np.array([0.2, 0.2])), stake, hits, profiles, terms, said)
    by_profile = expit(AREA_BASE + 1.0) * 5_000
    assert got.expected == pytest.approx([0.1 * 3_000 + 0.001 * 1_000 - 25, 300 + by_profile - 25])
    assert got.area.to_list() == [REVENUE, REVENUE if by_profile < 300 else "drugs"]


def test_saved_and_loaded_says_the_same_bits(
    model: RiskModel, later: pl.DataFrame, tmp_path: Path
) -> None:
    model.save(tmp_path / "model.json")
    loaded = RiskModel.load(tmp_path / "model.json")
    assert loaded.version == model.version
    for one, other in zip(loaded.says(later).areas, model.says(later).areas, strict=True):
        assert (one.area, one.severity) == (other.area, other.severity)
        assert np.array_equal(one.log_odds, other.log_odds)


def test_without_areas_a_model_is_written_as_before() -> None:
    plain = trade.outcomes(DECLARED, share=0.4)
    model = RiskModel.train(DECLARED.lazy(), plain.lazy(), until=UNTIL)
    assert model.areas == ()
    assert b'"format":1' in model.to_json()
    assert b'"areas"' not in model.to_json()


def test_the_area_of_an_item_is_that_of_its_worst_find() -> None:
    one = DECLARED.head(1)
    said = trade.outcomes(one, share=1.1).select(pl.all().repeat_by(3).explode())
    said = said.with_columns(
        control_ref=pl.Series(["A", "B", "C"]),
        found=pl.Series([True, True, False]),
        severity=pl.Series([1, 2, 0], dtype=pl.Int64),
        risk_area=pl.Series(["revenue", "ipr", "drugs"]),
    )
    for order in ([0, 1, 2], [2, 1, 0], [1, 0, 2]):
        assert labelled(one.lazy(), said[order].lazy())["risk_area"].to_list() == ["ipr"]
