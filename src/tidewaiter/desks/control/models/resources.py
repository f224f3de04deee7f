"""What an office has to work with: minutes a day of each control, and who is there."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Capacity(models.Model):
    office = models.CharField(_("customs office"), max_length=32)
    control = models.CharField(_("control"), max_length=60)
    minutes_per_day = models.PositiveIntegerField(_("minutes a day"))

    class Meta:
        ordering = ["office", "control"]
        verbose_name_plural = "capacities"
        constraints = [
            models.UniqueConstraint(fields=["office", "control"], name="one_capacity_a_control")
        ]

    def __str__(self) -> str:
        return f"{self.office} {self.control}: {self.minutes_per_day}"


class Duty(models.Model):
    """Where an inspector is on a day, or that he is away.

    Without an entry an inspector is on duty in each of his offices: only exceptions are entered.
    """

    inspector = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="duties"
    )
    day = models.DateField(_("day"))
    office = models.CharField(_("customs office"), max_length=32)
    available = models.BooleanField(_("on duty"))

    class Meta:
        ordering = ["day", "office"]
        verbose_name_plural = "duties"
        constraints = [
            models.UniqueConstraint(fields=["inspector", "day", "office"], name="one_duty_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.inspector_id} {self.day} {self.office}"
