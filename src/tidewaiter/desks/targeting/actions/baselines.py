"""Baselines of the administration: built from the lake as of a day, kept, found again."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from django.conf import settings
from django.db import transaction

from tidewaiter.desks.targeting.actions.sums import baselines_of_sums
from tidewaiter.desks.targeting.models import BaselineVersion
from tidewaiter.desks.targeting.window import within
from tidewaiter.engine import scale
from tidewaiter.engine.records import DECLARATIONS, OUTCOMES
from tidewaiter.engine.risk.baselines import Baselines
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.jobs.steps import Unwatched
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from tidewaiter.engine.scale import Cluster
    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.jobs.steps import Steps


def build_baselines(
    actor: User, as_of: date, cluster: Cluster | None = None, steps: Steps | None = None
) -> BaselineVersion:
    """Baselines of what was declared, and known of controls, before a day.

    Built anew only if that has changed since they were last built. cluster: where to compute, None
    for this machine, which only reads what is new; the baselines are the same to the bit. Raises
    Denied.
    """
    check(actor, "targeting.run")
    past, known = _past(as_of), _known(as_of)
    counts = {
        "declarations": int(past.select(pl.len()).collect(engine="streaming").item()),
        "outcomes": int(known.select(pl.len()).collect(engine="streaming").item()),
    }
    last = BaselineVersion.objects.filter(as_of=as_of).first()
    if last and counts == {"declarations": last.declarations, "outcomes": last.outcomes}:
        return last
    made = baselines_of_sums(as_of, steps) if cluster is None else scale.build(cluster, as_of)
    made.save(baselines_folder(made.version))
    with transaction.atomic():
        built = BaselineVersion.objects.create(as_of=as_of, version=made.version, **counts)
        record(actor, "baselines.build", made.version, as_of=as_of, **counts)
    return built


def build_series(
    actor: User,
    days: Iterable[date],
    steps: Steps | None = None,
    cluster: Cluster | None = None,
) -> list[BaselineVersion]:
    """Baselines as of each of the days."""
    steps = steps or Unwatched()
    days = sorted(set(days))
    built = []
    for number, day in enumerate(days, 1):
        steps.check()
        built.append(build_baselines(actor, day, cluster, steps))
        steps.update(number, len(days), day.isoformat())
    return built


def spans(
    actor: User, todo: pl.DataFrame, cluster: Cluster | None = None
) -> Iterator[tuple[date, date, str]]:
    """Spans of days that share their baselines: first day, last day, version.

    todo: days with items to assess. Baselines as of the first of each month are built if need be.
    """
    build_series(actor, todo["day"].dt.month_start().to_list(), cluster=cluster)
    for version, days in groupby(todo["day"].sort(), key=lambda day: baselines_for(day).version):
        first, *rest = days
        yield first, rest[-1] if rest else first, version


def month_starts() -> list[date]:
    """The first day of every month that the lake has declarations of, and of the month after."""
    months = (
        lake().scan(DECLARATIONS).filter(pl.col("declaration_date").is_not_null())
        .select(pl.col("declaration_date").dt.month_start().unique().sort())
        .collect(engine="streaming").to_series()
    )  # fmt: skip
    if months.is_empty():
        return []
    return [*months.to_list(), months.dt.offset_by("1mo").max()]  # type: ignore[list-item]


def baselines_for(day: date) -> BaselineVersion | None:
    """The newest that know nothing of the day or what came after it."""
    return BaselineVersion.objects.filter(as_of__lte=day).first()


@lru_cache(maxsize=4)
def load_baselines(version: str) -> Baselines:
    """Raises FileNotFoundError."""
    return Baselines.load(baselines_folder(version))


def baselines_folder(version: str) -> Path:
    return Path(settings.HOME) / "risk" / "baselines" / version


def _past(as_of: date) -> pl.LazyFrame:
    """Items as they were first declared: an amendment may have come after the day."""
    first = (pl.col("version") == 1) & (pl.col("function") != "cancellation")
    return (
        lake()
        .scan(DECLARATIONS)
        .filter(within(None, as_of) & (pl.col("declaration_date") < as_of) & first)
    )


def _known(as_of: date) -> pl.LazyFrame:
    return lake().scan(OUTCOMES).filter(pl.col("known_on") < as_of)
