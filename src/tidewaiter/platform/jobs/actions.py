"""What can be done to jobs and schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from croniter import croniter
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tidewaiter.platform.accounts.access import Denied, check, check_national
from tidewaiter.platform.jobs.models import Job, Schedule
from tidewaiter.platform.jobs.registry import KINDS, kind
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from datetime import datetime

    from tidewaiter.platform.accounts.models import User


def enqueue(
    kind_code: str,
    /,
    *,
    actor: User | None,
    title: str = "",
    office: str = "",
    not_before: datetime | None = None,
    **parameters: Any,
) -> Job:
    """Ask for work. Inside a transaction it is asked for only if the transaction commits.

    `parameters` must be JSON and are handed to the function. The caller, an action of a desk, has
    checked the right and writes the ledger entry. Raises UnknownKind.
    """
    wanted = kind(kind_code)
    now = timezone.now()
    asked = {"kind": wanted.code, "parameters": parameters, "actor": actor, "office": office}
    with transaction.atomic(savepoint=False):
        waiting = _waiting(asked) if wanted.merges and not_before is None else None
        return waiting or Job.objects.create(
            **asked,
            title=(title or str(wanted.title))[:300],
            created_at=now,
            not_before=not_before or now,
            max_attempts=wanted.attempts,
        )


def _waiting(asked: dict[str, Any]) -> Job | None:
    """The same work in the queue, held there until this transaction ends: a worker that took it
    earlier would not see what this transaction wrote. On SQLite the transaction keeps it anyway.
    """
    queued = Job.objects.filter(**asked, state=Job.State.QUEUED)
    return queued.select_for_update(skip_locked=True, of=("self",)).first()


def _check_holder(actor: User, job: Job) -> None:
    """One's own job, or any visible one with `jobs.manage`."""
    if job.actor_id == actor.pk:
        return
    check(actor, "jobs.manage")
    if not Job.objects.visible_to(actor).filter(pk=job.pk).exists():
        raise Denied("jobs.manage")


@transaction.atomic
def cancel(actor: User, job: Job) -> Job:
    """End a job: at once if it waits, at its next check if it runs. A finished one stays as is."""
    _check_holder(actor, job)
    now = timezone.now()
    unfinished = Job.objects.filter(pk=job.pk).unfinished()
    if unfinished.update(cancel_requested=True):
        Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(
            state=Job.State.CANCELLED, finished_at=now
        )
        record(actor, "job.cancel", f"job {job.pk}", office=job.office, kind=job.kind)
    job.refresh_from_db()
    return job


@transaction.atomic
def retry(actor: User, job: Job) -> Job:
    """Put a failed or cancelled job back into the queue with a fresh count of attempts."""
    _check_holder(actor, job)
    ended = Job.objects.filter(pk=job.pk, state__in=(Job.State.FAILED, Job.State.CANCELLED))
    if ended.update(
        state=Job.State.QUEUED,
        not_before=timezone.now(),
        max_attempts=job.attempt + kind(job.kind).attempts,
        cancel_requested=False,
        finished_at=None,
    ):
        record(actor, "job.retry", f"job {job.pk}", office=job.office, kind=job.kind)
    job.refresh_from_db()
    return job


def next_time(cron: str, after: datetime | None = None) -> datetime:
    """When a cron expression comes round next, in the administration's time zone."""
    return croniter(cron, timezone.localtime(after)).get_next(type(timezone.now()))


@transaction.atomic
def change_schedule(
    actor: User, schedule: Schedule, *, cron: str | None = None, enabled: bool | None = None
) -> Schedule:
    check_national(actor, "jobs.manage")  # schedules serve every office
    if cron is not None:
        if not croniter.is_valid(cron):
            raise ValidationError(
                _("“%(cron)s” is no cron expression. Example: 0 3 * * * is every day at 03:00.")
                % {"cron": cron}
            )
        schedule.cron = cron
    if enabled is not None:
        schedule.enabled = enabled
    schedule.next_at = next_time(schedule.cron)
    schedule.save(update_fields=["cron", "enabled", "next_at"])
    record(actor, "schedule.change", schedule.name, cron=schedule.cron, enabled=schedule.enabled)
    return schedule


@transaction.atomic
def run_now(actor: User, schedule: Schedule) -> Job:
    check_national(actor, "jobs.manage")  # schedules serve every office
    job = _start(schedule, actor)
    record(actor, "schedule.run", schedule.name, job=job.pk)
    return job


def _start(schedule: Schedule, actor: User | None) -> Job:
    job = enqueue(schedule.kind, actor=actor, **schedule.parameters)
    schedule.last_job = job
    schedule.save(update_fields=["last_job"])
    return job


def install_schedules() -> None:
    """Make the schedules that kinds ask for by default. Those an administrator changed stay."""
    known = set(Schedule.objects.values_list("name", flat=True))
    for code, wanted in KINDS.items():
        if wanted.cron and code not in known:
            Schedule.objects.get_or_create(
                name=code,
                defaults={"kind": code, "cron": wanted.cron, "next_at": next_time(wanted.cron)},
            )


def tick() -> list[Job]:
    """Ask for the work of every schedule that is due; skip one whose last job still goes on."""
    now = timezone.now()
    due = Schedule.objects.filter(enabled=True, next_at__lte=now, kind__in=list(KINDS))
    if not due.exists():
        return []
    started = []
    with transaction.atomic():
        for schedule in due.select_for_update(skip_locked=True).order_by("pk"):
            if schedule.last_job is None or schedule.last_job.finished:
                started.append(_start(schedule, None))
            schedule.next_at = next_time(schedule.cron, now)
            schedule.save(update_fields=["next_at"])
    return started
