from __future__ import annotations

from django.db import models


class DayKey(models.Model):
    """The secret of one day's random picks. Its SHA-256 is in the ledger before the day begins;
    the key itself is published after the day."""

    date = models.DateField(primary_key=True)
    key = models.CharField(max_length=64)
    commitment = models.CharField(max_length=64)
    made_at = models.DateTimeField(auto_now_add=True)
    revealed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.date}"
