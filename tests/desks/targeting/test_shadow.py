"""Profiles in shadow: judged on what comes in, recorded and shown, and deciding nothing."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest
from django.urls import reverse
from django.utils import timezone

from tests.fixtures import trade
from tests.fixtures.trading import put
from tidewaiter.desks.control.models import ControlOrder
from tidewaiter.desks.targeting.actions import profiles as actions
from tidewaiter.desks.targeting.actions.assessing import assess_window
from tidewaiter.desks.targeting.actions.baselines import build_baselines
from tidewaiter.desks.targeting.actions.online import assess_and_select
from tidewaiter.desks.targeting.actions.selecting import select_days
from tidewaiter.desks.targeting.actions.shadow import follow_shadows
from tidewaiter.desks.targeting.models import ProfileVersion
from tidewaiter.desks.targeting.queries.shadow import watched
from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, OUTCOMES, SELECTIONS, SHADOW
from tidewaiter.engine.risk.profiles import Profile
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.store import lake

pytestmark = pytest.mark.django_db(transaction=True)
State = ProfileVersion.State
DAY = trade.FIRST_DAY + timedelta(days=60)
SHIRTS = Profile("SHIRTS", "Shirts", "hs LIKE '6109%'", mandatory=True, lane="red", weight=3.0)
SAID = ["key", "score", "probability", "expected_value", "profiles", "not_evaluable", "reasons", "run_id"]  # fmt: skip


@pytest.fixture
def people(officer):
    return officer("targeting_officer", national=True), officer("profile_approver", national=True)


@pytest.fixture
def rows(home):
    return trade.declarations(1_200).with_columns(function=pl.lit("original"))


def declare(rows, first, last, cause):
    put(DECLARATIONS, rows.filter(pl.col("declaration_date").is_between(first, last)), cause)


def in_shadow(people, profile=SHIRTS, days=7):
    writer, approver = people
    version = actions.save_and_propose(writer, profile, shadow_days=days)
    return actions.decide(approver, version, agree=True)


def judged(operator):
    assess_window(operator, None, None)
    select_days(operator)
    return follow_shadows()


def test_hits_are_recorded_and_nothing_is_decided(operator, people, rows):
    declare(rows, trade.FIRST_DAY, DAY, "before")
    assert judged(operator) == 0
    version = in_shadow(people)
    assert (version.state, actions.active_profile_set(DAY).codes) == (State.SHADOW, ())
    orders = ControlOrder.objects.count()
    last = DAY + timedelta(days=1)
    new = rows.filter(pl.col("declaration_date") == last)
    declare(rows, last, last, "after")
    shirts = new.filter(pl.col("hs") == "610910")
    assert judged(operator) == shirts.height > 0
    # A second time finds nothing new.
    assert follow_shadows() == 0
    hits = lake().scan(SHADOW).collect()
    assert set(hits["declaration_id"]) == set(shirts["declaration_id"])
    assert hits["would_select"].all()
    made = lake().current(ASSESSMENTS).collect()
    assert made["profiles"].explode().drop_nulls().is_empty()
    chosen = lake().current(SELECTIONS).collect()
    assert not chosen["selected_by"].str.contains("SHIRTS").any()
    by_chance = chosen.filter((pl.col("lane") != "green") & (pl.col("declaration_date") == last))
    assert ControlOrder.objects.count() == orders + by_chance.height


def test_an_assessment_is_the_same_to_the_bit_beside_a_shadow(operator, people, rows):
    """In a batch and online."""
    declare(rows, trade.FIRST_DAY, DAY, "before")
    assess_window(operator, None, None)
    one = rows.filter(pl.col("declaration_date") == DAY).head(1)
    build_baselines(operator, DAY)
    before, chosen, _words = assess_and_select(one.select(DECLARATIONS.incoming.names()))
    batch = lake().current(ASSESSMENTS).select(SAID).sort("key").collect()
    in_shadow(people)
    after, again, _words = assess_and_select(one.select(DECLARATIONS.incoming.names()))
    assert after.select(SAID).equals(before.select(SAID), null_equal=True)
    assert {**again, "selected_at": 0} == {**chosen, "selected_at": 0}
    assess_window(operator, trade.FIRST_DAY, DAY)
    assert lake().current(ASSESSMENTS).select(SAID).sort("key").collect().equals(batch)


def test_its_figures_and_the_way_into_force(operator, people, rows, browse, officer):
    writer, approver = people
    version = in_shadow(people)
    declare(rows, DAY, DAY + timedelta(days=2), "after")
    judged(operator)
    put(OUTCOMES, trade.outcomes(rows, share=0.9), "found")
    figures = watched(writer, version)
    hits = lake().scan(SHADOW).collect()
    assert (figures.hits, figures.would) == (hits.height, hits.height)
    assert 0 < figures.controlled <= figures.hits
    here = watched(officer("targeting_officer", offices=["O1"]), version)
    assert here.hits == hits.filter(pl.col("office") == "O1").height
    page = browse(approver).get(reverse("targeting:profile", args=["SHIRTS"])).content.decode()
    assert "In shadow" in page
    assert hits["declaration_id"].max() in page
    with pytest.raises(Denied):
        actions.decide(writer, version, agree=True)
    listed = reverse("targeting:profiles")
    assert "as long as planned" not in browse(approver).get(listed).content.decode()
    ProfileVersion.objects.update(shadow_until=timezone.localdate())
    assert "as long as planned" in browse(approver).get(listed).content.decode()
    actions.decide(approver, version, agree=True)
    assert actions.active_profile_set(DAY).codes == ("SHIRTS",)
    declare(rows, DAY + timedelta(days=3), DAY + timedelta(days=3), "later")
    assert judged(operator) == 0


def test_a_version_in_shadow_stands_beside_the_one_in_force(people, put_in_force, operator):
    put_in_force(operator, SHIRTS)
    wider = Profile("SHIRTS", "Textiles", "hs LIKE '61%'")
    version = in_shadow(people, wider)
    (active,) = actions.active_profile_set(DAY).profiles
    assert active.condition == SHIRTS.condition
    approver = people[1]
    version = actions.decide(approver, version, agree=False, remark="too wide")
    assert version.state == State.REFUSED
    (active,) = actions.active_profile_set(DAY).profiles
    assert active.condition == SHIRTS.condition
