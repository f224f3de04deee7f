from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Run(models.Model):
    """One pass over all stores. `schedule`: SHA-256 of what it went by."""

    begun_at = models.DateTimeField(_("begun"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    schedule = models.CharField(max_length=64)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"run {self.pk}"


class Step(models.Model):
    """What a run did to one store, of the lake to one month of it.

    Written before anything is done (`done_at` missing): who comes after a killed run finishes it.
    `at` is what masked facts of the lake carry, so that they can be counted afterwards. `state` names
    the files of the month as they were left: while it holds, there is nothing more to do.
    """

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="steps")
    store = models.CharField(_("store"), max_length=40)
    month = models.CharField(_("month"), max_length=10, blank=True)
    at = models.DateTimeField(_("at"))
    done_at = models.DateTimeField(null=True)
    due = models.JSONField(default=list)
    fields = models.JSONField(default=dict)
    masked = models.BigIntegerField(_("masked"), default=0)
    deleted = models.BigIntegerField(_("deleted"), default=0)
    held = models.BigIntegerField(_("held"), default=0)
    state = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["store", "month", "-id"])]

    def __str__(self) -> str:
        return f"{self.store} {self.month}".strip()


class SealedPart(models.Model):
    """A file of encrypted originals, of one field of one month of a stream."""

    store = models.CharField(max_length=40)
    month = models.CharField(max_length=10)
    field = models.CharField(max_length=60)
    name = models.CharField(max_length=200, unique=True)
    rows = models.BigIntegerField()
    masked_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["store", "month", "field"])]

    def __str__(self) -> str:
        return self.name


class Kept(models.Model):
    """A value of a row of the database that was masked: encrypted, empty once it is deleted."""

    store = models.CharField(max_length=40)
    row = models.CharField(max_length=64)
    field = models.CharField(max_length=60)
    day = models.DateField()
    sealed = models.BinaryField(default=b"")
    masked_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "field", "row"], name="privacy_kept_once")
        ]
        indexes = [models.Index(fields=["store", "field", "day"])]

    def __str__(self) -> str:
        return f"{self.store} {self.row} {self.field}"


class LegalHold(models.Model):
    """A declaration that stays readable until the hold is lifted."""

    declaration_id = models.CharField(_("declaration"), max_length=200, db_index=True)
    reason = models.CharField(_("reason"), max_length=1000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField(_("since"))
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-since", "-pk"]

    def __str__(self) -> str:
        return self.declaration_id


class Disclosure(models.Model):
    """Masked fields of a declaration that an officer may see for a while, as a second one agreed."""

    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    declaration_id = models.CharField(_("declaration"), max_length=200)
    office = models.CharField(max_length=32, blank=True)
    fields = models.JSONField(default=list)
    reason = models.TextField(_("reason"))
    proposal = models.BigIntegerField(unique=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(_("approved"))
    until = models.DateTimeField(_("until"))

    class Meta:
        ordering = ["-approved_at", "-pk"]

    def __str__(self) -> str:
        return self.declaration_id

    @property
    def open(self) -> bool:
        return self.until > timezone.now()
