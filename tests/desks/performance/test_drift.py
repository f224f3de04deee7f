"""Drift: a stable trade raises no alarm, a planted shift does, and those responsible are told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from django.conf import settings

from tests.fixtures import trade
from tidewaiter.desks.performance.actions import refresh_summaries
from tidewaiter.desks.performance.actions.drift import RECENT_DAYS, check_drift
from tidewaiter.desks.performance.jobs import drift as drift_job
from tidewaiter.desks.performance.queries.drift import alarms, newest_check
from tidewaiter.desks.targeting.actions.baselines import build_series, month_starts
from tidewaiter.desks.targeting.models import RiskModelVersion
from tidewaiter.engine.records import DECLARATIONS, OUTCOMES
from tidewaiter.engine.records.lake import record_key
from tidewaiter.engine.risk.models import RiskModel
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.jobs.registry import KINDS
from tidewaiter.platform.jobs.steps import Unwatched
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from tidewaiter.desks.performance.models import DriftCheck

pytestmark = pytest.mark.django_db
DAYS = 150
LEARNT_UNTIL = trade.FIRST_DAY + timedelta(days=118)
RECENT = trade.FIRST_DAY + timedelta(days=DAYS - RECENT_DAYS)


@pytest.fixture(scope="module")
def declared() -> pl.DataFrame:
    """Consignments differ in what a piece weighs: where all weigh the same, percentiles are luck."""
    rows = trade.declarations(1_900, days=DAYS)
    noise = np.random.default_rng(4).lognormal(0, 0.3, rows.height)
    return rows.with_columns(function=pl.lit("original"), quantity=pl.col("quantity") * noise)


@pytest.fixture(scope="module")
def model(declared) -> RiskModel:
    """What was learnt before the last weeks."""
    results = trade.outcomes(declared, share=0.7)
    return RiskModel.train(declared.lazy(), results.lazy(), until=LEARNT_UNTIL)


@pytest.fixture
def operator(officer):
    return officer("operator", national=True, username="operator")


def house(operator, declared: pl.DataFrame, model: RiskModel, *, shifted: bool = False) -> None:
    """Five months of a trade and a model that learnt from the first four. shifted: in the last
    weeks duties rise and consignments are ten times as heavy."""
    results = trade.outcomes(declared, share=0.7).with_columns(
        selected_by=pl.when(pl.col("declaration_id").str.ends_with("7"))
        .then(pl.lit("random")).otherwise(pl.lit("value")),
        selection_probability=pl.lit(0.5),
    )  # fmt: skip
    if shifted:
        late = pl.col("declaration_date") >= RECENT
        heavy = [
            pl.when(late).then(10 * pl.col(n)).otherwise(n).alias(n)
            for n in ("net_mass", "gross_mass", "quantity", "customs_value")
        ]
        duty = pl.when(late).then(30.0).otherwise("duty_rate").alias("duty_rate")
        declared = declared.with_columns(duty, *heavy)
    for stream, frame in ((DECLARATIONS, declared), (OUTCOMES, results)):
        kept = frame.with_columns(
            key=record_key(*stream.natural_key),
            version=pl.lit(1, dtype=pl.Int64),
            month=pl.col("declaration_date").dt.strftime("%Y-%m"),
        )
        lake().append(stream, [kept], cause="test")
    build_series(operator, month_starts()[:-1])
    model.save(Path(settings.HOME) / "risk" / "models" / f"{model.version}.json")
    in_force(operator, model.version)
    refresh_summaries()


def in_force(operator, version: str) -> None:
    RiskModelVersion.objects.update(state="retired")
    RiskModelVersion.objects.create(
        version=version, trained_by=operator, learned_until=LEARNT_UNTIL, state="champion"
    )


def states(check: DriftCheck) -> dict[str, str]:
    return {one["fact"]: one["state"] for one in check.facts}


def test_a_stable_trade_raises_no_alarm(home, operator, declared, model, browse):
    house(operator, declared, model)
    check = check_drift()
    assert "alarm" not in states(check).values()
    assert check.alarms == 0
    assert (check.until - check.since).days == RECENT_DAYS - 1
    assert check.learnt_until < min(LEARNT_UNTIL, check.since)
    assert not Entry.objects.filter(action="performance.drift_alarm").exists()
    client = browse("analyst", national=True)
    assert "No alarm" in client.get("/performance/drift").content.decode()
    assert "drifted away" not in client.get("/targeting/models/").content.decode()


def test_a_planted_shift_is_found_and_those_responsible_are_told(
    home, operator, declared, model, browse
):
    house(operator, declared, model, shifted=True)
    check = check_drift()
    found = states(check)
    assert found["duty_rate"] == found["net_mass_log"] == "alarm"
    assert check.alarms >= 2
    assert Entry.objects.get(action="performance.drift_alarm").detail["alarms"] == check.alarms
    client = browse("analyst", national=True)
    for address in ("/performance/drift", "/targeting/models/"):
        assert "drifted away from the model" in client.get(address).content.decode()
    home_page = client.get("/").content.decode()
    assert "Drift alarms" in home_page
    assert "Drift alarms" not in browse("supervisor", national=True).get("/").content.decode()
    fact = client.get("/performance/drift/duty_rate").content.decode()
    assert "In the last weeks" in fact
    assert client.get("/performance/drift/score").status_code == 200
    assert client.get("/performance/drift/no_such_fact").status_code == 404


def test_an_alarm_is_about_the_model_in_force(home, operator, declared, model, officer):
    house(operator, declared, model, shifted=True)
    check_drift()
    approver = officer("profile_approver", national=True)
    assert alarms(approver) > 0
    in_force(operator, "b" * 64)
    assert newest_check(approver) is None
    with pytest.raises(Denied):
        newest_check(officer("inspector"))


def test_without_a_model_or_traffic_there_is_nothing_to_check(home, browse):
    assert check_drift() is None
    assert drift_job(Unwatched()) == {"alarms": None}
    assert KINDS["performance.drift"].cron
    page = browse("analyst", national=True).get("/performance/drift").content.decode()
    assert "Not checked yet" in page
