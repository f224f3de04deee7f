"""Assessing on a cluster: the same days, baselines and pins as here, the rows elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
from django.utils import timezone

from tidewaiter.desks.targeting.actions.baselines import baselines_folder, spans
from tidewaiter.desks.targeting.actions.pinning import pin
from tidewaiter.desks.targeting.window import lots
from tidewaiter.engine.records import ASSESSMENTS
from tidewaiter.engine.scale import Asked, Shipped, assess_span, due_days

if TYPE_CHECKING:
    from datetime import date

    from deltalake.transaction import AddAction, RemoveAction

    from tidewaiter.engine.scale import Cluster
    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.jobs.steps import Steps

LOT = 50_000_000  # items asked for at once: as much is done over if the cluster loses it


def assess_on_cluster(
    cluster: Cluster,
    actor: User,
    since: date | None,
    until: date | None,
    steps: Steps,
    cause: str,
) -> tuple[int, list[str]]:
    """Items assessed, and the digests of the pins used. One commit, tied to its cause.

    Progress is told, and a wish to stop heard, whenever a task of the cluster is done. What stopped
    tasks have written is part of no commit; vacuuming removes it.
    """
    scope = actor.scope()
    again = since is not None or until is not None
    asked = Asked(since, until, None if scope.national else scope.codes, again)
    days = due_days(cluster, asked)
    total, done = int(days["items"].sum()), 0
    files: list[AddAction | RemoveAction] = []
    digests: list[str] = []
    try:
        for first, last, baselines in spans(actor, days, cluster):
            pins = pin(first, baselines)
            digests.append(pins.digest)
            shipped = Shipped.of(pins, str(baselines_folder(baselines)))
            for one, other in lots(days.filter(pl.col("day").is_between(first, last)), LOT):
                lot = replace(asked, since=one, until=other)
                for filed in assess_span(cluster, lot, shipped, timezone.now()):
                    files.append(filed.action)
                    done += filed.items
                    steps.update(done, total, f"{done:,}")
                    steps.check()
    except BaseException:
        cluster.interrupt()
        raise
    if files:
        cluster.lake.add(ASSESSMENTS, files, cause=cause)
    return done, digests
