from __future__ import annotations

from django.conf import settings
from django.db import models


class Stored(models.Model):
    """A file in the vault. Its name is the SHA-256 of its bytes; they never change.

    Once deleted, the row stays: that there was such a file is no secret, and nothing that names it
    is left in the air.
    """

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=100)
    stored_at = models.DateTimeField()
    # Who stored it first; storing the same bytes again changes nothing.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    keep_until = models.DateField(
        null=True, db_index=True, help_text="The last day that it is kept; none: for ever"
    )
    deleted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.sha256[:12]} {self.media_type} {self.size}"

    @property
    def is_picture(self) -> bool:
        return self.media_type.startswith("image/")


class Hold(models.Model):
    """A legal hold: while it is not lifted, its file is not deleted, whatever was decided before."""

    file = models.ForeignKey(Stored, on_delete=models.PROTECT, related_name="holds")
    reason = models.CharField(max_length=1000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["file"],
                condition=models.Q(lifted_at__isnull=True),
                name="holds_in_force",
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.file_id[:12]} {self.reason}"
