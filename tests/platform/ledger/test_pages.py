"""The ledger's page."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse
from django.utils import timezone

from tidewaiter.platform.jobs.models import Job
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.ledger.heads import hand_over, make_head
from tidewaiter.platform.ledger.models import Entry

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
        return [names[row.cells[5]] for row in rows if row.cells[5]]

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


def test_heads_witnesses_and_proofs_are_shown_to_national_officers_only(browse, settings, tmp_path):
    kept = tmp_path / "heads.txt"
    settings.LEDGER_WITNESSES = [str(kept), "http://127.0.0.1:9/"]
    client = browse("internal_affairs", national=True)
    make_head()
    hand_over([str(kept)])
    page = client.get("/ledger/heads")
    text = page.content.decode()
    assert [row.cells[0] for row in page.context["table"].rows] == ["2"]
    assert "has all" in text
    assert "nothing given yet" in text
    proof = json.loads(client.get("/ledger/heads", {"entry": 1}).context["proof"])
    assert proof["subject"] == "entry 1"
    assert "no entry 99" in client.get("/ledger/heads", {"entry": 99}).content.decode()
    assert client.get("/ledger/heads/file").content.decode() == kept.read_text().rstrip("\n") + "\n"
    local = browse("internal_affairs", offices=["A"])
    assert local.get("/ledger/heads").status_code == 403
    refused = Entry.objects.first()
    assert (refused.action, refused.result) == ("access.refuse", "refused")
    assert refused.address == "127.0.0.1"
