"""What the log-in libraries report, written into the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.mfa.signals import authenticator_added, authenticator_removed
from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

from tidewaiter.platform.accounts.lockout import tried_name
from tidewaiter.platform.accounts.models import User
from tidewaiter.platform.ledger.actions import REFUSED, record

if TYPE_CHECKING:
    from allauth.mfa.models import Authenticator


@receiver(user_logged_in)
def logged_in(user: User, **_: Any) -> None:
    record(user, "account.login", user.username)


@receiver(user_logged_out)
def logged_out(user: User | None, **_: Any) -> None:
    if user is not None:
        record(user, "account.logout", user.username)


@receiver(user_login_failed)
def login_failed(credentials: dict[str, Any], **_: Any) -> None:
    record(None, "account.login_failed", _known(tried_name(None, credentials)), result=REFUSED)


@receiver(user_locked_out)
def locked_out(username: str | None, **_: Any) -> None:
    record(None, "account.lockout", _known(username or ""), result=REFUSED)


@receiver(authenticator_added)
def factor_added(user: User, authenticator: Authenticator, **_: Any) -> None:
    record(user, "account.factor_add", user.username, factor=authenticator.type)


@receiver(authenticator_removed)
def factor_removed(user: User, authenticator: Authenticator, **_: Any) -> None:
    record(user, "account.factor_remove", user.username, factor=authenticator.type)


def _known(name: str) -> str:
    """The account's name, if there is one: people type passwords into the wrong field."""
    found = User.objects.filter(username__iexact=name).values_list("username", flat=True).first()
    return found or "an unknown account"
