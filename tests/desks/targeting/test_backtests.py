"""Trying a profile on past days: asked on its page, worked out by a job, shown with its figures."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from django.urls import reverse

from tests.fixtures import trade
from tests.fixtures.trading import put
from tidewaiter.desks.targeting.actions import past
from tidewaiter.desks.targeting.actions import profiles as actions
from tidewaiter.desks.targeting.actions.past import keep_past
from tidewaiter.desks.targeting.models import Study
from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.engine.risk.profiles import Profile
from tidewaiter.platform.jobs.models import Job
from tidewaiter.platform.jobs.worker import drain

pytestmark = pytest.mark.django_db(transaction=True)
SINCE, UNTIL = trade.FIRST_DAY + timedelta(days=20), trade.FIRST_DAY + timedelta(days=99)
CHEAP = "hs LIKE '6109%' AND value_per_kg_ratio < 0.6 AND value_per_kg_peers >= 10"


def asked(browse, profile, since=SINCE, until=UNTIL, **where):
    """The study of a draft, asked on its page and worked out."""
    client = browse("targeting_officer", **(where or {"national": True}))
    actions.save_draft(client.user, profile)
    ask = reverse("targeting:backtest_ask", args=[profile.code])
    answer = client.post(ask, {"version": "1", "since": since, "until": until})
    assert answer.status_code == 302
    drain()
    study = Study.objects.latest("pk")
    assert study.result is not None, Job.objects.get(pk=study.job).traceback
    return client, study


def test_hits_finds_and_work_of_past_days(trading, operator, browse, put_in_force):
    put_in_force(operator, Profile("ALL-SHIRTS", "Shirts", "hs LIKE '6109%' AND office = 'O1'"))
    client, study = asked(browse, Profile("CHEAP", "Cheap shirts", CHEAP))
    answer = study.result
    days = trading.filter(pl.col("declaration_date").is_between(SINCE, UNTIL))
    assert answer["items"] == days.height
    ours = answer["ours"]
    assert 0 < ours["items"] < days.height / 4
    assert ours["controlled"] + ours["unknown"] == ours["items"]
    # Undervalued shirts are finds in this trade; little else is cheap.
    assert ours["precision"][0] > 0.8 > answer["base"][0]
    assert ours["precision"][1] < ours["precision"][0]
    assert ours["revenue"][0] > 0
    (code, _hits, shared), = answer["overlap"]  # fmt: skip
    assert code == "ALL-SHIRTS"
    assert answer["alone"]["items"] == ours["items"] - shared
    assert sum(day["hits"] for day in answer["daily"]) == ours["items"]
    assert {one["office"] for one in answer["work"]["offices"]} == {"O1", "O2", "O3"}
    page = client.get(reverse("targeting:backtest", args=[study.pk])).content.decode()
    assert "Known finds" in page
    assert answer["examples"][0]["declaration_id"] in page
    csv = client.get(reverse("targeting:backtest_export", args=[study.pk])).getvalue().decode()
    assert len(csv.splitlines()) == ours["items"] + 1


def test_an_officer_tries_on_the_days_of_his_offices(trading, operator, browse):
    profile = Profile("O2-CHEAP", "Cheap", "net_mass > 0", offices=("O2",))
    client, study = asked(browse, profile, offices=["O2"])
    here = trading.filter(
        pl.col("declaration_date").is_between(SINCE, UNTIL) & (pl.col("office") == "O2")
    )
    assert study.result["items"] == study.result["ours"]["items"] == here.height
    address = reverse("targeting:backtest", args=[study.pk])
    assert client.get(address).status_code == 200
    assert browse("targeting_officer", offices=["O1"]).get(address).status_code == 404
    assert browse("analyst", national=True).get(address).status_code == 200


def days(study):
    """What was hit and found on each day; how much of it is extra depends on what else selects."""
    return [
        {name: n for name, n in day.items() if name != "extra"} for day in study.result["daily"]
    ]


def test_facts_of_past_days_know_nothing_of_later_ones(trading, operator, browse):
    """What comes in later changes neither facts nor hits of the days before it."""
    _client, before = asked(browse, Profile("CHEAP", "Cheap", CHEAP))
    later = trading.filter(pl.col("declaration_date") > UNTIL).with_columns(
        pl.col("declaration_id") + "X", customs_value=pl.col("customs_value") * 50
    )
    put(DECLARATIONS, later, "more")
    _client, after = asked(browse, Profile("CHEAP-2", "Cheap", CHEAP))
    assert after.result["ours"]["items"] == before.result["ours"]["items"] > 0
    assert days(after) == days(before)


def test_only_what_is_new_of_a_month_is_computed_again(trading, operator, monkeypatch):
    first = keep_past(SINCE, UNTIL)
    assert keep_past(SINCE, UNTIL) == first
    some = trading.filter(pl.col("declaration_date") == UNTIL).head(3)
    put(DECLARATIONS, some.with_columns(pl.col("declaration_id") + "X"), "more")
    computed = []
    whole = past.compute_facts
    monkeypatch.setattr(
        past, "compute_facts", lambda rows, b: (computed.append(rows.height), whole(rows, b))[1]
    )
    again = keep_past(SINCE, UNTIL)
    assert again[:-1] == first[:-1]
    assert again[-1] != first[-1]
    assert sum(computed) == 3


def test_what_cannot_be_tried_says_why(operator, browse):
    client = browse("targeting_officer", national=True)
    actions.save_draft(client.user, Profile("BAD", "Bad", "net_mas > 5"))
    ask = reverse("targeting:backtest_ask", args=["BAD"])
    days = {"since": date(2024, 1, 1), "until": date(2024, 2, 1)}
    answer = client.post(ask, {"version": "1"} | days, follow=True).content.decode()
    assert "mended" in answer
    turned = {"version": "1", "since": days["until"], "until": days["since"]}
    assert "before the first" in client.post(ask, turned, follow=True).content.decode()
    assert not Study.objects.exists()
