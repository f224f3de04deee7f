"""Chunks of a message on their way into the lake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engine.messages.findings import Finding
from tidewaiter.engine.records.versions import identified, is_change, month_of, settle
from tidewaiter.platform.accounts.scope import Limit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tidewaiter.desks.intake.actions.tally import Tally
    from tidewaiter.engine.messages.reading import Chunk
    from tidewaiter.engine.records.versions import Known
    from tidewaiter.platform.jobs.steps import Steps
    from tidewaiter.platform.journal.models import Message


def fresh_rows(
    chunks: Iterable[Chunk], message: Message, known: Known, tally: Tally, steps: Steps
) -> Iterator[pl.DataFrame]:
    """The new rows of each chunk, ready for the lake; everything else goes into the tally."""
    for chunk in chunks:
        steps.check()
        tally.read(chunk)
        tally.put_aside(chunk.outcomes)
        rows = _within_scope(chunk.declarations, message, tally)
        changing = rows.filter(is_change())
        if not changing.is_empty():
            tally.changes.append(changing)
            rows = rows.filter(~is_change())
        settled = settle(identified(rows), known)
        tally.settled(settled)
        yield of_message(settled.accepted, message)
        yield settled.left
        steps.update(chunk.position, message.size, f"{tally.received:,}")


def of_message(rows: pl.DataFrame, message: Message) -> pl.DataFrame:
    """Rows of one message as the house keeps them."""
    return housekept(
        rows.with_columns(
            message_id=pl.lit(message.pk, dtype=pl.Int64),
            received_at=pl.lit(message.received_at).cast(pl.Datetime("us", "UTC")),
        )
    )


def housekept(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows that name their message (`message_id`, `received_at`) as the house keeps them."""
    return rows.with_columns(
        month=month_of("declaration_date"),
        function=pl.col("function").fill_null("original"),
    )


def _within_scope(rows: pl.DataFrame, message: Message, tally: Tally) -> pl.DataFrame:
    """Who is bound to offices may hand in declarations of those offices only."""
    limit = Limit(frozenset(), message.limited_to)
    scope = message.submitted_by.scope().within(limit)
    if scope.national:
        return rows
    allowed = scope.frame("office").fill_null(value=False)
    for place, office in rows.filter(~allowed).select("place", "office").iter_rows():
        tally.found(Finding(place, "office_out_of_scope", {"office": office or ""}))
    return rows.filter(allowed)
