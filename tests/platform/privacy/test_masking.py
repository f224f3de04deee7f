"""What is masked is nowhere any more, and what is held or recent stays."""

from __future__ import annotations

import pytest

from tests.platform.privacy.world import (
    ELSEWHERE,
    NOTED,
    PLANTED,
    PROFILE,
    RECENT,
    live,
    traces,
)
from tidewaiter.platform.privacy.actions import apply, would_mask
from tidewaiter.platform.seals.verify import verify

pytestmark = pytest.mark.django_db(transaction=True)


def test_no_store_has_what_was_masked(operator, put_in_force) -> None:
    put_in_force(operator, PROFILE)
    live(operator)
    secrets = [*PLANTED.values(), ELSEWHERE, NOTED]
    before = traces(*secrets)
    assert {word for word in secrets if any(word in place for place in before)} == set(secrets)
    places = ("/risk/past/", "control_controlresult", "control_resultline", "targeting_override", "foureyes_proposal",
              "targeting_listvalue", "journal_quarantined", "/_delta_log/", "/journal/")  # fmt: skip
    assert [place for place in places if not any(place in found for found in before)] == []
    run = apply()
    assert run.ended_at
    left = traces(*secrets)
    assert not left, "\n".join(left)
    assert traces(RECENT, "STILL-THERE")
    assert verify().sound
    assert not would_mask()
