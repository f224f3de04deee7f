"""What the past suggests: profiles that do nothing, better numbers, new conditions as drafts."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.desks.targeting.test_backtests import SINCE, UNTIL, asked
from tidewaiter.desks.targeting.models import ProfileVersion, Study
from tidewaiter.engine.risk.language import check
from tidewaiter.engine.risk.profiles import Profile
from tidewaiter.engine.risk.schema import SCHEMA
from tidewaiter.platform.jobs.models import Job
from tidewaiter.platform.jobs.worker import drain

pytestmark = pytest.mark.django_db(transaction=True)


def ask(client):
    answer = client.post(reverse("targeting:suggestions_ask"), {"since": SINCE, "until": UNTIL})
    assert answer.status_code == 302
    drain()
    study = Study.objects.latest("pk")
    assert study.result is not None, Job.objects.get(pk=study.job).traceback
    return study


def test_profiles_that_do_nothing_are_named(trading, operator, browse, put_in_force):
    put_in_force(
        operator,
        Profile("NONE", "None", "net_mass < 0"),
        Profile("ALL", "All", "net_mass >= 0"),
        Profile("SHIRTS", "Shirts", "hs LIKE '6109%'"),
        Profile("SHOES", "Shoes", "hs LIKE '6403%' OR hs LIKE '610910%' AND net_mass < 9"),
    )
    client = browse("targeting_officer", national=True)
    study = ask(client)
    verdicts = {one["code"]: one["verdict"] for one in study.result["profiles"]}
    assert verdicts == {
        "NONE": "nothing", "ALL": "everything", "SHIRTS": "only_others", "SHOES": "only_others",
    }  # fmt: skip
    page = client.get(reverse("targeting:suggestion", args=[study.pk])).content.decode()
    assert "hits nothing" in page


def test_a_condition_grown_from_finds_becomes_a_draft(trading, operator, browse):
    client = browse("targeting_officer", national=True)
    study = ask(client)
    best = study.result["grown"][0]
    # This trade has one scheme: a third of the usual value a kilogram.
    assert "value_per" in best["condition"]
    assert not check(best["condition"], SCHEMA).errors
    assert best["later"][1] > study.result["later"][0]
    assert best["later_controlled"] >= best["later_finds"] > 0
    answer = client.post(reverse("targeting:suggestion_draft", args=[study.pk]), {"place": "0"})
    assert answer.status_code == 302
    version = ProfileVersion.objects.get()
    assert version.state == "draft"
    assert version.as_profile.condition == best["condition"]
    assert str(best["later_finds"]) in version.change
    assert client.get(answer["Location"]).status_code == 200


def test_a_better_number_is_proposed_with_its_price(trading, operator, browse):
    loose = Profile("LOOSE", "Loose", "value_per_kg_ratio < 0.95 AND value_per_kg_peers >= 10")
    client, study = asked(browse, loose)
    (first, *_others) = study.result["thresholds"]
    assert first["comparison"] == "value_per_kg_ratio < 0.95"
    hits = [point[1] for point in first["points"]]
    assert hits == sorted(hits)
    # Undervaluing starts below 0.55 of the usual.
    assert first["proposed"] < 0.75
    page = client.get(reverse("targeting:backtest", args=[study.pk])).content.decode()
    assert "surer to find something" in page
