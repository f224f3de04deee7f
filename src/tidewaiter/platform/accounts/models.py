from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as _UserManager
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tidewaiter.platform.accounts.roles import ROLES
from tidewaiter.platform.accounts.scope import Limit, OfficeScope
from tidewaiter.platform.handling import OPEN, labels

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime


class Office(models.Model):
    """A customs office. Its code is the one that declarations carry."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()


class UserManager(_UserManager["User"]):
    def visible_to(self, user: User) -> models.QuerySet[User]:
        """All accounts for a national officer; else those wholly inside his own offices."""
        rows = self.get_queryset()
        scope = user.scope()
        if scope.national:
            return rows
        beyond = Office.objects.exclude(code__in=scope.codes)
        return (
            rows.filter(national=False, offices__code__in=scope.codes)
            .exclude(offices__in=beyond)
            .distinct()
        )


class User(AbstractUser):
    """An officer, or a machine that speaks for one. Sees its offices only, unless national."""

    # Of one who speaks through a token (access.confine): never kept, never of the account itself.
    limit: Limit | None = None

    offices = models.ManyToManyField(Office, blank=True, related_name="officers")
    national = models.BooleanField(_("sees all offices"), default=False)
    # Who leads him. The chain upwards has an end (policies.py).
    superior = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        verbose_name=_("led by"),
    )  # fmt: skip
    clearance = models.PositiveSmallIntegerField(_("clearance"), default=OPEN, choices=labels)

    objects = UserManager()

    def role_codes(self) -> list[str]:
        if not hasattr(self, "_role_codes"):
            self._role_codes = [held.role for held in self.roles.all()]
        return self._role_codes

    def may(self, permission: str) -> bool:
        """Whether one of the officer's roles names this permission, and his token if he has one."""
        if self.limit is not None and permission not in self.limit.permissions:
            return False
        return self.is_active and any(
            permission in ROLES[code].may for code in self.role_codes() if code in ROLES
        )

    def scope(self) -> OfficeScope:
        """The offices this officer may see; every query starts from it."""
        if not hasattr(self, "_scope"):
            codes = frozenset() if self.national else frozenset(self._office_codes())
            self._scope = OfficeScope(national=self.national, codes=codes).within(self.limit)
        return self._scope

    def _office_codes(self) -> Iterable[str]:
        """One's own, and those opened in an emergency that lasts."""
        opened = Emergency.objects.lasting().filter(user=self).values("office")
        mine = models.Q(officers=self) | models.Q(pk__in=opened)
        return Office.objects.filter(mine).values_list("code", flat=True)


class DelegationRows(models.QuerySet["Delegation"]):
    def on(self, day: date) -> DelegationRows:
        return self.filter(since__lte=day, until__gte=day)


class Delegation(models.Model):
    """Somebody stands in for an officer, on the days from `since` to `until`, both included. What
    that means: delegations.py."""

    of = models.ForeignKey(User, on_delete=models.PROTECT, related_name="delegations")
    to = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    since = models.DateField(_("first day"))
    until = models.DateField(_("last day"))
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = DelegationRows.as_manager()

    class Meta:
        ordering = ["-since", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(of=models.F("to")), name="nobody_stands_in_for_himself"
            ),
            models.CheckConstraint(
                condition=models.Q(until__gte=models.F("since")), name="delegation_has_days"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.to_id} for {self.of_id} from {self.since} to {self.until}"


class HeldRole(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(max_length=40, choices=[(r.code, r.label) for r in ROLES.values()])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="role_held_once")]

    def __str__(self) -> str:
        return self.role


class Invitation(models.Model):
    """A one-time link by which its user sets a password. Only the hash of its secret is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations")
    secret_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.user_id} until {self.expires_at:%Y-%m-%d %H:%M}"


class TokenRows(models.QuerySet["Token"]):
    def visible_to(self, user: User) -> TokenRows:
        """Those of the accounts that the officer sees."""
        return self.filter(user__in=User.objects.visible_to(user))

    def valid(self) -> TokenRows:
        return self.filter(revoked_at=None, expires_at__gt=timezone.now(), user__is_active=True)


class Token(models.Model):
    """The key of a machine client. It may do what it names, of what its user may. Only its hash is
    kept: a secret of 256 random bits needs no slow password hash, so that a request costs one
    indexed look-up.

    After a rotation the secret before is good, too, until `previous_until`.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    secret_hash = models.CharField(max_length=64, unique=True)
    permissions = models.JSONField(_("may"), default=list)
    office = models.ForeignKey(Office, null=True, on_delete=models.PROTECT, related_name="+")
    networks = models.JSONField(_("networks"), default=list)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    previous_hash = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001  unique
    previous_until = models.DateTimeField(null=True, blank=True)
    previous_used_at = models.DateTimeField(null=True, blank=True)

    objects = TokenRows.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.prefix} {self.name}"

    @property
    def limit(self) -> Limit:
        return Limit(frozenset(self.permissions), self.office.code if self.office else "")

    @property
    def is_valid(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now() and self.user.is_active

    @property
    def overlaps(self) -> bool:
        """Whether the secret before the last rotation is good still."""
        until = self.previous_until
        return self.is_valid and until is not None and until > timezone.now()


class EmergencyRows(models.QuerySet["Emergency"]):
    def lasting(self) -> EmergencyRows:
        return self.filter(ended_at=None, ends_at__gt=timezone.now())

    def visible_to(self, user: User) -> EmergencyRows:
        """Those into the officer's own offices or by people of them; all to national officers."""
        if user.national:
            return self
        own = user.offices.all()
        into = models.Q(office__in=own)
        return self.filter(into | models.Q(user__in=User.objects.filter(offices__in=own)))


class Emergency(models.Model):
    """The glass is broken: for some hours an officer sees an office that is not his. It ends by itself,
    and somebody else looks at it afterwards."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="emergencies")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="emergencies")
    reason = models.CharField(_("reason"), max_length=1000)
    begun_at = models.DateTimeField(_("begun"))
    ends_at = models.DateTimeField(_("ends"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    reviewed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(_("looked at"), null=True, blank=True)
    remark = models.CharField(_("remark"), max_length=1000, blank=True)

    objects = EmergencyRows.as_manager()

    class Meta:
        ordering = ["-begun_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(reviewed_by=models.F("user")), name="nobody_reviews_himself"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.office_id} until {self.ends_at:%Y-%m-%d %H:%M}"

    @property
    def until(self) -> datetime:
        return self.ended_at or self.ends_at

    @property
    def lasts(self) -> bool:
        return self.until > timezone.now()
