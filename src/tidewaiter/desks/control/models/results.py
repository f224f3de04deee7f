from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tidewaiter.desks.control.models.orders import ControlOrder
from tidewaiter.desks.control.vocabulary import RiskArea, Severity
from tidewaiter.platform import handling
from tidewaiter.platform.vault.models import Stored

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User


class OutcomeBatch(models.Model):
    """Results that go to the lake as one commit; `written_at` is set after the commit."""

    made_at = models.DateTimeField()
    written_at = models.DateTimeField(null=True, blank=True, db_index=True)

    def __str__(self) -> str:
        return f"outcomes {self.pk}"

    @property
    def cause(self) -> str:
        return f"control-results:{self.pk}"


class ControlResult(models.Model):
    """What an inspector recorded. Never changed: a returned order gets another one, revision + 1.

    The id is made on the inspector's device, so that sending it twice records it once.
    """

    id = models.UUIDField(primary_key=True)
    order = models.ForeignKey(ControlOrder, on_delete=models.PROTECT, related_name="results")
    revision = models.PositiveIntegerField()
    found = models.BooleanField(_("non-compliance found"))
    revenue = models.DecimalField(_("revenue assessed"), max_digits=18, decimal_places=2)
    currency = models.CharField(max_length=3)
    controls = models.JSONField(_("controls performed"), default=list)
    minutes = models.PositiveIntegerField(_("time spent in minutes"))
    notes = models.TextField(_("notes"), blank=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    device_time = models.DateTimeField(
        help_text="When the officer pressed the button, by the device"
    )
    clock_offset = models.IntegerField(
        default=0, help_text="Device clock minus server clock at sending, in seconds"
    )
    position = models.JSONField(null=True, help_text="{latitude, longitude, accuracy in metres}")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="control_results"
    )
    recorded_at = models.DateTimeField(db_index=True)
    batch = models.ForeignKey(
        OutcomeBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="results"
    )
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["order_id", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["order", "revision"], name="one_result_a_revision")
        ]
        indexes = [
            models.Index(
                fields=["recorded_at"],
                condition=models.Q(published_at__isnull=True),
                name="results_not_published",
            )
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.revision}"


class ResultLine(models.Model):
    """The outcome in one risk area. `items` empty means the declaration as a whole."""

    result = models.ForeignKey(ControlResult, on_delete=models.CASCADE, related_name="lines")
    risk_area = models.CharField(max_length=40, choices=RiskArea.choices)
    found = models.BooleanField()
    severity = models.PositiveSmallIntegerField(choices=Severity.choices)
    description = models.TextField(blank=True)
    revenue = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    items = models.JSONField(default=list)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["result", "risk_area"], name="one_line_a_risk_area")
        ]

    def __str__(self) -> str:
        return f"{self.risk_area}: {self.severity}"


class PhotographRows(models.QuerySet["Photograph"]):
    def visible_to(self, user: User) -> PhotographRows:
        cleared = self.filter(handling.rows(user))
        return cleared.filter(order__in=ControlOrder.objects.visible_to(user))

    def held_by(self, user: User) -> PhotographRows:
        """Of the inspector's orders: what he is cleared for, and what he took himself."""
        read = handling.rows(user) | models.Q(sent_by=user)
        return self.filter(read, order__in=ControlOrder.objects.held_by(user))


class Photograph(models.Model):
    """A picture of a control; its bytes lie in the vault under their SHA-256.

    Sent before the result it belongs to, under an id made on the device.
    """

    id = models.UUIDField(primary_key=True)
    order = models.ForeignKey(ControlOrder, on_delete=models.PROTECT, related_name="photographs")
    result = models.ForeignKey(
        ControlResult, null=True, blank=True, on_delete=models.PROTECT, related_name="photographs"
    )
    file = models.ForeignKey(Stored, on_delete=models.PROTECT, related_name="+")
    caption = models.CharField(_("caption"), max_length=300, blank=True)
    taken_at = models.DateTimeField(null=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    received_at = models.DateTimeField()
    handling = models.PositiveSmallIntegerField(
        _("handling code"), default=handling.OPEN, choices=handling.labels
    )

    objects = PhotographRows.as_manager()

    class Meta:
        ordering = ["taken_at", "received_at", "pk"]

    def __str__(self) -> str:
        return f"{self.file_id[:12]} {self.caption}".strip()
