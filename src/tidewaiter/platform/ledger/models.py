from __future__ import annotations

from django.db import models


class Entry(models.Model):
    """One action. Append-only: the database refuses UPDATE and DELETE (see the first migration)."""

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=200, blank=True)
    office = models.CharField(max_length=32, blank=True)
    detail = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["-sequence"]
        indexes = [
            models.Index(fields=["action", "-sequence"]),
            models.Index(fields=["actor", "-sequence"]),
            models.Index(fields=["subject", "-sequence"]),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.actor} {self.action} {self.subject}"
