from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User


class MessageRows(models.QuerySet["Message"]):
    def visible_to(self, user: User) -> MessageRows:
        """Messages of the officer's offices, and those he handed in himself; all if national. Who
        speaks through a token for one office sees that office's only."""
        scope = user.scope()
        if scope.national:
            return self
        if user.limit is not None and user.limit.office:
            return self.filter(scope.rows())
        return self.filter(scope.rows() | models.Q(submitted_by=user))


class Message(models.Model):
    """A message as received. Its bytes lie in the spool under their SHA-256.

    received: it is safe, and waits to be recorded. recorded: what could be read of it is in the
    lake, the rest is described by its findings. quarantined: nothing of it could be read.
    `attempt` counts how often it was read; each has its own commit in the lake. `removed_at`: since
    when its bytes are gone, as the retention schedule says; it cannot be read again.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("received")
        RECORDED = "recorded", _("recorded")
        QUARANTINED = "quarantined", _("quarantined")

    received_at = models.DateTimeField(db_index=True)
    sender = models.CharField(max_length=100)
    reference = models.CharField(max_length=200)
    name = models.CharField(max_length=300, blank=True)
    stream = models.CharField(max_length=40)
    mapping = models.JSONField(null=True, blank=True)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVED)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    office = models.CharField(max_length=32, blank=True)
    limited_to = models.CharField(max_length=32, blank=True)  # the one office its token was for
    resend_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)
    seen_again = models.IntegerField(default=0)
    attempt = models.IntegerField(default=1)
    declarations = models.BigIntegerField(default=0)
    outcomes = models.BigIntegerField(default=0)
    received = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    superseded = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    quarantined = models.BigIntegerField(default=0)
    settled_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = MessageRows.as_manager()

    class Meta:
        ordering = ["-received_at", "-pk"]
        indexes = [
            models.Index(fields=["state", "-received_at"]),
            models.Index(fields=["sender", "reference"]),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.name or self.reference}"


class Quarantined(models.Model):
    """One record (or a whole message) that could not be read: where, why, and how to mend it."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="findings")
    place = models.CharField(_("place"), max_length=300)
    code = models.CharField(max_length=60, db_index=True)
    parameters = models.JSONField(default=dict)
    severity = models.CharField(max_length=8, default="error")
    rows = models.BigIntegerField(default=1)
    attempt = models.IntegerField(default=1)
    record = models.TextField(blank=True)
    office = models.CharField(max_length=32, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["message_id", "pk"]

    def __str__(self) -> str:
        return f"{self.place}: {self.code}"
