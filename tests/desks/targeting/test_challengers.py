"""Challengers in shadow: they score the days after their training beside the model in force."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from tests.fixtures import trade
from tests.fixtures.trading import put
from tidewaiter.desks.targeting.actions.assessing import assess_window
from tidewaiter.desks.targeting.actions.challenging import follow_challengers
from tidewaiter.desks.targeting.actions.learning import load_model, train
from tidewaiter.desks.targeting.actions.pinning import pinned
from tidewaiter.desks.targeting.models import RiskModelVersion
from tidewaiter.engine.records import ASSESSMENTS, CHALLENGES, DECLARATIONS, OUTCOMES
from tidewaiter.engine.risk.facts import compute_facts
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.store import lake

pytestmark = pytest.mark.django_db
FIRST, SECOND = trade.FIRST_DAY + timedelta(days=70), trade.FIRST_DAY + timedelta(days=90)
LAST = trade.FIRST_DAY + timedelta(days=119)
SAID = ["key", "score", "probability", "expected_value", "reasons", "run_id"]


@pytest.fixture
def analyst(officer):
    return officer("analyst", national=True, username="tara")


@pytest.fixture
def rows(home):
    return trade.declarations(3_000).with_columns(function=pl.lit("original"))


@pytest.fixture
def challenger(rows, analyst, operator):
    """A house whose model in force learnt until FIRST, a challenger that did until SECOND, and the
    days after it assessed; nobody knows yet what controls of those days found."""
    put(DECLARATIONS, rows, "declared")
    found = trade.outcomes(rows, share=0.7)
    put(OUTCOMES, found.filter(pl.col("declaration_date") < SECOND), "found")
    train(analyst, until=FIRST)
    made = train(analyst, until=SECOND)
    assess_window(operator, SECOND - timedelta(days=5), LAST)
    return made


def scored():
    return lake().scan(CHALLENGES).collect()


def test_it_scores_what_the_model_in_force_scored_since_both_learnt(challenger, rows):
    before = lake().current(ASSESSMENTS).select(SAID).sort("key").collect()
    later = rows.filter(pl.col("declaration_date").is_between(SECOND, LAST))
    assert follow_challengers() == later.height > 0
    made = scored()
    assert set(made["declaration_id"]) == set(later["declaration_id"])
    assert made["model"].unique().to_list() == [challenger.version]
    assert made["champion"].n_unique() == 1
    # Nothing that decides has changed, and a second night scores nothing twice.
    assert lake().current(ASSESSMENTS).select(SAID).sort("key").collect().equals(before)
    assert follow_challengers() == 0
    assert scored().height == later.height


def test_its_scores_are_those_it_would_give_in_force(challenger):
    follow_challengers()
    one = scored().head(1)
    declared = lake().current(DECLARATIONS).join(one.lazy(), on="declaration_id", how="semi")
    facts = compute_facts(declared.collect(), pinned(one["run_id"][0]).baselines)
    again = load_model(challenger.version).predict(facts)
    assert again["probability"].to_list() == one["probability"].to_list()


def test_both_are_compared_once_results_are_known(challenger, rows, browse):
    follow_challengers()
    page = f"/targeting/models/{challenger.version}/"
    assert "Too few results yet" in browse("analyst").get(page).content.decode()
    late = trade.outcomes(rows, share=0.9).filter(pl.col("declaration_date") >= SECOND)
    put(OUTCOMES, late.with_columns(selected_by=pl.lit("random")), "later")
    follow_challengers()
    challenger.refresh_from_db()
    figures = challenger.shadow
    assert figures["controls"] == figures["chance_controls"] > figures["finds"] > 0
    assert 0 < figures["same_choice"] <= 1
    for measure in ("auc", "precision_1", "recall_10", "revenue_recall_5"):
        value, low, high = figures["all"]["leads"][measure]
        assert low <= value <= high
        lead = figures["all"]["challenger"][measure] - figures["all"]["champion"][measure]
        assert value == pytest.approx(lead)
    text = browse("analyst").get(page).content.decode()
    assert "In shadow, beside the model in force" in text
    assert "On controls drawn at random" in text
    assert "Share of revenue found at 10" in text


def test_only_open_challengers_and_the_last_days(challenger, monkeypatch):
    monkeypatch.setattr("tidewaiter.desks.targeting.actions.challenging.DAYS", 3)
    follow_challengers()
    assert scored()["declaration_date"].min() > LAST - timedelta(days=3)
    RiskModelVersion.objects.filter(pk=challenger.pk).update(state="retired")
    monkeypatch.undo()
    assert follow_challengers() == 0


def test_what_the_model_in_force_had_learnt_from_is_left_out(challenger):
    champions = RiskModelVersion.objects.filter(state="champion")
    champions.update(learned_until=LAST)
    follow_challengers()
    assert scored()["declaration_date"].min() == LAST


def test_promotion_keeps_the_figures_in_the_ledger(challenger, officer, browse):
    follow_challengers()
    approver = officer("profile_approver", national=True)
    browse(approver).post(f"/targeting/models/{challenger.version}/promote")
    entry = Entry.objects.filter(action="model.promote").latest("pk")
    assert entry.detail["shadow"]["items"] == scored().height
