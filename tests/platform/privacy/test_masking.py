"""What is masked is nowhere any more, and what is held or recent stays."""

from __future__ import annotations

import polars as pl
import pytest

from tests.platform.privacy.world import (
    ELSEWHERE,
    PLANTED,
    PROFILE,
    RECENT,
    live,
    masked,
    traces,
)
from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, SELECTIONS
from tidewaiter.platform.privacy.actions import apply, would_mask
from tidewaiter.platform.privacy.tokens import token
from tidewaiter.platform.seals.verify import verify
from tidewaiter.platform.store import lake

pytestmark = pytest.mark.django_db(transaction=True)


def test_no_store_has_what_was_masked(operator, put_in_force) -> None:
    put_in_force(operator, PROFILE)
    live(operator)
    secrets = [*PLANTED.values(), ELSEWHERE]
    before = traces(*secrets)
    assert {word for word in secrets if any(word in place for place in before)} == set(secrets)
    run = apply()
    assert run.ended_at
    assert traces(*secrets) == []
    assert traces(RECENT)
    assert verify().sound
    assert not would_mask()
