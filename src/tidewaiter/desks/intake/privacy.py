"""What this desk keeps of persons, and what has to be finished before anything is masked."""

from __future__ import annotations

from typing import Any

from tidewaiter.desks.intake.actions import settle_journal
from tidewaiter.desks.intake.actions.flushing import flush_waiting
from tidewaiter.desks.intake.models import Flush, Waiting
from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.platform.journal.models import Message, Quarantined
from tidewaiter.platform.privacy.stores import HOOKS, Store, register
from tidewaiter.platform.privacy.tokens import MASKED
from tidewaiter.platform.store import lake


def finish() -> None:
    settle_journal()
    flush_waiting()


def half_written() -> bool:
    """Whether a message is in the lake and not marked: to be counted again, it is read once more
    against the lake as it was before."""
    if Flush.objects.filter(done_at=None).exists():
        return True
    received = Message.objects.filter(state=Message.State.RECEIVED, waiting=None)
    causes = (f"message:{one.pk}:{one.attempt}" for one in received.only("attempt"))
    return any(lake().committed(DECLARATIONS, cause) is not None for cause in causes)


def without_reasons(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer to a sender, without the sentences that may name somebody."""
    items = [{**item, "reasons": [MASKED]} for item in answer.get("items", ())]
    return {**answer, "items": items}


HOOKS.settle.append(finish)
HOOKS.unsettled.append(half_written)

register(
    Store(
        "quarantine",
        Quarantined,
        "message__received_at",
        {"record": "text", "parameters": "text"},
    )
)
register(
    Store(
        "answers",
        Waiting,
        "message__received_at",
        {
            "answer": "text",
            "body": "text",
            "declared": "text",
            "assessed": "text",
            "selected": "text",
        },
        declaration="declaration_id",
        ways={"answer": without_reasons},
    )
)
