from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tidewaiter.engine.risk.selection import SelectionPolicy

_read = lru_cache(maxsize=32)(SelectionPolicy.from_toml)


class PolicyVersion(models.Model):
    """One version of the selection policy. From the moment it is proposed its content never changes.

    The one in force decides all selections of the house; a selection keeps its digest.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")
        ACTIVE = "active", _("in force")
        SUPERSEDED = "superseded", _("superseded")

    number = models.PositiveIntegerField(_("version"), unique=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    # TOML, not JSON: what comes back from a database must give the same digest, to the last bit.
    content = models.TextField()
    digest = models.CharField(max_length=64, db_index=True)
    # The version that was in force when it was proposed, in which it changes something.
    base = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(_("what changes and why"))
    legal_basis = models.CharField(_("legal basis"), max_length=300, blank=True)
    # The job that tried it on the last month, and what that said in short: jobs may go, this stays.
    trial = models.BigIntegerField(null=True)
    tried = models.JSONField(null=True)
    # Nobody for the first version, with which the house begins.
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    remark = models.TextField(blank=True)
    in_force_since = models.DateTimeField(null=True)
    superseded_by = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="supersedes"
    )

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state=state), name=f"policy_{state}_once"
            )
            for state in ("active", "proposed")
        ]

    def __str__(self) -> str:
        return f"selection policy version {self.number} {self.state}"

    @property
    def as_policy(self) -> SelectionPolicy:
        return _read(self.content)
