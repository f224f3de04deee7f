from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SavedView(models.Model):
    """A worklist an officer comes back to: the query of its address, under a name."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views"
    )
    name = models.CharField(_("name"), max_length=80)
    query = models.CharField(max_length=2000)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="view_named_once")]

    def __str__(self) -> str:
        return self.name


class Override(models.Model):
    """One officer proposes another lane for a declaration, a second one decides.

    Approved, it becomes a fact of the selections stream (`applied_at`); the fact's cause names it,
    so that an application that was interrupted is repeated without harm.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")

    declaration_id = models.CharField(max_length=200, db_index=True)
    declaration_date = models.DateField()
    office = models.CharField(max_length=32, blank=True)
    lane_before = models.CharField(max_length=10)
    selected_before = models.CharField(max_length=120)
    lane = models.CharField(_("lane"), max_length=10)
    reason = models.TextField(_("reason"))
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    remark = models.TextField(blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["declaration_id"],
                condition=models.Q(state="proposed"),
                name="one_open_override",
            )
        ]

    def __str__(self) -> str:
        return f"{self.declaration_id} {self.lane_before} to {self.lane}"
