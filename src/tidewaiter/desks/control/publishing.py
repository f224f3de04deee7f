"""Results become outcomes in the lake, from which the house learns: each exactly once.

Results are put into a batch (database), the batch is appended (lake, under the batch's name), the
batch is marked (database). Killed anywhere, the next call goes on where it stopped: the lake does
not take the same batch twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from django.db import transaction
from django.utils import timezone

from tidewaiter.desks.control.models import ControlResult, OutcomeBatch
from tidewaiter.engine.records.lake import record_key
from tidewaiter.engine.records.streams import OUTCOMES
from tidewaiter.platform.jobs.steps import Unwatched
from tidewaiter.platform.lock import only_one
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from tidewaiter.desks.control.models import ResultLine
    from tidewaiter.platform.jobs.steps import Steps

LARGEST = 5_000  # results a commit


def publish_outcomes(steps: Steps | None = None) -> int:
    """Write every result not yet in the lake; the number of results written."""
    steps = steps or Unwatched()
    done = 0
    with only_one("control-outcomes"):
        while True:
            batch = OutcomeBatch.objects.filter(written_at=None).order_by("pk").first() or _gather()
            if batch is None:
                return done
            lake().append(OUTCOMES, [outcomes(batch)], cause=batch.cause)
            done += _mark(batch)
            steps.update(done)
            steps.check()


@transaction.atomic
def _gather() -> OutcomeBatch | None:
    """A batch of the results that are in none."""
    waiting = ControlResult.objects.filter(batch=None, published_at=None).order_by("recorded_at")
    ids = list(waiting.values_list("pk", flat=True)[:LARGEST])
    if not ids:
        return None
    batch = OutcomeBatch.objects.create(made_at=timezone.now())
    for start in range(0, len(ids), 500):
        ControlResult.objects.filter(pk__in=ids[start : start + 500]).update(batch=batch)
    return batch


@transaction.atomic
def _mark(batch: OutcomeBatch) -> int:
    now = timezone.now()
    OutcomeBatch.objects.filter(pk=batch.pk).update(written_at=now)
    return batch.results.update(published_at=now)


def outcomes(batch: OutcomeBatch) -> pl.DataFrame:
    """The facts of a batch in the outcomes stream, the same each time they are asked for."""
    results = batch.results.select_related("order").prefetch_related("lines").order_by("pk")
    rows = [row for result in results for row in _facts(result)]
    schema = {"version": pl.Int64, **OUTCOMES.incoming}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(
        key=record_key(*OUTCOMES.natural_key),
        month=pl.col("declaration_date").dt.strftime("%Y-%m"),
    )


def _facts(result: ControlResult) -> list[dict[str, Any]]:
    """One row a goods item with a find, or one for the declaration (item 0).

    Minutes are shared evenly among the rows, revenue of a find among its items, so that sums over
    a control are right. Items that the result before it named and this one does not are said not
    to be found: a later fact supersedes.
    """
    by_item: dict[int, list[tuple[ResultLine, float]]] = {}
    for line in result.lines.all():
        items = line.items or [0]
        for item in items:
            by_item.setdefault(item, []).append((line, float(line.revenue) / len(items)))
    told = list(by_item) or [0]
    earlier = _items_before(result).difference(told)
    return [
        _fact(result, item, by_item.get(item, []), result.minutes / len(told))
        for item in sorted(told)
    ] + [_fact(result, item, [], 0.0) for item in sorted(earlier)]


def _items_before(result: ControlResult) -> set[int]:
    before = result.order.results.filter(revision__lt=result.revision).prefetch_related("lines")
    return {
        item
        for one in before
        for item in ([i for line in one.lines.all() for i in line.items or [0]] or [0])
    }


def _fact(
    result: ControlResult, item: int, finds: list[tuple[ResultLine, float]], minutes: float
) -> dict[str, Any]:
    order = result.order
    worst = max(finds, key=lambda find: (find[0].severity, find[1]), default=None)
    return {
        "version": result.revision,
        "declaration_id": order.declaration_id,
        "item_no": item,
        "control_ref": order.number,
        "declaration_date": order.declaration_date,
        "office": order.office,
        "known_on": timezone.localdate(result.recorded_at),
        "found": bool(finds),
        "severity": worst[0].severity if worst else 0,
        "risk_area": worst[0].risk_area if worst else order.risk_area or None,
        "revenue": sum(revenue for __, revenue in finds),
        "currency": result.currency,
        "control_type": order.control,
        "lane": order.lane,
        "selected_by": order.selected_by or None,
        "selection_probability": order.selection_probability,
        "minutes": minutes,
        "source": "control",
    }
