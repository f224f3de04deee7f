"""Background work as rows: what was asked, how far it is, what came of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tidewaiter.platform.jobs.registry import KINDS

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User


class JobRows(models.QuerySet["Job"]):
    def visible_to(self, user: User) -> JobRows:
        """An officer's own jobs; with `jobs.read`, those of his offices too; all if national."""
        own = models.Q(actor=user)
        if not user.may("jobs.read"):
            return self.filter(own)
        scope = user.scope()
        return self if scope.national else self.filter(own | scope.rows("office"))

    def unfinished(self) -> JobRows:
        return self.filter(state__in=(Job.State.QUEUED, Job.State.RUNNING))


class Job(models.Model):
    """One piece of background work and its last attempt.

    queued -> running -> done | failed | cancelled; running -> queued when it is to be tried again.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    kind = models.CharField(_("kind"), max_length=60)
    title = models.CharField(_("title"), max_length=300)
    parameters = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    office = models.CharField(_("office"), max_length=32, blank=True)
    created_at = models.DateTimeField(_("asked at"))
    not_before = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    attempt = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveIntegerField(default=3)
    # Name of the worker that holds it. With `attempt` it fences off a worker that was given up
    # for dead and comes back: its writes match no row any more.
    worker = models.CharField(max_length=120, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    cancel_requested = models.BooleanField(default=False)

    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True, blank=True)
    text = models.CharField(max_length=300, blank=True)
    log = models.TextField(blank=True)
    result = models.JSONField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    traceback = models.TextField(blank=True)

    objects = JobRows.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["state", "not_before"]),
            models.Index(fields=["-created_at", "-id"]),
            models.Index(fields=["actor", "-created_at"]),
            models.Index(fields=["kind", "-created_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.kind}: {self.title}"

    @property
    def finished(self) -> bool:
        return self.state not in (self.State.QUEUED, self.State.RUNNING)

    @property
    def percent(self) -> int | None:
        """Whole per cent done, None while the total is unknown."""
        if not self.total:
            return None
        return min(100, self.done * 100 // self.total)

    @property
    def elapsed(self) -> timedelta | None:
        """Working time of the current attempt."""
        end = self.finished_at or self.heartbeat_at
        if self.started_at is None or end is None:
            return None
        return max(end - self.started_at, timedelta())

    @property
    def rate(self) -> float | None:
        """Units a second, over the current attempt."""
        elapsed = self.elapsed
        if not self.done or elapsed is None or elapsed < timedelta(seconds=1):
            return None
        return self.done / elapsed.total_seconds()

    @property
    def eta(self) -> timedelta | None:
        """Time left at the rate so far."""
        rate = self.rate
        if rate is None or not self.total or self.state != self.State.RUNNING:
            return None
        return timedelta(seconds=round(max(self.total - self.done, 0) / rate))


class Schedule(models.Model):
    """Work that comes back: a cron expression in the time zone of the administration."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    kind = models.CharField(_("kind"), max_length=60)
    cron = models.CharField(_("when"), max_length=100)
    parameters = models.JSONField(default=dict, blank=True)
    enabled = models.BooleanField(_("enabled"), default=True)
    next_at = models.DateTimeField(db_index=True)
    last_job = models.ForeignKey(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.cron})"

    @property
    def title(self) -> str:
        known = KINDS.get(self.kind)
        return str(known.title) if known else self.kind
