from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tidewaiter.platform.journal.models import Message


class MappingVersion(models.Model):
    """A mapping file saved under a name; a change is a new version."""

    name = models.CharField(_("name"), max_length=100)
    version = models.IntegerField(default=1)
    toml = models.TextField()
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="mapping_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Flush(models.Model):
    """One commit of waiting declarations into the lake; its number is the commit's number."""

    started_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)
    # Since when the spool keeps its messages as safely as the database did.
    spooled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"flush {self.pk}"


class Waiting(models.Model):
    """A declaration that came in alone: durable and assessed, not yet in the lake."""

    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="waiting")
    declaration_id = models.CharField(max_length=200, db_index=True)
    office = models.CharField(max_length=32, blank=True)
    # The message itself, safe here until the spool is (Flush.spooled_at).
    body = models.BinaryField(default=b"")
    declared = models.BinaryField()
    assessed = models.BinaryField()
    selected = models.BinaryField()
    answer = models.JSONField()
    flush = models.ForeignKey(Flush, null=True, on_delete=models.PROTECT, related_name="waiting")

    def __str__(self) -> str:
        return self.declaration_id
