"""One declaration at a time: durable, assessed and answered at once, into the lake a moment later."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl
from django.db import transaction
from django.utils import timezone

from tidewaiter.desks.intake.actions.recording import record_message
from tidewaiter.desks.intake.actions.submitting import submit
from tidewaiter.desks.intake.models import Waiting
from tidewaiter.desks.intake.queries import findings_of
from tidewaiter.desks.targeting.actions.online import assess_and_select
from tidewaiter.engine.messages.json_declarations import read_json
from tidewaiter.engine.messages.results import Unreadable
from tidewaiter.engine.records import DECLARATIONS, SELECTIONS
from tidewaiter.engine.risk import veil
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.handling import hidden
from tidewaiter.platform.journal.actions import enter
from tidewaiter.platform.journal.models import Message
from tidewaiter.platform.journal.spool import spool

if TYPE_CHECKING:
    from tidewaiter.desks.targeting.words import Words
    from tidewaiter.engine.messages.results import Chunk
    from tidewaiter.platform.accounts.models import User


def submit_declaration(actor: User, body: bytes, *, reference: str = "") -> dict[str, Any]:
    """Take one declaration in and answer with its assessment and lane.

    Journal and assessment become durable together, in the one commit that the answer waits for.
    What cannot be taken so (an amendment, several declarations, something wrong, a fault while
    assessing) goes the way of files, the journal first. Raises Denied.
    """
    check(actor, "intake.submit")
    chunk = _readable(body, actor)
    if chunk is None:
        return _known(_submitted(actor, body, reference))
    try:
        assessed = assess_and_select(chunk.declarations.drop("place"))
    except Exception:
        _submitted(actor, body, reference)
        raise
    return _at_once(actor, body, reference, chunk.declarations, assessed)


def _submitted(actor: User, body: bytes, reference: str) -> Message:
    return submit(actor, io.BytesIO(body), name=reference or "declaration", reference=reference)


def _known(message: Message) -> dict[str, Any]:
    """The answer to what is in the journal, now or since it was sent before."""
    if message.state == Message.State.RECEIVED and not Waiting.objects.filter(message=message):
        return _settled(record_message(message), resent=False)
    return _again(message)


def _again(message: Message) -> dict[str, Any]:
    """The answer to what was sent before."""
    waiting = Waiting.objects.filter(message=message).first()
    return _settled(message, resent=True) if waiting is None else {**waiting.answer, "resent": True}


def _readable(body: bytes, actor: User) -> Chunk | None:
    """The declaration, if it is one plain original of an office the actor may send for."""
    try:
        chunk = read_json(orjson.loads(body), timezone.now().date())
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


def _at_once(
    actor: User,
    body: bytes,
    reference: str,
    items: pl.DataFrame,
    assessed: tuple[pl.DataFrame, dict[str, Any], Words],
) -> dict[str, Any]:
    assessments, selection, words = assessed
    packed = {
        "declared": _packed(items),
        "assessed": _packed(assessments),
        "selected": _packed(pl.DataFrame([selection], schema=SELECTIONS.incoming)),
    }
    spooled = spool(io.BytesIO(body), durable=False)
    with transaction.atomic():
        message = enter(
            actor, spooled, name=reference or "declaration", stream=DECLARATIONS.name,
            reference=reference, received=items.height,
        )  # fmt: skip
        if not message.seen_again:
            unread = hidden(actor, "profile")
            told = {**selection, "selected_by": veil.step(selection["selected_by"], unread)}
            answer = _answer(message, veil.veiled(assessments, unread), told, words)
            Waiting.objects.create(
                message=message,
                declaration_id=selection["declaration_id"],
                office=selection["office"] or "",
                body=body,
                answer=answer,
                **packed,
            )
            return answer
    return _known(message)


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
