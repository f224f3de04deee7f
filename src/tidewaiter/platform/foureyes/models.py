from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tidewaiter.platform.foureyes.registry import KINDS
from tidewaiter.platform.handling import OPEN

if TYPE_CHECKING:
    from tidewaiter.platform.foureyes.registry import Kind


class Proposal(models.Model):
    """An action that waits for a second officer, or waited for one.

    waiting → approved | returned | withdrawn | expired. What was proposed never changes.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        APPROVED = "approved", _("approved")
        RETURNED = "returned", _("returned")
        WITHDRAWN = "withdrawn", _("withdrawn")
        EXPIRED = "expired", _("expired")

    kind = models.CharField(_("kind"), max_length=60)
    # What it is about, as officers read it; and what its desk needs to find it.
    subject = models.CharField(_("subject"), max_length=300)
    details = models.JSONField(default=dict)
    # Of what it is about: it is not there for officers whose clearance is lower.
    handling = models.PositiveSmallIntegerField(default=OPEN)
    reason = models.TextField(_("reason"), blank=True)
    digest = models.CharField(max_length=64)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    # Everybody who wrote any of it, the proposer among them.
    authors = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    proposed_at = models.DateTimeField(_("proposed"))
    expires_at = models.DateTimeField(_("expires"), db_index=True)
    # Nobody where it was withdrawn or expired.
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    remark = models.TextField(_("remark"), blank=True)
    # What it was to change, as it was when it was decided: lines of what, before and after.
    shown = models.JSONField(default=list)

    class Meta:
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(decided_by=models.F("proposed_by")),
                name="proposer_never_decides",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["approved", "returned"], decided_by__isnull=False)
                | models.Q(state__in=["waiting", "withdrawn", "expired"], decided_by__isnull=True),
                name="decided_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=models.Q(state="waiting"),
                name="one_waiting_proposal",
            ),
        ]
        indexes = [models.Index(fields=["state", "kind"]), models.Index(fields=["-proposed_at"])]

    def __str__(self) -> str:
        return f"{self.pk} {self.kind}: {self.subject} {self.state}"

    @property
    def registered(self) -> Kind:
        """Raises KeyError for a kind that this release does not know any more."""
        return KINDS[self.kind]

    @property
    def waits(self) -> bool:
        return self.state == self.State.WAITING and self.expires_at > timezone.now()


class Concerned(models.Model):
    """An office that a proposal concerns; one that concerns none is of all offices."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="offices")
    office = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["proposal", "office"], name="concerned_once")
        ]

    def __str__(self) -> str:
        return self.office
