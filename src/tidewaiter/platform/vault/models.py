from __future__ import annotations

from django.conf import settings
from django.db import models


class Stored(models.Model):
    """A file in the vault. Its name is the SHA-256 of its bytes; they never change."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=100)
    stored_at = models.DateTimeField()
    # Who stored it first; storing the same bytes again changes nothing.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.sha256[:12]} {self.media_type} {self.size}"

    @property
    def is_picture(self) -> bool:
        return self.media_type.startswith("image/")
