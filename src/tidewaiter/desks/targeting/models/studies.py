from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tidewaiter.desks.targeting.models.profiles import RiskProfile
from tidewaiter.engine.risk.profiles import Profile
from tidewaiter.platform.accounts.scope import OfficeScope

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User


def offices_text(scope: OfficeScope) -> str:
    """`|A|B|`; empty for all offices."""
    return "" if scope.national else f"|{'|'.join(sorted(scope.codes))}|"


class StudyRows(models.QuerySet["Study"]):
    def visible_to(self, user: User) -> StudyRows:
        """A study tells about the offices of whoever asked for it: it is for those who see the
        same ones, or all."""
        scope = user.scope()
        return self if scope.national else self.filter(offices=offices_text(scope))


class Study(models.Model):
    """A question to the past, worked out by a job, and its answer."""

    class Kind(models.TextChoices):
        BACKTEST = "backtest", _("backtest of a profile")
        SUGGESTIONS = "suggestions", _("suggestions for profiles")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    # Of a backtest: whose it is, which version, and the content that was tried.
    profile = models.ForeignKey(
        RiskProfile, null=True, on_delete=models.CASCADE, related_name="studies"
    )
    version = models.PositiveIntegerField(_("version"), default=0)
    content = models.JSONField(default=dict)
    since = models.DateField(_("from"))
    until = models.DateField(_("to"))
    offices = models.CharField(max_length=2000, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(auto_now_add=True)
    job = models.BigIntegerField(null=True)
    result = models.JSONField(null=True)
    done_at = models.DateTimeField(null=True)

    objects = StudyRows.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = _("studies")

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def scope(self) -> OfficeScope:
        codes = frozenset(code for code in self.offices.split("|") if code)
        return OfficeScope(national=not self.offices, codes=codes)

    @property
    def as_profile(self) -> Profile:
        return Profile.from_dict(self.content)
