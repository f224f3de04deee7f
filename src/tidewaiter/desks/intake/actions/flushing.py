"""Waiting declarations into the lake, many in one commit."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl
from django.db import transaction
from django.db.models import F, Max, Min
from django.utils import timezone

from tidewaiter.desks.control.actions import raise_orders
from tidewaiter.desks.intake.actions.chunks import housekept
from tidewaiter.desks.intake.models import Flush, Waiting
from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, SELECTIONS
from tidewaiter.engine.records.lake import record_key
from tidewaiter.engine.records.versions import (
    INDEX,
    Known,
    identified,
    left_behind,
    month_of,
    settle,
)
from tidewaiter.platform.accounts.queries import operator
from tidewaiter.platform.journal.models import Message
from tidewaiter.platform.journal.spool import make_durable
from tidewaiter.platform.lock import only_one
from tidewaiter.platform.store import Commit, lake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from tidewaiter.engine.records.schema import Stream

AT_ONCE = 5_000
SPOOL_IS_WRITTEN = timedelta(seconds=60)  # Linux writes what is dirty after thirty


def flush_waiting() -> int:
    """Write what waits now; finish first what a killed process began. The number of declarations.

    What comes in meanwhile is for the next time: this would never end while brokers send.
    """
    written = 0
    with only_one("declarations"), only_one("assessments"), only_one("selections"):
        for flush in Flush.objects.filter(done_at=None).order_by("pk"):
            written += _write(flush)
        newest = Waiting.objects.aggregate(pk=Max("pk"))["pk"] or 0
        while (flush := _next(newest)) is not None:
            written += _write(flush)
        _tidy()
    return written


def _next(newest: int) -> Flush | None:
    """A new flush with what waits, up to the newest; of several about one declaration, the first."""
    first = (
        Waiting.objects.filter(flush=None, pk__lte=newest).values("declaration_id").annotate(first=Min("pk"))
        .order_by("first").values_list("first", flat=True)[:AT_ONCE]
    )  # fmt: skip
    ids = list(first)
    if not ids:
        return None
    with transaction.atomic():
        flush = Flush.objects.create()
        Waiting.objects.filter(pk__in=ids).update(flush=flush)
    return flush


def _write(flush: Flush) -> int:
    """Three commits, then the orders, then the marks; each is done once, however often it is tried."""
    waiting = list(flush.waiting.select_related("message").order_by("pk"))
    commit = Commit(lake(), "flush")
    settled: list[pl.DataFrame] = []
    chosen: list[pl.DataFrame] = []
    ids = pl.col("declaration_id").is_in([one.declaration_id for one in waiting])

    def declared(before: int | None) -> Iterator[pl.DataFrame]:
        rows = _declared(waiting)
        known = Known.all(lake().current(DECLARATIONS, ids, before).select(*INDEX).collect())
        done = settle(identified(rows), known)
        settled.append(done.accepted)
        yield done.accepted
        yield done.left

    def assessed(before: int | None) -> Iterator[pl.DataFrame]:
        rows = _unpacked([one.assessed for one in waiting])
        fresh = settled[0].select("key", declared_version="version")
        yield from _numbered(
            rows.join(fresh, on="key", how="inner").with_columns(
                declaration_version=pl.col("declared_version")
            ),
            ASSESSMENTS, ids, before,
        )  # fmt: skip

    def selected(before: int | None) -> Iterator[pl.DataFrame]:
        frames = list(_numbered(_selected(waiting, settled[0]), SELECTIONS, ids, before))
        chosen.append(frames[0])
        yield from frames

    commit.write(DECLARATIONS, declared, number=flush.pk)
    commit.write(ASSESSMENTS, assessed, number=flush.pk)
    commit.write(SELECTIONS, selected, number=flush.pk)
    _mark(flush, waiting, settled[0], chosen[0])
    return len(waiting)


def _unpacked(packed: list[bytes]) -> pl.DataFrame:
    frames = [pl.read_ipc_stream(io.BytesIO(one)) for one in packed]
    return pl.concat(frames, how="diagonal", rechunk=True)  # an upgrade may have added columns


def _declared(waiting: list[Waiting]) -> pl.DataFrame:
    by_message = pl.DataFrame(
        {
            "declaration_id": [one.declaration_id for one in waiting],
            "message_id": [one.message_id for one in waiting],
            "received_at": [one.message.received_at for one in waiting],
        },
        schema_overrides={"message_id": pl.Int64, "received_at": pl.Datetime("us", "UTC")},
    )
    rows = _unpacked([one.declared for one in waiting])
    return housekept(rows.join(by_message, on="declaration_id", maintain_order="left"))


def _selected(waiting: list[Waiting], settled: pl.DataFrame) -> pl.DataFrame:
    rows = SELECTIONS.conform(_unpacked([one.selected for one in waiting]))
    fresh = rows.join(settled.select("declaration_id"), on="declaration_id", how="semi")
    return fresh.with_columns(
        key=record_key(*SELECTIONS.natural_key),
        month=month_of("declaration_date"),
    )


def _numbered(
    rows: pl.DataFrame, stream: Stream, ids: pl.Expr, before: int | None
) -> Iterator[pl.DataFrame]:
    """Rows with a version one above that of the fact they supersede, and the marks they leave."""
    was = lake().current(stream, ids, before)
    was_said = was.select("key", was="version", left="declaration_date").collect()
    numbered = rows.drop("version", strict=False).join(was_said, on="key", how="left")
    numbered = numbered.with_columns(version=pl.col("was").fill_null(0) + 1)
    yield numbered
    yield left_behind(stream, numbered)


def _mark(
    flush: Flush, waiting: list[Waiting], settled: pl.DataFrame, chosen: pl.DataFrame
) -> None:
    messages = [one.message for one in waiting]
    counts = {
        message: (accepted, superseding)
        for message, accepted, superseding in settled.group_by("message_id")
        .agg(pl.len(), (pl.col("version") > 1).sum().alias("superseding"))
        .iter_rows()
    }
    settled_now = {"state": Message.State.RECORDED, "settled_at": timezone.now()}
    plain = [m.pk for m in messages if counts.get(m.pk) == (m.received, 0)]
    # Twice does no harm, so it need not keep brokers waiting in the transaction below.
    raise_orders(operator(), chosen.filter(pl.col("lane") != "green"))
    with transaction.atomic():
        Message.objects.filter(pk__in=plain).update(accepted=F("received"), **settled_now)
        for message in messages:
            accepted, superseded = counts.get(message.pk, (0, 0))
            if (accepted, superseded) != (message.received, 0):
                Message.objects.filter(pk=message.pk).update(
                    accepted=accepted, superseded=superseded,
                    duplicates=message.received - accepted, **settled_now,
                )  # fmt: skip
        flush.done_at = timezone.now()
        flush.save(update_fields=["done_at"])


def to_tidy() -> QuerySet[Flush]:
    """Flushes of which the database still keeps what lake and spool have.

    The system has written the files of the spool by then, so that making sure is cheap.
    """
    old = timezone.now() - SPOOL_IS_WRITTEN
    return Flush.objects.filter(spooled_at=None, done_at__lt=old)


def _tidy() -> None:
    """Take out of the database what lake and spool have; the answers stay for who sends again."""
    for flush in to_tidy().order_by("pk")[:20]:
        waiting = flush.waiting.select_related("message")
        make_durable((one.message.sha256, one.body) for one in waiting)
        with transaction.atomic():
            flush.waiting.update(body=b"", declared=b"", assessed=b"", selected=b"")
            flush.spooled_at = timezone.now()
            flush.save(update_fields=["spooled_at"])
