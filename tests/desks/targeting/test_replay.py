"""Past assessments are computed again to the bit, whatever has changed since.

TIDEWAITER_REPLAY=10000 replays as many; usually a few hundred.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.fixtures import trade
from tidewaiter.desks.targeting.actions.assessing import assess_window
from tidewaiter.desks.targeting.actions.explaining import agreeing, explain_declaration
from tidewaiter.desks.targeting.actions.learning import train
from tidewaiter.desks.targeting.actions.lists import import_lists
from tidewaiter.desks.targeting.models import BaselineVersion
from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, OUTCOMES
from tidewaiter.engine.records.lake import record_key
from tidewaiter.engine.records.versions import identified, month_of
from tidewaiter.engine.risk.profiles import Profile
from tidewaiter.platform.accounts.queries import operator
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db

REPLAYED = int(os.environ.get("TIDEWAITER_REPLAY", "300"))
RECEIVED = datetime(2024, 5, 1, tzinfo=UTC)
MIDDLE = trade.FIRST_DAY.replace(month=3)


def declare(rows: pl.DataFrame, cause: str, version: int = 1) -> None:
    function = "original" if version == 1 else "amendment"
    told = rows.with_columns(
        version=pl.lit(version), function=pl.lit(function), received_at=pl.lit(RECEIVED),
        message_id=pl.lit(1), month=month_of("declaration_date"),
    )  # fmt: skip
    lake().append(DECLARATIONS, [identified(told)], cause=cause)


def known(rows: pl.DataFrame, cause: str) -> None:
    found = trade.outcomes(rows).with_columns(
        key=record_key(*OUTCOMES.natural_key), month=month_of("declaration_date")
    )
    lake().append(OUTCOMES, [found], cause=cause)


def watch(folder: Path, *importers: str) -> None:
    path = folder / "watched.csv"
    path.write_text("\n".join(("value", *importers)) + "\n")
    import_lists(operator(), [path])


def test_the_past_is_computed_again(officer, put_in_force, tmp_path) -> None:
    officer("operator", national=True, username="operator")
    rows = trade.declarations(max(2_000, REPLAYED * 2))
    first, later = rows[: rows.height // 2], rows[rows.height // 2 :]
    declare(first, "first")
    known(first[::2], "results")
    watch(tmp_path, "I003")
    low = "value_per_kg < {} * value_per_kg_peer_median"
    watched = Profile(code="WATCHED", title="Watched", condition="importer IN LIST('watched')")
    put_in_force(operator(), watched, Profile(code="LOW", title="Low", condition=low.format(0.6)))
    assess_window(operator(), None, None)
    past = lake().scan(ASSESSMENTS).collect()
    assert past.height == first.height

    put_in_force(operator(), Profile(code="LOW", title="Low", condition=low.format(0.9)))
    watch(tmp_path, "I003", "I004", "I005")
    declare(later, "later")
    known(first[1::2], "late results")
    known(later, "results of the later")
    declare(first[:50].with_columns(pl.col("customs_value") * 2), "amended", version=2)
    train(operator())
    assess_window(operator(), date(2023, 1, 1), date(2025, 1, 1))
    now = lake().scan(ASSESSMENTS).filter(pl.col("run_id").is_in(past["run_id"].implode()).not_())
    assert now.select(pl.col("key").n_unique()).collect().item() == rows.height
    assert BaselineVersion.objects.values("version").distinct().count() > 4

    sample = past.sample(min(REPLAYED, past.height), seed=5)
    assert all(agreeing(sample))
    assert not any(agreeing(sample.with_columns(pl.col("score") + 1e-16 + pl.col("score") * 1e-15)))


def test_all_assessments_of_a_declaration_are_computed_again(officer, put_in_force) -> None:
    officer("operator", national=True, username="operator")
    declare(trade.declarations(200), "first")
    assess_window(operator(), None, None)
    put_in_force(operator(), Profile(code="HEAVY", title="Heavy", condition="net_mass > 1"))
    assess_window(operator(), date(2023, 1, 1), date(2025, 1, 1))
    explained = explain_declaration(operator(), "D000007")
    assert explained.agrees
    assert [one.profiles for one in explained.items] == [["HEAVY"]]
    [before] = explained.past
    assert (before.version, before.agrees) == (1, True)
    assert before.score < explained.items[0].score
