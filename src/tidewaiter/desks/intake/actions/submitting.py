"""Handing in messages, and reading kept ones again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from django.db import transaction
from django.db.models import F

from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.journal.actions import enter
from tidewaiter.platform.journal.models import Message
from tidewaiter.platform.journal.spool import spool
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidewaiter.platform.accounts.models import User


class Removed(Exception):
    """A message whose bytes are gone cannot be read again."""

    def __init__(self, message: Message) -> None:
        super().__init__(
            f"message {message.pk} was removed on {message.removed_at:%Y-%m-%d}, as the retention "
            "schedule says: it cannot be read again"
        )


def submit(
    actor: User,
    source: BinaryIO,
    *,
    name: str,
    stream: str = "declarations",
    sender: str = "",
    reference: str = "",
    mapping: dict[str, Any] | None = None,
    on_bytes: Callable[[int], None] | None = None,
) -> Message:
    """Take a message into the journal. It is safe when this returns; recording comes next.

    Raises Denied.
    """
    check(actor, "intake.submit")
    return enter(
        actor,
        spool(source, on_bytes),
        name=name,
        stream=stream,
        sender=sender,
        reference=reference,
        mapping=mapping,
    )


@transaction.atomic
def replay(actor: User, message: Message, mapping: dict[str, Any] | None = None) -> Message:
    """Read a kept message again, after a fix; what is in the lake already counts as duplicate.

    mapping: another mapping than before; None keeps the former one. Raises Denied, and Removed when the
    retention schedule has taken its bytes away.
    """
    check(actor, "intake.replay")
    if message.removed_at:
        raise Removed(message)
    if mapping is not None:
        message.mapping = mapping
    Message.objects.filter(pk=message.pk).update(
        state=Message.State.RECEIVED, attempt=F("attempt") + 1, mapping=message.mapping
    )
    message.refresh_from_db()
    record(
        actor, "journal.replay", f"message:{message.pk}",
        office=message.office, attempt=message.attempt,
    )  # fmt: skip
    return message
