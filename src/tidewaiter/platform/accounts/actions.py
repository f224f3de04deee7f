"""What can be done to accounts and offices. `actor` None is the machine's own command line."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tidewaiter.platform.accounts.access import Denied, check
from tidewaiter.platform.accounts.models import HeldRole, Invitation, Office, User
from tidewaiter.platform.accounts.policies import MANAGE, check_grants, check_manages
from tidewaiter.platform.accounts.roles import ROLES
from tidewaiter.platform.handling import CLOSED, OPEN
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from collections.abc import Collection

INVITATION_LIFE = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Rights:
    """What an account may do and see: role codes, office codes, or every office."""

    roles: frozenset[str]
    offices: frozenset[str]
    national: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Who an account belongs to."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""


def secret_hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def create_user(actor: User | None, username: str, person: Person, rights: Rights) -> User:
    """Make an account without a password; `invite` gives the link by which its owner sets one."""
    check_grants(actor, offices=rights.offices, national=rights.national)
    username = username.strip()
    if User.objects.filter(username__iexact=username).exists():
        raise ValidationError({"username": _("There is an account of this name already.")})
    user = User(username=username, first_name=person.first_name, last_name=person.last_name)
    user.email = person.email
    user.set_unusable_password()
    user.full_clean()
    user.save()
    _set_rights(user, rights)
    record(actor, "account.create", user.username, **_written(rights))
    return user


@transaction.atomic
def change_user(actor: User | None, user: User, person: Person, rights: Rights) -> User:
    check_manages(actor, user)
    check_grants(actor, offices=rights.offices, national=rights.national)
    before = rights_of(user)
    if "administrator" in before.roles - rights.roles:
        _keep_an_administrator(user)
    user.first_name, user.last_name = person.first_name, person.last_name
    user.email = person.email
    user.full_clean()
    user.save(update_fields=["first_name", "last_name", "email"])
    _set_rights(user, rights)
    record(actor, "account.change", user.username, before=_written(before), **_written(rights))
    return user


@transaction.atomic
def set_active(actor: User | None, user: User, *, active: bool) -> User:
    """Disable an account (its sessions and tokens stop at once) or enable it again."""
    check_manages(actor, user)
    if user.is_active == active:
        return user
    if not active:
        _keep_an_administrator(user)
    user.is_active = active
    user.save(update_fields=["is_active"])
    if not active:
        end_all_sessions(user)
    record(actor, "account.enable" if active else "account.disable", user.username)
    return user


@transaction.atomic
def set_clearance(actor: User | None, user: User, clearance: int) -> User:
    """Up to which handling code somebody may read; never one's own. Raises Denied, ValidationError."""
    check_manages(actor, user)
    if not OPEN <= clearance <= CLOSED:
        raise ValidationError({"clearance": _("There is no such handling code.")})
    before = user.clearance
    if before != clearance:
        user.clearance = clearance
        user.save(update_fields=["clearance"])
        record(actor, "account.clearance", user.username, before=before, clearance=clearance)
    return user


@transaction.atomic
def invite(actor: User | None, user: User) -> str:
    """Make a one-time link's secret; earlier ones stop working. It is shown once, never stored."""
    check_manages(actor, user)
    now = timezone.now()
    user.invitations.filter(used_at=None).update(used_at=now)
    secret = secrets.token_urlsafe(32)
    Invitation.objects.create(
        user=user,
        secret_hash=secret_hash(secret),
        created_at=now,
        expires_at=now + INVITATION_LIFE,
    )
    record(actor, "account.invite", user.username)
    return secret


def invitation(secret: str) -> Invitation | None:
    """The invitation of a link that still works."""
    return (
        Invitation.objects.filter(
            secret_hash=secret_hash(secret),
            used_at=None,
            expires_at__gt=timezone.now(),
            user__is_active=True,
        )
        .select_related("user")
        .first()
    )


