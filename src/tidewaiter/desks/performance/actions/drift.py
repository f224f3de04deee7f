"""Whether the model in force still sees the traffic that it learnt from."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import structlog
from django.db import transaction
from django.utils import timezone
from scipy.special import expit

from tidewaiter.desks.performance.models import DriftCheck
from tidewaiter.desks.performance.queries.counts import read_national
from tidewaiter.desks.targeting.actions.baselines import baselines_for, load_baselines
from tidewaiter.desks.targeting.actions.learning import current_model
from tidewaiter.desks.targeting.window import within
from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.engine.risk.facts import compute_facts
from tidewaiter.engine.risk.measurement.drift import Hits, hit_rate_drift, shares, stability
from tidewaiter.engine.risk.models.features import features, matrix, steady_features
from tidewaiter.platform.jobs.steps import Unwatched
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from tidewaiter.engine.risk.models import RiskModel
    from tidewaiter.platform.jobs.steps import Steps

LEARNT_DAYS = 90  # the last part of what the model learnt from: earlier baselines knew too little
RECENT_DAYS = 28
MOST_ROWS = 4_000  # items a side, chosen by record key
SCORE = ""  # the name of the model's own score among the facts
log = structlog.get_logger()

Window = tuple[date, date]  # both days included


def check_drift(steps: Steps | None = None) -> DriftCheck | None:
    """Compare the last weeks with what the model in force learnt from; None without a model that this
    release can use, or without traffic on either side."""
    steps = steps or Unwatched()
    model, windows = _model(), _windows()
    if model is None or windows is None:
        return None
    recent = windows
    until = min(model.trained_until, recent[0]) - timedelta(days=1)
    learnt = (max(model.trained_from, until - timedelta(days=LEARNT_DAYS - 1)), until)
    frames = []
    for number, window in enumerate((learnt, recent)):
        steps.check()
        steps.update(number, 3)
        frames.append(_figures(model, window))
    before, now = frames
    if before.is_empty() or now.is_empty():
        return None
    steps.check()
    facts = [_fact(row, before, now) for row in stability(before, now).iter_rows(named=True)]
    hits = _hit_rates(learnt, recent)
    alarms = sum(one["state"] == "alarm" for one in facts) + hits["alarm"]
    steps.update(3, 3)
    return _keep(
        model=model.version, learnt_since=learnt[0], learnt_until=learnt[1],
        since=recent[0], until=recent[1], rows_before=before.height, rows_now=now.height,
        facts=facts, hit_rates=hits, alarms=alarms,
    )  # fmt: skip


@transaction.atomic
def _keep(**found: Any) -> DriftCheck:
    check = DriftCheck.objects.create(checked_at=timezone.now(), **found)
    if check.alarms:
        record(None, "performance.drift_alarm", check.model, alarms=check.alarms, check=check.pk)
    return check


def _model() -> RiskModel | None:
    try:
        return current_model()
    except (FileNotFoundError, ValueError) as error:
        log.warning("champion_unusable", error=str(error))
        return None


def _windows() -> Window | None:
    """The last weeks with traffic."""
    last = lake().scan(DECLARATIONS).select(pl.col("declaration_date").max()).collect().item()
    return None if last is None else (last - timedelta(days=RECENT_DAYS - 1), last)


def _figures(model: RiskModel, window: Window) -> pl.DataFrame:
    """Features of the model, and its score, of a sample of the items declared in a window.

    What histories of traders and goods do to the model is seen in its score.
    """
    first = (pl.col("version") == 1) & (pl.col("function") != "cancellation")
    rows = lake().scan(DECLARATIONS).filter(within(*window) & first)
    count = int(rows.select(pl.len()).collect(engine="streaming").item())
    step = max(1, -(-count // MOST_ROWS))
    chosen = rows.filter(pl.col("key").reinterpret(signed=False) % step == 0)
    sample = chosen.collect(engine="streaming").sort("key")
    months = sample.group_by(pl.col("declaration_date").dt.month_start(), maintain_order=True)
    parts = [part for part in (_with_facts(rows) for _month, rows in months) if part is not None]
    names = [feature.name for feature in features()]
    if not parts:
        return pl.DataFrame(schema=dict.fromkeys([SCORE], pl.Float64))
    facts = pl.concat(parts)
    frame = pl.DataFrame(matrix(facts), schema=names).cast(pl.Float64)
    score = pl.Series(SCORE, expit(np.asarray(model.says(facts).log_odds)))
    return frame.select(steady_features()).with_columns(score)


def _with_facts(part: pl.DataFrame) -> pl.DataFrame | None:
    """Facts by the baselines of the month's first day, as when it was assessed; None if they knew
    nothing yet."""
    built = baselines_for(part["declaration_date"].min().replace(day=1))  # type: ignore[union-attr]
    if built is None or not built.declarations:
        return None
    return compute_facts(part, load_baselines(built.version))


def _fact(row: dict[str, Any], before: pl.DataFrame, now: pl.DataFrame) -> dict[str, Any]:
    name = row["fact"]
    bins, was, is_now = shares(before[name].to_numpy(), now[name].to_numpy())
    known = {key: None if value != value else value for key, value in row.items()}  # noqa: PLR0124
    return known | {"bins": bins, "before": was.tolist(), "now": is_now.tolist()}


def _hit_rates(learnt: Window, recent: Window) -> dict[str, Any]:
    """As JSON; what could not be computed is missing."""
    before, now = (_hits(window) for window in (learnt, recent))
    drift = hit_rate_drift(before, now)
    changes = {
        name: [one.value, one.low, one.high]
        for name, one in (("targeted", drift.targeted), ("random", drift.random))
        if one.known
    }
    return {
        "before": asdict(before), "now": asdict(now), "changes": changes,
        "verdict": drift.verdict, "alarm": drift.alarm,
    }  # fmt: skip


def _hits(window: Window) -> Hits:
    inside = pl.col("day").is_between(*window)
    counts = read_national("controls").filter(inside, pl.col("step").is_in(["value", "random"]))
    sums = counts.group_by("step").agg(pl.col("found").sum(), pl.len().alias("controls")).collect()
    rows = {step: (int(found), int(controls)) for step, found, controls in sums.iter_rows()}
    return Hits(*rows.get("value", (0, 0)), *rows.get("random", (0, 0)))
