"""Receiving messages: an acknowledgement means that the message is on disk and in the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from tidewaiter.platform.journal.models import Message
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.journal.spool import Spooled


@transaction.atomic
def enter(
    actor: User,
    spooled: Spooled,
    *,
    name: str,
    stream: str,
    sender: str = "",
    reference: str = "",
    mapping: dict[str, Any] | None = None,
    received: int = 0,
) -> Message:
    """Put a spooled message into the journal; `received`: its records, if they are counted already.

    The answer is the new message, or the earlier one when the same bytes came with the same
    mapping: a settled one has `received` counts to show, an unsettled one (the process was killed)
    waits to be recorded. Same sender and reference with other bytes is a new message that names
    the earlier one in `resend_of`. An earlier message that the actor may not see does not count:
    the answer would tell him of it.
    """
    sender = sender or actor.username
    again = _same_message(actor, spooled.sha256, stream, mapping)
    if again is not None:
        again.seen_again += 1
        again.save(update_fields=["seen_again"])
        record(actor, "journal.resend", f"message:{again.pk}", office=again.office, name=name)
        return again
    message = Message.objects.create(
        received_at=timezone.now(),
        sender=sender,
        reference=reference,
        name=name,
        stream=stream,
        mapping=mapping,
        size=spooled.size,
        sha256=spooled.sha256,
        submitted_by=actor,
        office=_office_of(actor),
        limited_to=actor.limit.office if actor.limit else "",
        resend_of=_earlier(actor, sender, reference),
        received=received,
    )
    record(
        actor, "journal.receive", f"message:{message.pk}", office=message.office,
        name=name, sha256=spooled.sha256, size=spooled.size,
    )  # fmt: skip
    return message


def _same_message(
    actor: User, sha256: str, stream: str, mapping: dict[str, Any] | None
) -> Message | None:
    """The message of these bytes that was read with this mapping, if it came before."""
    same = Message.objects.visible_to(actor).filter(sha256=sha256, stream=stream).order_by("-pk")
    return next((message for message in same if message.mapping == mapping), None)


def _earlier(actor: User, sender: str, reference: str) -> Message | None:
    if not reference:
        return None
    seen = Message.objects.visible_to(actor)
    return seen.filter(sender=sender, reference=reference).order_by("-pk").first()


def _office_of(actor: User) -> str:
    """The office a message belongs to: its submitter's, when he has just one."""
    codes = actor.scope().codes
    return next(iter(codes)) if len(codes) == 1 else ""
