"""One pass over everything whose time has come: masking, deleting, and a report of both.

It may be stopped or killed at any point; the next one finishes what was begun.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone

from tidewaiter.engine.records import STREAMS
from tidewaiter.platform.accounts.access import check_national
from tidewaiter.platform.jobs.steps import Unwatched
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.lock import only_one
from tidewaiter.platform.privacy import holds, keys, messages, originals, streams, tables
from tidewaiter.platform.privacy.models import Kept, Run, SealedPart, Step
from tidewaiter.platform.privacy.schedule import in_force
from tidewaiter.platform.privacy.stores import HOOKS, STORES
from tidewaiter.platform.seals.actions import UPKEEP
from tidewaiter.platform.store import lake
from tidewaiter.platform.vault.rotation import BACKUP

if TYPE_CHECKING:
    from datetime import date

    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.jobs.steps import Steps
    from tidewaiter.platform.privacy.schedule import Schedule


class Unsettled(Exception):
    """Something is half written that must be read as the lake was: try again in some minutes."""


@dataclass(frozen=True, slots=True)
class Due:
    """What a pass would do now to a store (of the lake: to one month of it)."""

    store: str
    month: str
    fields: list[str]
    rows: int


def would_mask() -> list[Due]:
    """A dry run: what is due and not held, without changing anything. Raises ScheduleError."""
    schedule, today, held = in_force(), timezone.localdate(), holds.held()
    found = []
    for stream in STREAMS.values():
        for month, names in streams.due_months(stream, schedule, today).items():
            if streams.settled(stream, month, names, held):
                continue
            if rows := streams.open_fields(stream, month, names, held):
                found.append(Due(stream.name, month, names, rows))
    for store in STORES.values():
        for name, line in schedule.of(store.name).items():
            rows = tables.due_rows(store, line, today)
            if count := rows.exclude(tables.held_rows(store, held)).count():
                found.append(Due(store.name, "", [name], count))
    line = schedule.of(messages.STORE)[messages.FIELD]
    if count := messages.removable(line, streams.messages_of(held), today).count():
        found.append(Due(messages.STORE, "", [messages.FIELD], count))
    return found


def apply(watch: Steps | None = None) -> Run:
    """Mask and delete what is due. Raises ScheduleError before anything is done, Unsettled, and
    lock.Taken while a backup is made, which must find what its moment names."""
    watch = watch or Unwatched()
    schedule = in_force()
    with only_one("privacy"), only_one(BACKUP, wait=False):
        run = _begin(schedule)
        for settle in HOOKS.settle:
            settle()
        held, today = holds.held(), timezone.localdate()
        _lake(run, schedule, held, today, watch)
        _tables(run, schedule, held, today, watch)
        _messages(run, schedule, held, today, watch)
        _delete(run, schedule, today, watch)
        run.ended_at = timezone.now()
        run.save(update_fields=["ended_at"])
    _forget()
    return run


def _begin(schedule: Schedule) -> Run:
    """The run that was broken off, or a new one."""
    digest = hashlib.sha256(repr(schedule.lines).encode()).hexdigest()
    left = Run.objects.filter(ended_at=None).first()
    return left or Run.objects.create(schedule=digest)


def _lake(run: Run, schedule: Schedule, held: frozenset[str], today: date, watch: Steps) -> None:
    for stream in STREAMS.values():
        if not stream.personal:
            continue
        months = streams.due_months(stream, schedule, today)
        for number, (month, names) in enumerate(months.items()):
            watch.update(number, len(months), f"{stream.name} {month}")
            watch.check()
            _step(run, stream.name, month, names, held)
        open_steps = list(Step.objects.filter(store=stream.name, done_at=None))
        if open_steps:
            _one_stream(stream.name, open_steps, schedule, watch)


def _step(run: Run, store: str, month: str, names: list[str], held: frozenset[str]) -> None:
    """Say what will be done to a month, unless it was done or is said already."""
    stream = STREAMS[store]
    if Step.objects.filter(store=store, month=month, done_at=None).exists():
        return
    if not streams.settled(stream, month, names, held):
        Step.objects.create(run=run, store=store, month=month, due=names, at=timezone.now())


def _one_stream(store: str, steps: list[Step], schedule: Schedule, watch: Steps) -> None:
    """Months of a stream, while nobody writes to it."""
    stream = STREAMS[store]
    with only_one(store):
        held = holds.held()  # somebody may have set a hold since
        if any(unsettled() for unsettled in HOOKS.unsettled):
            raise Unsettled
        for number, step in enumerate(steps):
            watch.update(number, len(steps), str(step))
            watch.check()
            streams.rewrite(step, schedule, held, watch)
        months = [step.month for step in steps if streams.rewritten(step)]
        if months:
            for forget in HOOKS.derived:
                forget(store, months)
            with only_one(UPKEEP):
                lake().purge(stream, months)
        for step in steps:
            streams.count(step, held)
            _done(step)


def _done(step: Step) -> None:
    """The step, and what the ledger has to know of it, together."""
    step.done_at = timezone.now()
    with transaction.atomic():
        step.save()
        subject = str(step)
        if step.masked:
            record(
                None, "privacy.mask", subject,
                masked=step.masked, held=step.held, fields=step.fields,
            )  # fmt: skip
        if step.deleted:
            record(None, "privacy.delete", subject, deleted=step.deleted, fields=step.fields)


def _tables(run: Run, schedule: Schedule, held: frozenset[str], today: date, watch: Steps) -> None:
    for store in STORES.values():
        lines = schedule.of(store.name)
        waiting = {name: tables.due_rows(store, line, today) for name, line in lines.items()}
        theirs = tables.held_rows(store, held)
        if not any(rows.exclude(theirs).exists() for rows in waiting.values()):
            continue
        step = _open(run, store.name)
        for name, line in lines.items():
            tables.mask_field(store, line, held, today, step.at, watch)
            done = Kept.objects.filter(store=store.name, field=name, masked_at=step.at).count()
            if done:
                step.fields[name] = done
            step.held += waiting[name].filter(theirs).count()
        step.masked = sum(step.fields.values())
        _done(step)


def _open(run: Run, store: str) -> Step:
    """The step of a run about a store, which a killed run may have begun: its moment is kept."""
    left = Step.objects.filter(store=store, month="", done_at=None).first()
    return left or Step.objects.create(run=run, store=store, at=timezone.now())


def _messages(
    run: Run, schedule: Schedule, held: frozenset[str], today: date, watch: Steps
) -> None:
    line = schedule.of(messages.STORE)[messages.FIELD]
    theirs = streams.messages_of(held)
    messages.sweep(watch)
    if not messages.removable(line, theirs, today).exists() and not _left(messages.STORE):
        return
    step = _open(run, messages.STORE)
    step.held = messages.remove(line, theirs, today, step.at, watch)
    step.masked = messages.removed(step.at)
    step.fields = {messages.FIELD: step.masked} if step.masked else {}
    _done(step)


def _left(store: str) -> bool:
    return Step.objects.filter(store=store, done_at=None).exists()


def _delete(run: Run, schedule: Schedule, today: date, watch: Steps) -> None:
    """Destroy the originals whose time has come."""
    for line in schedule.lines:
        until = line.rule.deleted_until(today)
        if until is None:
            continue
        watch.check()
        with transaction.atomic():  # files go first: those of a killed run are found again
            gone = _delete_parts(line.store, line.field, until)
            gone += _delete_values(line.store, line.field, until)
            if gone:
                step = Step.objects.create(
                    run=run, store=line.store, at=timezone.now(), due=[line.field],
                    deleted=gone, fields={line.field: gone},
                )  # fmt: skip
                _done(step)


def _delete_parts(store: str, field: str, until: date) -> int:
    last = until.strftime("%Y-%m")  # months before this one are over
    parts = SealedPart.objects.filter(store=store, field=field, month__lt=last, deleted_at=None)
    gone = parts.aggregate(rows=Sum("rows"))["rows"] or 0
    for part in parts:
        originals.remove_part(part.name)
    parts.update(deleted_at=timezone.now())
    return int(gone)


def _delete_values(store: str, field: str, until: date) -> int:
    rows = Kept.objects.filter(store=store, field=field, day__lte=until, deleted_at=None)
    return rows.update(sealed=b"", deleted_at=timezone.now())


def _forget() -> None:
    """Let SQLite forget, too, what it wrote over: its log still has the pages of before."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def destroy_key(actor: User, which: str, reason: str) -> bool:
    """Destroy the key of tokens or of originals; False if there is none. Raises Denied."""
    check_national(actor, "privacy.keys")
    with only_one("privacy"), transaction.atomic():
        record(actor, "privacy.key_destroy", which, reason=reason)
        return keys.destroy(which)
