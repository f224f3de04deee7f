from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class BaselineVersion(models.Model):
    """Baselines as of a day, kept under their content hash in `risk/baselines`."""

    as_of = models.DateField(db_index=True)
    version = models.CharField(max_length=64, db_index=True)
    declarations = models.BigIntegerField()
    outcomes = models.BigIntegerField()
    built_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-as_of", "-pk"]

    def __str__(self) -> str:
        return f"{self.as_of} {self.version[:12]}"


class RiskModelVersion(models.Model):
    """A trained model, kept under its content hash in `risk/models`."""

    class State(models.TextChoices):
        CHALLENGER = "challenger", _("challenger")
        CHAMPION = "champion", _("champion")
        RETIRED = "retired", _("retired")
        WITHDRAWN = "withdrawn", _("rolled back")

    version = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.CHALLENGER)
    trained_at = models.DateTimeField(auto_now_add=True)
    trained_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    learned_from = models.DateField(null=True)
    learned_until = models.DateField()
    # Release that trained it.
    code = models.CharField(max_length=40, blank=True)
    metrics = models.JSONField(default=dict)
    # What it did beside the model in force on days that neither had learnt from.
    shadow = models.JSONField(null=True)
    promoted_at = models.DateTimeField(null=True, blank=True)
    promoted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    # Why it was taken out of force again.
    withdrawn_because = models.TextField(blank=True)

    class Meta:
        ordering = ["-trained_at"]

    def __str__(self) -> str:
        return f"{self.version[:12]} {self.state}"
