"""The ledger's page."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from tidewaiter.platform.jobs.models import Job
from tidewaiter.platform.ledger.actions import record

pytestmark = pytest.mark.django_db


def test_entries_are_told_in_words_and_filtered(browse):
    client = browse("internal_affairs", national=True)
    record(None, "job.cancel", "job 7", kind="lake.compact")
    record(None, "office.save", "NLRTM")
    page = client.get(reverse("ledger:entries")).content.decode()
    assert "system cancelled job 7 (lake.compact)" in page
    assert "NLRTM" in page
    some = client.get(reverse("ledger:entries"), {"action": "job.cancel"}).content.decode()
    assert "NLRTM" not in some
    wrong = client.get(reverse("ledger:entries"), {"since": "yesterday", "action": "nonsense"})
    assert wrong.status_code == 200


def test_entries_are_sorted_by_a_click_on_a_head(browse, officer):
    client = browse("internal_affairs", national=True)
    record(officer("analyst", username="berta"), "office.save", "first", office="B")
    record(officer("analyst", username="anna"), "job.cancel", "second", office="A")
    record(None, "job.cancel", "third", office="C")

    names = {"B": "first", "A": "second", "C": "third"}

    def order(sort: str) -> list[str]:
        rows = client.get(reverse("ledger:entries"), {"sort": sort}).context["table"].rows
        return [names[row.cells[4]] for row in rows if row.cells[4]]

    assert order("-number") == order("nonsense") == ["third", "second", "first"]
    assert order("at") == ["first", "second", "third"]
    assert order("actor") == ["second", "first", "third"]
    assert order("action") == ["third", "second", "first"]
    assert order("-office") == ["third", "first", "second"]


def test_a_broken_chain_is_told_to_national_officers(browse):
    now = timezone.now()
    Job.objects.create(
        kind="ledger.verify", title="", state="failed", error="entry 2: its content was altered",
        created_at=now, not_before=now, finished_at=now,
    )  # fmt: skip
    url = reverse("ledger:entries")
    assert "entry 2" in browse("internal_affairs", national=True).get(url).content.decode()
    assert "entry 2" not in browse("internal_affairs", offices=["A"]).get(url).content.decode()


def test_the_ledger_is_for_internal_affairs(browse):
    assert browse("administrator", national=True).get(reverse("ledger:entries")).status_code == 403
