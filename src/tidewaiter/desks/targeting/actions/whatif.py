"""What another selection policy would have brought in the last month.

The month is selected twice, with the policy in force and with the other, by draws made for the trial:
nothing is learnt from it of what chance really picks. What it brought is kept beside the lake, under
the number of the job.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tidewaiter.desks.control.queries import capacity_frame
from tidewaiter.desks.targeting.actions.policy import Trial, current_policy
from tidewaiter.desks.targeting.actions.profiles import active_profile_set
from tidewaiter.desks.targeting.models import PolicyVersion
from tidewaiter.desks.targeting.queries.before import authorised, waiting_before, with_times
from tidewaiter.desks.targeting.window import within
from tidewaiter.engine.records import ASSESSMENTS, OUTCOMES, SELECTIONS
from tidewaiter.engine.risk import chance
from tidewaiter.engine.risk.selection import SelectionPolicy, before, select
from tidewaiter.engine.risk.selection.consequences import compared, load
from tidewaiter.engine.risk.selection.writing import to_toml
from tidewaiter.engine.risk.value import OF_ITEM, by_declaration
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.jobs.actions import enqueue
from tidewaiter.platform.jobs.models import Job
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.jobs.steps import Steps

KIND = "targeting.whatif"
DAYS = 30
NOW, THEN = "now", "then"
GROUPS = ("all", "lane", "step", "office", "day", "trader")


@transaction.atomic
def ask(actor: User, policy: SelectionPolicy, capacity: Mapping[str, float]) -> Job:
    """A job that tries a policy; `capacity`: control and the share of its minutes that there would
    be. Raises Denied."""
    check(actor, "targeting.read")
    job = enqueue(
        KIND, actor=actor, officer=actor.pk, policy=to_toml(policy), capacity=dict(capacity)
    )
    record(actor, "policy.try", str(job.pk), policy=policy.version)
    return job


def trials(actor: User) -> list[Job]:
    """The officer's own last trials."""
    check(actor, "targeting.read")
    return list(Job.objects.filter(kind=KIND, actor=actor)[:10])


def trial(actor: User, number: int) -> Job | None:
    """One of the officer's own trials, or one on which a proposal rests, for who sees all offices as
    the proposer did; None where there is none of this number."""
    check(actor, "targeting.read")
    rows = Job.objects.filter(kind=KIND, pk=number)
    proposed = PolicyVersion.objects.filter(trial=number).exists()
    return (rows if proposed and actor.scope().national else rows.filter(actor=actor)).first()


def finished_trial(actor: User, number: int) -> Trial | None:
    """What a proposal may rest on: one of the officer's own trials that brought figures."""
    check(actor, "targeting.read")
    job = Job.objects.filter(kind=KIND, pk=number, actor=actor).first()
    found = consequences(job) if job else None
    if job is None or not found:
        return None
    kept = {name: found.get(name) for name in ("since", "until", "policy")}
    others = {c: share for c, share in job.parameters["capacity"].items() if share != 1}
    figures = kept | {"all": found["all"][0], "capacity": others}
    return Trial(job.pk, SelectionPolicy.from_toml(job.parameters["policy"]), figures)


def consequences(job: Job) -> dict[str, Any] | None:
    """What a trial brought; None until it is done, or when it has been tidied away."""
    path = kept_at(job.pk)
    return orjson.loads(path.read_bytes()) if path.exists() else None


def kept_at(number: int) -> Path:
    """Where the figures of a trial lie."""
    return Path(settings.HOME) / "risk" / "whatif" / f"{number}.json"


@dataclass
class _Side:
    """One policy going through the month."""

    policy: SelectionPolicy
    capacity: pl.DataFrame
    history: pl.DataFrame
    picked: list[pl.DataFrame] = field(default_factory=list)
    workload: list[pl.DataFrame] = field(default_factory=list)

    def select(self, day: date, rows: pl.DataFrame) -> None:
        policy = self.policy
        members = authorised(day, policy)
        chosen = select(
            with_times(rows, within(day, day), policy),
            profiles=active_profile_set(day),
            capacity=self.capacity,
            policy=policy,
            day_keys={day: chance.commitment(f"what if, on {day}")},
            run_id="",
            at=timezone.now(),
            traders=before.traders(self.history.lazy(), day, policy, members),
            waiting=waiting_before(day, policy),
        )
        seen = rows.select("declaration_id", *_KNOWN)
        self.picked.append(
            chosen.rows.select(
                "declaration_id", "declaration_date", "office", "importer", "lane", "selected_by"
            ).join(seen, on="declaration_id", how="left")
        )
        self.workload.append(chosen.workload)
        today = before.by_trader(chosen.rows.lazy()).collect()
        self.history = pl.concat([self.history, today])


