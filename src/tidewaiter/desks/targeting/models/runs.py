from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Pins(models.Model):
    """Everything an assessment depended on, by version. An assessment names its pins as `run_id`;
    with them it can be computed again, to the bit."""

    digest = models.CharField(max_length=32, primary_key=True)
    profiles = models.CharField(max_length=64)
    lists = models.CharField(max_length=64)
    baselines = models.CharField(max_length=64, blank=True)
    model = models.CharField(max_length=64, blank=True)
    currency = models.CharField(max_length=3)
    code = models.CharField(max_length=20)
    first_used_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = _("pins")

    def __str__(self) -> str:
        return self.digest


class SelectionRun(models.Model):
    """One run of selection. It is done when its orders are raised, too."""

    run_id = models.CharField(max_length=36, primary_key=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    policy = models.CharField(max_length=64)
    started_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)
    declarations = models.BigIntegerField(default=0)
    orders = models.BigIntegerField(default=0)
    # office -> lane -> least value per minute taken; null: the lane was full or closed
    cutoffs = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.run_id
