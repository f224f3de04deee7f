from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tidewaiter.engine.risk.lists import ListEntry
from tidewaiter.platform import handling

if TYPE_CHECKING:
    from datetime import date

    from tidewaiter.platform.accounts.models import User


class RiskListRows(models.QuerySet["RiskList"]):
    def visible_to(self, user: User) -> RiskListRows:
        """Those that the officer is cleared for; their values go with them."""
        return self.filter(handling.rows(user))


class RiskList(models.Model):
    """A named list: values that profiles refer to by its name. Lists are national."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=200, blank=True)
    size = models.PositiveIntegerField(_("entries"), default=0)
    version = models.PositiveIntegerField(_("version"), default=0)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)
    handling = models.PositiveSmallIntegerField(
        _("handling code"), default=handling.OPEN, choices=handling.labels
    )

    objects = RiskListRows.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ListValueRows(models.QuerySet["ListValue"]):
    def in_force(self) -> ListValueRows:
        return self.filter(removed_at=None)

    def on(self, day: date) -> ListValueRows:
        """Values that count on a day."""
        return self.in_force().filter(
            Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gte=day)
        )


class ListValue(models.Model):
    """A value in a list. It is never deleted: a removal is proposed, then decided by another."""

    risk_list = models.ForeignKey(RiskList, on_delete=models.PROTECT, related_name="values")
    value = models.CharField(_("value"), max_length=200)
    valid_from = models.DateField(_("from"), null=True, blank=True)
    valid_to = models.DateField(_("to"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    added_at = models.DateTimeField(auto_now_add=True)
    removal_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    removal_reason = models.CharField(max_length=500, blank=True)
    # What waits for a second officer, or was decided; several values may be in one proposal.
    removal = models.ForeignKey(
        "foureyes.Proposal", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ListValueRows.as_manager()

    class Meta:
        ordering = ["value", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["risk_list", "value"],
                condition=Q(removed_at=None),
                name="list_value_once",
            )
        ]
        indexes = [models.Index(fields=["risk_list", "removed_at", "value"])]

    def __str__(self) -> str:
        return self.value

    @property
    def as_entry(self) -> ListEntry:
        return ListEntry(self.value, self.valid_from, self.valid_to, self.note)


class ListVersion(models.Model):
    """One change of a list. Caches ask for the newest; its digest is of all entries in force."""

    risk_list = models.ForeignKey(RiskList, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    digest = models.CharField(max_length=64)
    size = models.PositiveIntegerField(_("entries"))
    added = models.PositiveIntegerField(_("added"))
    removed = models.PositiveIntegerField(_("removed"))
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    cause = models.CharField(_("why"), max_length=500, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["risk_list", "number"], name="list_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.risk_list_id} version {self.number}"
