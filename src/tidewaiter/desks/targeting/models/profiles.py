from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tidewaiter.engine.risk.profiles import Profile
from tidewaiter.platform import handling

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User


class RiskProfileRows(models.QuerySet["RiskProfile"]):
    def visible_to(self, user: User) -> RiskProfileRows:
        """National profiles, and those for one of the officer's offices, that he is cleared for."""
        scope = user.scope()
        cleared = self.filter(handling.rows(user))
        if scope.national:
            return cleared
        mine = Q(offices="")
        for code in scope.codes:
            mine |= Q(offices__contains=f"|{code}|")
        return cleared.filter(mine)


class RiskProfile(models.Model):
    """A profile through all its versions.

    The columns besides `code` repeat its active version, or its newest while none is active, so
    that lists filter and sort in the database.
    """

    class State(models.TextChoices):
        NEW = "new", _("never active")
        ACTIVE = "active", _("active")
        RETIRED = "retired", _("retired")

    code = models.CharField(_("code"), max_length=40, unique=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.NEW)
    pending = models.CharField(_("pending"), max_length=10, blank=True)
    title = models.CharField(_("title"), max_length=200)
    risk_area = models.CharField(_("risk area"), max_length=20)
    severity = models.PositiveSmallIntegerField(_("severity"))
    mandatory = models.BooleanField(_("mandatory"))
    lane = models.CharField(_("lane"), max_length=10, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    review_on = models.DateField(_("review"), null=True, blank=True)
    shadow = models.BooleanField(_("a version is in shadow"), default=False)
    # "|A|B|", empty for all offices: found with one LIKE on every database.
    offices = models.CharField(_("offices"), max_length=2000, blank=True)

    # The closest of all versions: who may not read one, reads none.
    handling = models.PositiveSmallIntegerField(_("handling code"), default=handling.OPEN)

    objects = RiskProfileRows.as_manager()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class ProfileVersion(models.Model):
    """One version of a profile. From the moment it is proposed its content never changes."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PROPOSED = "proposed", _("proposed")
        REFUSED = "refused", _("refused")
        SHADOW = "shadow", _("in shadow")
        ACTIVE = "active", _("active")
        RETIRING = "retiring", _("active, retirement proposed")
        RETIRED = "retired", _("retired")

    profile = models.ForeignKey(RiskProfile, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    change = models.TextField(_("what changes and why"), blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    # Who asked last for a change of state, which somebody else decides.
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Asked for with the proposal: days in shadow before it can bite; 0 is none.
    shadow_days = models.PositiveSmallIntegerField(_("days in shadow"), default=0)
    shadow_from = models.DateTimeField(null=True, blank=True)
    shadow_until = models.DateField(null=True, blank=True)
    # Version of the lake's assessments up to which it has been judged.
    shadow_seen = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["profile", "number"], name="profile_version_once"),
            models.UniqueConstraint(
                fields=["profile"],
                condition=Q(state__in=["active", "retiring"]),
                name="profile_active_once",
            ),
            models.UniqueConstraint(
                fields=["profile"], condition=Q(state="shadow"), name="profile_shadow_once"
            ),
            models.UniqueConstraint(
                fields=["profile"],
                condition=Q(state__in=["draft", "proposed"]),
                name="profile_pending_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.profile_id} version {self.number} {self.state}"

    @property
    def as_profile(self) -> Profile:
        return Profile.from_dict(self.content)


class ProfileEvent(models.Model):
    """What happened to a profile, in order: its page shows it, and caches ask for the newest."""

    profile = models.ForeignKey(RiskProfile, on_delete=models.PROTECT, related_name="events")
    version = models.PositiveIntegerField(_("version"))
    what = models.CharField(max_length=20)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    remark = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.profile_id} {self.what} {self.version}"
