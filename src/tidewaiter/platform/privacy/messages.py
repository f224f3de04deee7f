"""The bytes of messages as received: removed when they are due. The journal keeps their SHA-256."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from tidewaiter.platform.durable import sync
from tidewaiter.platform.journal.models import Message
from tidewaiter.platform.journal.spool import spool_path

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.db.models import QuerySet

    from tidewaiter.platform.jobs.steps import Steps
    from tidewaiter.platform.privacy.schedule import Line

STORE, FIELD = "messages", "bytes"


def due(line: Line, today: date) -> QuerySet[Message]:
    """Settled messages whose time has come, unless a younger one has the same bytes."""
    until = line.rule.masked_until(today)
    if until is None:
        return Message.objects.none()
    same = Message.objects.filter(sha256=OuterRef("sha256"), removed_at=None)
    younger = same.filter(received_at__date__gt=until) | same.filter(state=Message.State.RECEIVED)
    return Message.objects.filter(
        ~Exists(younger), received_at__date__lte=until, removed_at=None
    ).exclude(state=Message.State.RECEIVED)


def removable(line: Line, held: frozenset[int], today: date) -> QuerySet[Message]:
    """Those that are due, without what has the bytes of a held one."""
    waiting = due(line, today)
    kept = waiting.filter(pk__in=held).values_list("sha256", flat=True)
    return waiting.exclude(sha256__in=set(kept))


def remove(line: Line, held: frozenset[int], today: date, at: datetime, watch: Steps) -> int:
    """Remove the bytes of what is due; how many messages are held. The rows first, then the files."""
    names = list(removable(line, held, today).values_list("pk", flat=True))
    for start in range(0, len(names), 500):
        watch.check()
        Message.objects.filter(pk__in=names[start : start + 500]).update(removed_at=at)
    sweep(watch)
    return due(line, today).count()  # what is left is held


def removed(at: datetime) -> int:
    return Message.objects.filter(removed_at=at).count()


def sweep(watch: Steps) -> None:
    """Remove bytes that no message needs: left by a killed process, or sent again since."""
    needed = Message.objects.filter(sha256=OuterRef("sha256"), removed_at=None)
    gone = Message.objects.filter(~Exists(needed)).exclude(removed_at=None)
    for sha256 in gone.values_list("sha256", flat=True).iterator(chunk_size=1000):
        path = spool_path(sha256)
        if path.exists():
            path.unlink()
            sync(path.parent)
        watch.check()
