from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import polars as pl
import pytest

from tests.fixtures import trade
from tidewaiter.engine.records import ASSESSMENTS
from tidewaiter.engine.risk import assess as module
from tidewaiter.engine.risk.assess import assess
from tidewaiter.engine.risk.baselines import Baselines
from tidewaiter.engine.risk.lists import NamedLists
from tidewaiter.engine.risk.models import RiskModel
from tidewaiter.engine.risk.profiles import Profile, ProfileSet
from tidewaiter.engine.risk.reasons import catalogue, sentence
from tidewaiter.engine.risk.schema import SCHEMA
from tidewaiter.engine.risk.value import Consequences, by_declaration

UNTIL = trade.FIRST_DAY + timedelta(days=84)
DECLARED = trade.declarations()
KNOWN = trade.outcomes(DECLARED)
BASELINES = Baselines.build(DECLARED.lazy(), KNOWN.lazy(), UNTIL)
LATER = DECLARED.filter(pl.col("declaration_date") >= UNTIL)
LISTS = NamedLists({"watched": ["I003", "I004"]})
PROFILES = ProfileSet(
    [
        Profile(
            code="LOW", title="Low price", condition="value_per_kg < 0.6 * value_per_kg_peer_median",
            reason="{value_per_kg} against {value_per_kg_peer_median}",
        ),
        Profile(
            code="WATCHED", title="Watched importer", condition="importer IN LIST('watched')",
            risk_area="drugs", severity=5, mandatory=True, weight=2.0,
        ),
        Profile(code="MASS", title="Heavy", condition="net_mass > 1000000"),
    ],
    SCHEMA,
    LISTS,
)  # fmt: skip
AT = datetime(2024, 7, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def model() -> RiskModel:
    return RiskModel.train(DECLARED.lazy(), KNOWN.lazy(), until=UNTIL)


def assessed(rows: pl.DataFrame, model: RiskModel | None, **changes: object) -> pl.DataFrame:
    means = {
        "profiles": PROFILES, "lists": LISTS, "baselines": BASELINES, "model": model,
        "currency": "EUR", "run_id": "R1", "at": AT,
    }  # fmt: skip
    return assess(rows, **(means | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("learnt", [True, False])
def test_a_few_rows_get_the_bits_that_the_batch_gets(learnt: bool, model: RiskModel) -> None:  # noqa: FBT001
    used = model if learnt else None
    whole = assessed(LATER, used)
    for start, size in ((0, 1), (3, 5), (40, 16), (100, 300)):
        assert assessed(LATER[start : start + size], used).equals(whole[start : start + size])


def test_parts_of_a_batch_do_not_show(model: RiskModel, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = assessed(LATER, model)
    monkeypatch.setattr(module, "FIRST_ROWS", 7)
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 50)
    assert assessed(LATER, model).equals(whole)


def test_columns_are_those_of_the_stream_and_rows_keep_their_order(model: RiskModel) -> None:
    found = assessed(LATER, model)
    assert found.schema == ASSESSMENTS.incoming
    assert found["declaration_id"].to_list() == LATER["declaration_id"].to_list()
    assert set(found["run_id"]) == {"R1"}
    assert found["score"].is_between(0, 1).all()


@pytest.mark.parametrize("learnt", [True, False])
def test_nothing_to_assess(learnt: bool, model: RiskModel) -> None:  # noqa: FBT001
    found = assessed(LATER.head(0), model if learnt else None)
    assert found.height == 0
    assert found.schema == ASSESSMENTS.incoming


def test_profiles_raise_the_score_and_are_named(model: RiskModel) -> None:
    none = ProfileSet([], SCHEMA, LISTS)
    with_them, without = assessed(LATER, model), assessed(LATER, model, profiles=none)
    hit = with_them["profiles"].list.len() > 0
    assert 0 < hit.sum() < LATER.height
    assert (with_them["score"] > without["score"]).filter(hit).all()
    assert (with_them["score"] == without["score"]).filter(~hit).all()
    watched = with_them["importer"].is_in(["I003", "I004"])
    assert with_them["mandatory"].equals(watched.alias("mandatory"))
    assert with_them["profiles"].list.contains("WATCHED").equals(watched.alias("profiles"))


def test_a_missing_fact_is_named_as_not_evaluable(model: RiskModel) -> None:
    row = LATER.head(1).with_columns(net_mass=None)
    assert assessed(row, model)["not_evaluable"].to_list() == [["MASS"]]


def test_expected_value_is_probability_times_consequence_less_cost(model: RiskModel) -> None:
    terms = Consequences(severity={1: 100.0, 5: 50_000.0}, cost=40.0)
    found = assessed(LATER, model, consequences=terms)
    plain = found.filter(pl.col("profiles").list.len() == 0)
    expected = plain["probability"] * plain["revenue_at_stake"].clip(100.0) - 40
    assert plain["expected_value"].to_numpy() == pytest.approx(expected.to_numpy())
    drugs = found.filter(pl.col("profiles").list.contains("WATCHED"))
    assert set(drugs["risk_area"]) <= {"drugs", "revenue"}
    chance = 1 / (1 + 0.98 / 0.02 / 2.718281828459045**2)
    least = drugs["probability"] * drugs["revenue_at_stake"] + chance * 50_000 - 40
    assert (drugs["expected_value"] >= least - 1e-6).all()


def test_amounts_in_another_currency_are_not_at_stake_here(model: RiskModel) -> None:
    found = assessed(LATER.head(20).with_columns(currency=pl.lit("USD")), model)
    assert found["revenue_at_stake"].null_count() == 20
    irregular = found["probability"] * 200 - 25
    unmarked = found["profiles"].list.len() == 0
    assert found.filter(unmarked)["expected_value"].to_numpy() == pytest.approx(
        irregular.filter(unmarked).to_numpy()
    )
    assert set(found["currency"]) == {"EUR"}


def test_reasons_are_known_codes_with_figures_heaviest_first(model: RiskModel) -> None:
    found = assessed(LATER, model)
    told = [orjson.loads(text) for text in found["reasons"]]
    important = (found["score"] >= model.threshold) | (found["profiles"].list.len() > 0)
    assert [bool(reasons) for reasons in told] == important.to_list()
    for reasons in filter(None, told):
        weights = [reason["weight"] for reason in reasons]
        assert weights == sorted(weights, reverse=True)
        for reason in reasons:
            assert reason["code"] in catalogue() or reason["code"].startswith("profile:")
            assert "{" not in sentence(reason["code"], reason["facts"])


def test_a_profile_tells_its_own_reason(model: RiskModel) -> None:
    found = assessed(LATER, model).filter(pl.col("profiles").list.contains("LOW"))
    reasons = orjson.loads(found["reasons"][0])
    own = next(reason for reason in reasons if reason["code"] == "profile:LOW")
    assert " against " in sentence(own["code"], own["facts"])
    assert own["facts"]["value_per_kg"] < own["facts"]["value_per_kg_peer_median"]


def test_without_a_model_low_prices_still_come_first() -> None:
    found = assessed(LATER, None, profiles=ProfileSet([], SCHEMA, LISTS))
    low = trade.outcomes(LATER, share=1.1).select("declaration_id", "found")
    top = found.sort("score", descending=True).head(20).join(low, on="declaration_id")
    assert top["found"].mean() > 0.8


def test_other_lists_than_those_compiled_are_refused(model: RiskModel) -> None:
    with pytest.raises(ValueError, match="other lists"):
        assessed(LATER, model, lists=NamedLists({}))


def test_a_declaration_is_as_risky_as_its_items_together(model: RiskModel) -> None:
    twice = pl.concat(
        [
            LATER.head(3),
            LATER[3:6].with_columns(
                declaration_id=LATER["declaration_id"][:3], item_no=pl.lit(2, dtype=pl.Int64)
            ),
        ]
    )
    items = assessed(twice, model)
    whole = by_declaration(items)
    alone = [by_declaration(one) for one in items.partition_by("declaration_id")]
    assert pl.concat(alone).equals(whole)
    assert whole["declaration_id"].to_list() == LATER["declaration_id"][:3].to_list()
    assert whole["items"].to_list() == [2, 2, 2]
    first = items.filter(pl.col("declaration_id") == whole["declaration_id"][0])
    assert whole["score"][0] == first["score"].max()
    assert whole["expected_value"][0] == pytest.approx(first["expected_value"].sum())
    p, q = first["probability"]
    assert whole["probability"][0] == pytest.approx(1 - (1 - p) * (1 - q))