_KNOWN = ("probability", "expected_revenue", "controlled", "found", "revenue_found")


def compute(
    actor: User, policy: SelectionPolicy, capacity: Mapping[str, float], job: int, steps: Steps
) -> dict[str, Any]:
    """Go through the last month of the offices that the officer sees and keep what came of it."""
    check(actor, "targeting.read")
    scope = actor.scope()
    days = _days(actor)
    if not days:
        return {"days": 0, "declarations": 0}
    since, until = days[0], days[-1]
    minutes = capacity_frame().filter(scope.frame())
    factor = pl.col("control").replace_strict(dict(capacity), default=1.0, return_dtype=pl.Float64)
    changed = minutes.with_columns(pl.col("minutes_per_day") * factor)
    now = current_policy()
    sides = {
        NOW: _Side(now, minutes, _history(actor, since, now)),
        THEN: _Side(policy, changed, _history(actor, since, policy)),
    }
    for number, day in enumerate(days, 1):
        steps.check()
        rows = _declarations(actor, day)
        for side in sides.values():
            side.select(day, rows)
        steps.update(number, len(days), str(day))
    picked = {name: pl.concat(side.picked) for name, side in sides.items()}
    found = {by: compared(picked, by).to_dicts() for by in GROUPS}
    found["load"] = load({n: pl.concat(s.workload) for n, s in sides.items()}).to_dicts()
    days_told = {"since": since.isoformat(), "until": until.isoformat()}
    told = {**days_told, "policy": now.version, **found}
    path = kept_at(job)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(told))
    return {"days": len(days), "declarations": picked[NOW].height}


def _days(actor: User) -> list[date]:
    """The days of the last month that have assessed declarations of the officer's offices."""
    seen = lake().scan(ASSESSMENTS).filter(actor.scope().frame())
    until = seen.select(pl.col("declaration_date").max()).collect().item()
    if until is None:
        return []
    window = within(until - timedelta(days=DAYS - 1), until)
    days = lake().current(ASSESSMENTS, window).filter(actor.scope().frame())
    return days.select(pl.col("declaration_date").unique()).collect().to_series().sort().to_list()


def _history(actor: User, since: date, policy: SelectionPolicy) -> pl.DataFrame:
    """Traders' days before the month, as they were."""
    window = within(before.since(since, policy), since - timedelta(days=1))
    rows = lake().current(SELECTIONS, window).filter(actor.scope().frame())
    return before.by_trader(rows).collect(engine="streaming")


def _declarations(actor: User, day: date) -> pl.DataFrame:
    """A day's declarations as selection takes them, with what controls of them are known to have
    found."""
    window = within(day, day)
    items = lake().current(ASSESSMENTS, window).filter(actor.scope().frame()).select(OF_ITEM)
    held = items.collect()
    at_stake = pl.col("probability") * pl.col("revenue_at_stake")
    expected = held.group_by("declaration_id").agg(expected_revenue=at_stake.fill_nan(None).sum())
    results = (
        lake().current(OUTCOMES, window).filter(pl.col("found").is_not_null())
        .group_by("declaration_id")
        .agg(
            controlled=pl.lit(value=True), found=pl.col("found").any(),
            revenue_found=pl.col("revenue").sum(),
        )
        .collect()
    )  # fmt: skip
    return (
        by_declaration(held)
        .join(expected, on="declaration_id", how="left")
        .join(results, on="declaration_id", how="left")
        .with_columns(
            pl.col("controlled", "found").fill_null(value=False),
            pl.col("revenue_found").fill_null(0.0),
        )
    )
