"""Assessing what is in the lake: facts, profiles, model, expected value, one row an item."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from django.utils import timezone

from tidewaiter.desks.targeting.actions.baselines import spans
from tidewaiter.desks.targeting.actions.pinning import pin
from tidewaiter.desks.targeting.actions.scaling import assess_on_cluster
from tidewaiter.desks.targeting.window import lots, within
from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS
from tidewaiter.engine.records.versions import left_behind
from tidewaiter.engine.risk.assess import FIRST_ROWS, ROWS_AT_ONCE
from tidewaiter.engine.risk.pins import assessed_rows
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.jobs.steps import Unwatched
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.lock import only_one
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tidewaiter.engine.scale import Cluster
    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.jobs.steps import Steps

CHUNK = FIRST_ROWS + 4 * ROWS_AT_ONCE  # two parts for each of two threads
LOT = 400_000


@dataclass(frozen=True, slots=True)
class Assessed:
    items: int
    seconds: float
    pins: list[str]

    @property
    def rate(self) -> float:
        return self.items / max(self.seconds, 0.001)


def assess_window(
    actor: User,
    since: date | None,
    until: date | None,
    steps: Steps | None = None,
    cluster: Cluster | None = None,
) -> Assessed:
    """Assess every item that has no assessment yet; with a window, also those of it that were
    assessed with other versions than today's. One commit; safe to start again after a crash.

    cluster: where to compute, None for this machine; the assessments are the same to the bit.
    Raises Denied.
    """
    check(actor, "targeting.run")
    steps = steps or Unwatched()
    started = time.monotonic()
    with only_one("assessments"):
        cause = f"assess:{uuid.uuid4()}"
        if cluster is None:
            items, pins = _assess_here(actor, since, until, steps, cause)
        else:
            items, pins = assess_on_cluster(cluster, actor, since, until, steps, cause)
    record(actor, "assess.run", items=items, since=since, until=until, pins=pins)
    return Assessed(items, time.monotonic() - started, pins)


def _assess_here(
    actor: User, since: date | None, until: date | None, steps: Steps, cause: str
) -> tuple[int, list[str]]:
    again = since is not None or until is not None
    days = _days(actor, since, until, again=again)
    run = _Run(actor, again=again, total=int(days["items"].sum()), steps=steps)
    if run.total:
        lake().append(ASSESSMENTS, run.frames(days), cause=cause)
    return run.done, run.pins


class _Run:
    """One pass over the items to assess."""

    def __init__(self, actor: User, *, again: bool, total: int, steps: Steps) -> None:
        self.actor, self.again, self.total, self.steps = actor, again, total, steps
        self.done = 0
        self.pins: list[str] = []

    def frames(self, days: pl.DataFrame) -> Iterator[pl.DataFrame]:
        for first, last, baselines in spans(self.actor, days):
            pins = pin(first, baselines)
            self.pins.append(pins.digest)
            for since, until in lots(days.filter(pl.col("day").is_between(first, last)), LOT):
                todo = _todo(self.actor, since, until, pins.digest if self.again else None)
                for rows in todo.collect(engine="streaming").iter_slices(CHUNK):
                    self.steps.check()
                    assessed = assessed_rows(rows, pins, timezone.now())
                    yield assessed
                    yield left_behind(ASSESSMENTS, assessed.with_columns(rows["left"]))
                    self.done += rows.height
                    self.steps.update(self.done, self.total, f"{self.done:,}")


def _days(actor: User, since: date | None, until: date | None, *, again: bool) -> pl.DataFrame:
    """The days (`day`) that have items to assess, and how many (`items`)."""
    if again:
        rows = (
            lake()
            .current(DECLARATIONS, within(since, until))
            .filter((pl.col("function") != "cancellation") & actor.scope().frame())
        )
    else:
        rows = _todo(actor, since, until, None)
    by_day = rows.group_by(day="declaration_date").agg(items=pl.len())
    return by_day.drop_nulls("day").sort("day").collect(engine="streaming")


def _todo(actor: User, first: date | None, last: date | None, digest: str | None) -> pl.LazyFrame:
    """Items of the days that need an assessment, with version and day of the one they have (`was`,
    `left`).

    digest: those assessed with other pins count as in need, too; None leaves them alone.
    """
    window = within(first, last)
    rows = (
        lake()
        .current(DECLARATIONS, window)
        .filter((pl.col("function") != "cancellation") & actor.scope().frame())
    )
    have = _have(window)
    amended = rows.filter(pl.col("version") > 1).select("key").collect()
    strangers = amended.join(have, on="key", how="anti")["key"]
    if not strangers.is_empty():  # assessed under another day, perhaps
        have = pl.concat([have, _have(pl.col("key").is_in(strangers.implode()))])
    if have.is_empty():
        return rows.with_columns(was=pl.lit(0, dtype=pl.Int64), left=pl.lit(None, dtype=pl.Date))
    joined = rows.join(have.lazy(), on="key", how="left", maintain_order="left")
    stale = pl.col("declaration_version").is_null() | (
        pl.col("declaration_version") < pl.col("version")
    )
    if digest is not None:
        stale |= pl.col("run_id") != digest
    return (
        joined.filter(stale)
        .with_columns(pl.col("was").fill_null(0))
        .drop("declaration_version", "run_id")
    )


def _have(where: pl.Expr) -> pl.DataFrame:
    rows = lake().current(ASSESSMENTS, where)
    return rows.select(
        "key", "declaration_version", "run_id", was="version", left="declaration_date"
    ).collect()
