"""Unmasking takes two officers, lasts an hour, and is told to the ledger each time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from tests.platform.privacy.world import LONG_AGO, PLANTED, hand_in, told
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.foureyes.actions import approve
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.privacy import keys, unmasking
from tidewaiter.platform.privacy.actions import apply
from tidewaiter.platform.privacy.models import Disclosure

pytestmark = pytest.mark.django_db
WHY = "Request for assistance 2026/17, article 12"


@pytest.fixture
def masked(operator):
    hand_in(operator, told("OLD1", LONG_AGO, **PLANTED), LONG_AGO)
    apply()


def test_one_asks_another_agrees_and_the_first_sees_it_for_an_hour(masked, officer, browse) -> None:
    client = browse("targeting_officer", national=True)
    address = reverse("privacy:unmasking")
    assert (
        "importer&#x27;s name"
        in client.get(address, {"declaration": "OLD1"}).content.decode().lower()
    )
    asked = {"declaration": "OLD1", "fields_wanted": ["importer_name"], "reason": WHY}
    assert client.post(address, asked).status_code == 302
    entry = Entry.objects.get(action="proposal.propose")
    with pytest.raises(Denied):
        approve(client.user, entry.detail["proposal"])
    approve(officer("internal_affairs", national=True), entry.detail["proposal"])
    one = Disclosure.objects.get()
    page = reverse("privacy:unmasked", args=[one.pk])
    for _twice in range(2):
        answer = client.get(page)
        assert PLANTED["importer_name"] in answer.content.decode()
        assert PLANTED["declarant_name"] not in answer.content.decode()
        assert "no-store" in answer["Cache-Control"]
    shown = Entry.objects.filter(action="privacy.show")
    assert [(e.actor, e.subject, e.reason) for e in shown] == [
        (client.user.username, "declaration:OLD1", WHY)
    ] * 2
    assert browse("head_of_enforcement", national=True).get(page).status_code == 404
    Disclosure.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert client.get(page).status_code == 404
    assert shown.count() == 2


def test_what_is_not_masked_or_not_seen_is_not_asked_for(masked, officer) -> None:
    stranger = officer("targeting_officer", offices=["B"])
    local = officer("targeting_officer", offices=["A"])
    assert unmasking.masked_fields(stranger, "OLD1") == []
    assert "importer" in unmasking.masked_fields(local, "OLD1")
    for who, fields, reason in (
        (stranger, ["importer"], WHY), (local, ["description"], WHY), (local, [], WHY),
        (local, ["importer"], "hm"),
    ):  # fmt: skip
        with pytest.raises(ValidationError):
            unmasking.ask(who, "OLD1", fields, reason)


def test_without_its_key_an_original_cannot_be_shown(masked, officer) -> None:
    asker = officer("targeting_officer", national=True)
    proposal = unmasking.ask(asker, "OLD1", ["importer_name", "documents"][:1], WHY)
    approve(officer("internal_affairs", national=True), proposal.pk)
    keys.destroy("originals")
    (shown,) = unmasking.show(asker, Disclosure.objects.get())
    assert (shown.value, bool(shown.problem)) == ("", True)
