"""What the log-in libraries report, written into the ledger."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from allauth.account.signals import password_changed
from allauth.account.signals import user_logged_in as came_in
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_used,
)
from axes.signals import user_locked_out
from django.contrib import messages
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

from tidewaiter.platform.accounts.actions import end_all_sessions
from tidewaiter.platform.accounts.factors import note_sign_on
from tidewaiter.platform.accounts.lockout import tried_name
from tidewaiter.platform.accounts.models import User
from tidewaiter.platform.accounts.notices import since_last_log_in, tokens_that_end
from tidewaiter.platform.ledger.actions import REFUSED, record

if TYPE_CHECKING:
    from allauth.mfa.models import Authenticator
    from allauth.socialaccount.models import SocialLogin
    from django.http import HttpRequest


@receiver(user_logged_in)
def logged_in(request: HttpRequest, user: User, **_: Any) -> None:
    """Tells the officer what happened to his account meanwhile, and begins the session's time."""
    for notice in since_last_log_in(user) + tokens_that_end(user):
        messages.warning(request, notice, fail_silently=True)
    request.session["began"] = request.session["seen"] = time.time()
    record(user, "account.login", user.username)


@receiver(came_in)
def signed_on(
    request: HttpRequest, user: User, sociallogin: SocialLogin | None = None, **_: Any
) -> None:
    """The library's own signal, which knows by which door somebody came in."""
    note_sign_on(request.session, sociallogin)
    if sociallogin is not None:
        given = getattr(sociallogin, "factor_given", False)
        record(user, "account.sign_on", user.username, factor_given=given)


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


@receiver(password_changed)
def changed_password(user: User, **_: Any) -> None:
    record(user, "account.password_change", user.username)


@receiver(authenticator_used)
def factor_used(user: User, authenticator: Authenticator, **_: Any) -> None:
    record(user, "account.factor_use", user.username, factor=authenticator.type)


@receiver(authentication_failed)
def factor_failed(user: User, authenticator: Authenticator, **_: Any) -> None:
    kind = authenticator.type
    record(None, "account.factor_failed", user.username, result=REFUSED, factor=kind)


@receiver(authenticator_added)
def factor_added(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    end_all_sessions(user, but=request.session.session_key)
    record(user, "account.factor_add", user.username, factor=authenticator.type)


@receiver(authenticator_removed)
def factor_removed(
    request: HttpRequest, user: User, authenticator: Authenticator, **_: Any
) -> None:
    end_all_sessions(user, but=request.session.session_key)
    record(user, "account.factor_remove", user.username, factor=authenticator.type)


def _known(name: str) -> str:
    """The account's name, if there is one: people type passwords into the wrong field."""
    found = User.objects.filter(username__iexact=name).values_list("username", flat=True).first()
    return found or "an unknown account"
