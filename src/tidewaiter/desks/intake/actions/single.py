"""One declaration at a time: durable, assessed and answered at once, into the lake a moment later."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl
from django.db import transaction

from tidewaiter.desks.intake.actions.recording import record_message
from tidewaiter.desks.intake.actions.submitting import submit
from tidewaiter.desks.intake.models import Waiting
from tidewaiter.desks.intake.queries import findings_of
from tidewaiter.desks.targeting.actions.online import assess_and_select
from tidewaiter.engine.messages.json_declarations import read_json
from tidewaiter.engine.messages.results import Unreadable
from tidewaiter.engine.records import SELECTIONS
from tidewaiter.platform.journal.models import Message

if TYPE_CHECKING:
    from tidewaiter.desks.targeting.words import Words
    from tidewaiter.engine.messages.results import Chunk
    from tidewaiter.platform.accounts.models import User


def submit_declaration(actor: User, body: bytes, *, reference: str = "") -> dict[str, Any]:
    """Take one declaration in and answer with its assessment and lane.

    The message is in the journal before anything else happens. What the fast way cannot take (an
    amendment, several declarations, something wrong) goes the way of files. Raises Denied.
    """
    message = submit(actor, io.BytesIO(body), name=reference or "declaration", reference=reference)
    waiting = Waiting.objects.filter(message=message).first()
    if waiting is not None:
        return {**waiting.answer, "resent": True}
    if message.state != Message.State.RECEIVED:
        return _settled(message, resent=True)
    chunk = _readable(message, body, actor)
    if chunk is None:
        return _settled(record_message(message), resent=False)
    return _fast(message, chunk)


def _readable(message: Message, body: bytes, actor: User) -> Chunk | None:
    """The declaration, if it is one plain original of an office the actor may send for."""
    try:
        chunk = read_json(orjson.loads(body), message.received_at.date())
    except (orjson.JSONDecodeError, Unreadable):
        return None
    items = chunk.declarations
    plain = (
        items.height > 0
        and not any(finding.severity == "error" for finding in chunk.findings)
        and items["declaration_id"].n_unique() == 1
        and items["item_no"].is_unique().all()
        and (items["function"].fill_null("original") == "original").all()
        and all(actor.scope().allows(office) for office in items["office"].unique())
        and chunk.outcomes.is_empty()
    )
    return chunk if plain else None


def _fast(message: Message, chunk: Chunk) -> dict[str, Any]:
    items = chunk.declarations
    assessments, selection, words = assess_and_select(items.drop("place"))
    answer = _answer(message, assessments, selection, words)
    with transaction.atomic():
        Waiting.objects.create(
            message=message,
            declaration_id=selection["declaration_id"],
            office=selection["office"] or "",
            declared=_packed(items),
            assessed=_packed(assessments),
            selected=_packed(pl.DataFrame([selection], schema=SELECTIONS.incoming)),
            answer=answer,
        )
        Message.objects.filter(pk=message.pk).update(received=items.height)
    return answer


def _answer(
    message: Message, assessments: pl.DataFrame, selection: dict[str, Any], words: Words
) -> dict[str, Any]:
    items = [
        {
            "item_no": row["item_no"],
            "score": row["score"],
            "expected_value": row["expected_value"],
            "profiles": row["profiles"],
            "reasons": words.of(row["reasons"]),
        }
        for row in assessments.iter_rows(named=True)
    ]
    told = ("lane", "controls", "selected_by", "expected_value", "currency")
    return {
        "message": message.pk,
        "state": "accepted",
        "resent": False,
        "declaration_id": selection["declaration_id"],
        **{name: selection[name] for name in told},
        "items": items,
    }


def _settled(message: Message, *, resent: bool) -> dict[str, Any]:
    """The answer to a message that went the way of files."""
    return {
        "message": message.pk,
        "state": message.state,
        "resent": resent,
        "accepted": message.accepted,
        "superseded": message.superseded,
        "duplicates": message.duplicates,
        "quarantined": message.quarantined,
        "reasons": findings_of(message),
    }


def _packed(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_ipc_stream(buffer)
    return buffer.getvalue()
