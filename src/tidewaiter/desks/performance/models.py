from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from tidewaiter.platform.vault.models import Stored

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User


class ComplianceReport(models.Model):
    """A monthly report as it was written; its bytes lie in the vault under their SHA-256."""

    month = models.DateField()
    # Whose figures it holds: all offices, or these.
    national = models.BooleanField()
    offices = models.JSONField(default=list)
    language = models.CharField(max_length=10)
    headline = models.TextField()
    file = models.ForeignKey(Stored, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-month", "-written_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.file_id[:12]}"

    def visible_to(self, user: User) -> bool:
        """Only to who may see everything that is in it."""
        scope = user.scope()
        return scope.national or (not self.national and scope.codes.issuperset(self.offices))


class DriftCheck(models.Model):
    """What a check of the model in force against the last weeks said; the newest one counts.

    facts: rows of the engine's `drift.stability`, scores among them under the name "". hit_rates: before
    and recent counts, changes with their intervals, verdict.
    """

    checked_at = models.DateTimeField()
    model = models.CharField(max_length=64)
    learnt_since = models.DateField()
    learnt_until = models.DateField()
    since = models.DateField()
    until = models.DateField()
    rows_before = models.PositiveIntegerField()
    rows_now = models.PositiveIntegerField()
    facts = models.JSONField(default=list)
    hit_rates = models.JSONField(default=dict)
    alarms = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-checked_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.model[:12]} {self.until}: {self.alarms}"
