"""What chance picked, as an auditor finds it: published before, drawn again after."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

import polars as pl
import pytest
from django.utils import timezone

from tests.desks.targeting.test_policy import ALL_RED
from tests.desks.targeting.test_selecting import arrives, declared
from tidewaiter.desks.targeting.actions.selecting import select_days
from tidewaiter.engine.records import SELECTIONS
from tidewaiter.platform.chance.actions import day_key, reveal_past_days
from tidewaiter.platform.chance.models import DayKey
from tidewaiter.platform.store import lake

pytestmark = pytest.mark.django_db
YESTERDAY = timezone.localdate() - timedelta(days=1)


@pytest.fixture
def auditor(browse):
    return browse("internal_affairs", national=True)


@pytest.fixture
def selected(operator):
    """A day on which the shipped policy chose, its key published."""
    arrives(declared(range(300), "ONE", YESTERDAY), expected_value=1.0)
    select_days(operator, YESTERDAY)
    return lake().current(SELECTIONS).collect()


def test_a_day_stays_secret_until_it_is_over(auditor, selected):
    page = auditor.get("/targeting/chance/").content.decode()
    assert "still secret" in page
    assert "not before the day" in page  # it was selected before a key had been made for it
    key = DayKey.objects.get(date=YESTERDAY)
    told = auditor.get(f"/targeting/chance/{YESTERDAY}/").content.decode()
    assert key.commitment in told
    assert key.key not in page + told
    assert auditor.get(f"/targeting/chance/{YESTERDAY}/export").status_code == 404


def test_what_was_picked_is_shown_and_can_be_computed_by_hand(auditor, selected):
    reveal_past_days()
    picked = set(selected.filter(selected_by="random")["declaration_id"])
    page = auditor.get(f"/targeting/chance/{YESTERDAY}/")
    text = page.content.decode()
    assert "Everything came out as drawn" in text
    assert "was not published before the day began" in text
    assert (page.context["open"], page.context["drawn"]) == (300, len(picked))
    key = DayKey.objects.get(date=YESTERDAY).key
    assert key in text
    answer = auditor.get(f"/targeting/chance/{YESTERDAY}/export")
    rows = pl.read_csv(answer.content)
    assert rows.height == 300
    for declaration, number, rate, due in rows.select(
        "declaration_id", "number", "rate", "due"
    ).iter_rows():
        digits = hmac.new(key.encode(), declaration.encode(), hashlib.sha256).hexdigest()
        assert number == pytest.approx(int(digits[:13], 16) / 2**52)
        assert due == (number < rate) == (declaration in picked)


def test_a_pick_that_was_dropped_shows(auditor, selected, monkeypatch):
    reveal_past_days()
    policy = "tidewaiter.desks.targeting.queries.chance.policy_of"
    monkeypatch.setattr(policy, lambda _digest: ALL_RED)  # all were due, a few were picked
    page = auditor.get(f"/targeting/chance/{YESTERDAY}/").content.decode()
    assert "Not all came out as drawn" in page
    assert "differ" in auditor.get("/targeting/chance/").content.decode()


def test_an_exchanged_key_shows(auditor, selected):
    other = "0" * 64
    DayKey.objects.update(key=other, commitment=hashlib.sha256(other.encode()).hexdigest())
    reveal_past_days()
    page = auditor.get(f"/targeting/chance/{YESTERDAY}/").content.decode()
    assert "not the one that was promised" in page


def test_a_key_made_the_day_before_is_told_so(auditor):
    tomorrow = timezone.localdate() + timedelta(days=1)
    day_key(tomorrow)
    page = auditor.get(f"/targeting/chance/{tomorrow}/").content.decode()
    assert "The day had begun by then" not in page
    assert (
        auditor.get("/targeting/chance/").context["table"].rows[0].cells[3].count("still secret")
        == 1
    )


def test_days_that_are_none_are_not_found(auditor, browse):
    assert auditor.get("/targeting/chance/yesterday/").status_code == 404
    assert auditor.get("/targeting/chance/2001-01-01/").status_code == 404
    assert browse("internal_affairs", offices=["A"]).get("/targeting/chance/").status_code == 403
