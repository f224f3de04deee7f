"""Background work of the intake desk."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from tidewaiter.desks.intake.actions import record_message, settle_journal
from tidewaiter.engine.records import DECLARATIONS, OUTCOMES, STREAMS
from tidewaiter.platform.jobs.actions import enqueue
from tidewaiter.platform.jobs.registry import job
from tidewaiter.platform.journal.models import Message
from tidewaiter.platform.lock import only_one
from tidewaiter.platform.seals.actions import UPKEEP
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from tidewaiter.platform.jobs.progress import Progress


@job("intake.record", title=_("Record a message"))
def record(progress: Progress, message: int) -> dict[str, Any]:
    done = record_message(Message.objects.get(pk=message), progress)
    if done.accepted and done.stream == DECLARATIONS.name:
        enqueue("targeting.run", actor=None)
    return {"accepted": done.accepted, "quarantined": done.quarantined}


ONLINE_TAKES = timedelta(minutes=2)  # at most, from the journal to the answer


@job("intake.settle", title=_("Settle the journal"), cron="*/10 * * * *")
def settle(progress: Progress) -> dict[str, Any]:
    return {"messages": settle_journal(progress, ONLINE_TAKES)}


# What each stream is most often looked up by.
CLUSTERED = {DECLARATIONS: ("importer",), OUTCOMES: ("declaration_id",)}


@job("lake.compact", title=_("Merge the small files of the lake"), cron="15 * * * *")
def compact(progress: Progress) -> dict[str, Any]:
    for number, stream in enumerate(STREAMS.values(), 1):
        progress.check()
        lake().compact(stream)
        progress.update(number, len(STREAMS), stream.name)
    return {"streams": len(STREAMS)}


@job("lake.cluster", title=_("Sort the lake for look-ups"), cron="30 2 * * *")
def cluster(progress: Progress) -> dict[str, Any]:
    months = {}
    for number, (stream, columns) in enumerate(CLUSTERED.items(), 1):
        progress.check()
        months[stream.name] = lake().cluster(stream, columns)
        progress.update(number, len(CLUSTERED), stream.name)
    return months


@job("lake.vacuum", title=_("Delete files that the lake no longer needs"), cron="30 3 * * 0")
def vacuum(progress: Progress) -> dict[str, Any]:
    removed = 0
    for number, stream in enumerate(STREAMS.values(), 1):
        progress.check()
        with only_one(UPKEEP):
            removed += lake().vacuum(stream)
        progress.update(number, len(STREAMS), stream.name)
    return {"files": removed}
