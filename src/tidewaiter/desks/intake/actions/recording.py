"""From the journal into the lake, each message exactly once.

The order of writes is the promise: journal row, then lake commit that carries the message's name,
then journal row marked. A process killed between two of them leaves a message in state `received`;
recording it again finds out from the lake what is done and does the rest.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl
from django.db import transaction
from django.utils import timezone

from tidewaiter.desks.intake.actions.chunks import fresh_rows, of_message
from tidewaiter.desks.intake.actions.tally import Tally
from tidewaiter.desks.intake.mapping import chunks_of
from tidewaiter.engine.messages.results import Unreadable
from tidewaiter.engine.records import DECLARATIONS, OUTCOMES
from tidewaiter.engine.records.outcomes import RESULT, new_outcomes
from tidewaiter.engine.records.versions import INDEX, Known, applied, identified, settle
from tidewaiter.platform.jobs.steps import Unwatched
from tidewaiter.platform.journal.models import Message, Quarantined
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.lock import only_one
from tidewaiter.platform.store import Commit, lake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidewaiter.engine.messages.findings import Finding
    from tidewaiter.platform.jobs.steps import Steps

SMALL = 4 << 20  # bytes of a message that is not worth reading the whole index for
FINDINGS_KEPT = 10_000  # a file wrong in every line says so often enough; the file itself is kept


def record_message(message: Message, steps: Steps | None = None) -> Message:
    """Read a received message into the lake and settle its journal row. Safe to call again."""
    steps = steps or Unwatched()
    with only_one("declarations"):
        message.refresh_from_db()
        if message.state != Message.State.RECEIVED:
            return message
        tally = Tally(message)
        try:
            _into_the_lake(message, tally, steps)
        except Unreadable as unreadable:
            tally.unreadable(unreadable.finding)
        _settled(message, tally)
    return message


def settle_journal(steps: Steps | None = None, spare: timedelta = timedelta(0)) -> int:
    """Record every message that a killed process left behind; the number of them.

    spare: leave alone what came in this lately, for somebody may be at work on it.
    """
    left = Message.objects.filter(
        state=Message.State.RECEIVED, waiting=None, received_at__lte=timezone.now() - spare
    ).order_by("pk")
    count = 0
    for message in left:
        record_message(message, steps)
        count += 1
    return count


def _into_the_lake(message: Message, tally: Tally, steps: Steps) -> None:
    house = lake()
    commit = Commit(house, f"message:{message.pk}:{message.attempt}")

    def originals(before: int | None) -> Iterator[pl.DataFrame]:
        known = _known(message, before)
        return fresh_rows(chunks_of(message), message, known, tally, steps)

    def changes(before: int | None) -> Iterator[pl.DataFrame]:
        yield from _changed(message, tally, before)

    def results(before: int | None) -> Iterator[pl.DataFrame]:
        known = house.current(OUTCOMES, version=before).select(*RESULT).collect()
        for frame in tally.put_aside_frames():
            fresh = new_outcomes(frame, known)
            tally.new_outcomes += fresh.height
            yield fresh

    commit.write(DECLARATIONS, originals, number=1)
    if tally.changes:
        commit.write(DECLARATIONS, changes, number=2)
    if tally.outcomes:
        commit.write(OUTCOMES, results, number=1)


def _known(message: Message, before: int | None) -> Known:
    """What is in force: looked up for a small message, held in memory for a large one."""
    if message.size > SMALL:
        return Known.all(lake().current(DECLARATIONS, version=before).select(*INDEX).collect())

    def look_up(keys: pl.DataFrame) -> pl.DataFrame:
        named = pl.col("key").is_in(keys["key"].implode())
        return lake().current(DECLARATIONS, named, before).select(*INDEX).collect()

    return Known(look_up)


def _changed(message: Message, tally: Tally, before: int | None) -> Iterator[pl.DataFrame]:
    """Amendments and cancellations, now that everything they may be about is in the lake."""
    changes = pl.concat(tally.changes)
    named = pl.col("declaration_id").is_in(changes["declaration_id"].unique().to_list())
    current = lake().current(DECLARATIONS, named, before).collect()
    whole = identified(applied(changes, current.select(DECLARATIONS.incoming.names())))
    settled = settle(whole, Known.all(current))
    tally.settled(settled)
    yield of_message(settled.accepted, message)
    yield settled.left


def _settled(message: Message, tally: Tally) -> None:
    """Mark the journal row, keep the findings, tell the ledger: one transaction."""
    with transaction.atomic():
        message.findings.filter(resolved_at=None).update(resolved_at=timezone.now())
        Quarantined.objects.bulk_create(
            [_row(message, finding) for finding in tally.findings[:FINDINGS_KEPT]], batch_size=500
        )
        tally.fill(message)
        message.settled_at = timezone.now()
        message.save()
        record(
            message.submitted_by, "journal.record", f"message:{message.pk}", office=message.office,
            state=message.state, accepted=message.accepted, quarantined=message.quarantined,
        )  # fmt: skip


def _row(message: Message, finding: Finding) -> Quarantined:
    return Quarantined(
        message=message,
        attempt=message.attempt,
        place=finding.place[:300],
        code=finding.code,
        parameters=finding.parameters,
        severity=finding.severity,
        rows=finding.rows,
        record=finding.record[:2000],
        office=message.office,
    )