@transaction.atomic
def accept_invitation(secret: str, password: str) -> User:
    """Set the password by a one-time link. Raises ValidationError if the password is weak, and
    Denied if the link was used meanwhile."""
    found = invitation(secret)
    if found is None:
        raise Denied("account.password")
    validate_password(password, found.user)
    unused = Invitation.objects.filter(pk=found.pk, used_at=None)
    if not unused.update(used_at=timezone.now()):
        raise Denied("account.password")
    found.user.set_password(password)
    found.user.save(update_fields=["password"])
    record(None, "account.password", found.user.username)
    return found.user


@transaction.atomic
def reset_factors(actor: User | None, user: User) -> None:
    """Remove every second factor of somebody who has lost his."""
    check_manages(actor, user)
    removed, _each = Authenticator.objects.filter(user=user).delete()
    if removed:
        end_all_sessions(user)
        record(actor, "account.factor_reset", user.username)


@transaction.atomic
def end_sessions(actor: User | None, user: User) -> None:
    """Log somebody out, on every device."""
    check_manages(actor, user)
    if ended := end_all_sessions(user):
        record(actor, "account.sessions_end", user.username, sessions=ended)


def end_all_sessions(user: User, but: str | None = None) -> int:
    """End the sessions of somebody whose way in has changed; how many. `but`: the key of one that
    goes on."""
    sessions = UserSession.objects.filter(user=user).exclude(session_key=but or "")
    for session in sessions:
        session.end()
    return len(sessions)


@transaction.atomic
def save_office(
    actor: User | None, *, code: str, name: str, office: Office | None = None
) -> Office:
    """Add an office or rename one. A code is never changed: declarations carry it."""
    if actor is not None:
        check(actor, MANAGE)
        if not (actor.scope().national or (office and actor.scope().allows(office.code))):
            raise Denied(MANAGE)
    office = office or Office(code=code.strip())
    office.name = name.strip()
    office.full_clean()
    office.save()
    record(actor, "office.save", office.code, office=office.code, name=office.name)
    return office


def first_administrator(username: str = "administrator") -> str | None:
    """The secret of a one-time link for the first administrator; None once one can log in."""
    administrators = User.objects.filter(roles__role="administrator", is_active=True)
    if any(user.has_usable_password() for user in administrators):
        return None
    user = administrators.first() or create_user(
        None, username, Person(), Rights(frozenset({"administrator"}), frozenset(), national=True)
    )
    return invite(None, user)


def rights_of(user: User) -> Rights:
    return Rights(
        frozenset(user.roles.values_list("role", flat=True)),
        frozenset(user.offices.values_list("code", flat=True)),
        user.national,
    )


def _set_rights(user: User, rights: Rights) -> None:
    unknown = rights.roles - ROLES.keys()
    if unknown:
        raise ValidationError({"roles": _("unknown role: %s") % ", ".join(sorted(unknown))})
    offices = list(Office.objects.filter(code__in=rights.offices))
    missing = rights.offices - {office.code for office in offices}
    if missing:
        raise ValidationError({"offices": _("unknown office: %s") % ", ".join(sorted(missing))})
    user.national = rights.national
    user.save(update_fields=["national"])
    user.offices.set(offices)
    user.roles.exclude(role__in=rights.roles).delete()
    held = set(user.roles.values_list("role", flat=True))
    HeldRole.objects.bulk_create(HeldRole(user=user, role=r) for r in sorted(rights.roles - held))


def _keep_an_administrator(leaving: User) -> None:
    others = User.objects.filter(roles__role="administrator", is_active=True, national=True)
    if not others.exclude(pk=leaving.pk).exists():
        raise ValidationError(_("This is the last national administrator: name another one first."))


def _written(rights: Rights) -> dict[str, Collection[str] | bool]:
    return {
        "roles": sorted(rights.roles),
        "offices": sorted(rights.offices),
        "national": rights.national,
    }
