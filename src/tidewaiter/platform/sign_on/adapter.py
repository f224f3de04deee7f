"""How allauth's social log-in is tied to the house."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from django.core.exceptions import ValidationError
from django.shortcuts import render

from tidewaiter.platform.ledger.actions import REFUSED, record
from tidewaiter.platform.sign_on import actions
from tidewaiter.platform.sign_on.claims import has_factor
from tidewaiter.platform.sign_on.configuration import sign_on
from tidewaiter.platform.sign_on.provider import PROVIDER

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialLogin
    from django.http import HttpRequest, HttpResponse

    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.sign_on.configuration import SignOn

log = logging.getLogger(__name__)


class OneProvider(DefaultSocialAccountAdapter):
    """The one of the file; nobody signs up by himself."""

    def list_apps(
        self,
        request: HttpRequest,  # noqa: ARG002  allauth's signature
        provider: str | None = None,
        client_id: str | None = None,  # noqa: ARG002
    ) -> list[SocialApp]:
        found = sign_on()
        if found is None or provider not in (None, PROVIDER, "openid_connect"):
            return []
        settings = {
            "server_url": found.issuer, "oauth_pkce_enabled": True, "scope": list(found.scopes),
            "fetch_userinfo": False,
        }  # fmt: skip
        return [
            SocialApp(
                provider="openid_connect", provider_id=PROVIDER, name=found.label,
                client_id=found.client_id, secret=found.secret, settings=settings,
            )
        ]  # fmt: skip

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find whose account it is, or refuse."""
        found = sign_on()
        if found is None:
            raise ImmediateHttpResponse(refused(request, "off"))
        user = _account_of(found, sociallogin)
        if user is None or not user.is_active:
            why = "unknown subject" if user is None else "the account is disabled"
            raise ImmediateHttpResponse(refused(request, why, user))
        sociallogin.user = user
        try:
            actions.take_over_rights(found, user, sociallogin.claims)
        except ValidationError as error:
            raise ImmediateHttpResponse(refused(request, error.messages[0], user)) from error
        sociallogin.factor_given = has_factor(found, sociallogin.claims)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,  # noqa: ARG002  allauth's signature
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> None:
        why = str(exception) if exception else f"the provider answered: {error}"
        raise ImmediateHttpResponse(refused(request, why))


def _account_of(found: SignOn, sociallogin: SocialLogin) -> User | None:
    if sociallogin.is_existing:
        return sociallogin.user
    subject, said = sociallogin.account.uid, sociallogin.state.get("data") or {}
    if said.get("invitation"):
        user = actions.link_by_invitation(said["invitation"], subject)
    else:
        user = actions.make_account(found, sociallogin.claims, subject) if found.create else None
    if user is not None:
        sociallogin.lookup()
    return user


def refused(request: HttpRequest, why: str, user: User | None = None) -> HttpResponse:
    """The same page whatever it was; the log and the ledger know why."""
    log.warning("refused a single sign-on: %s", why)
    name = user.username if user else "an unknown account"
    record(None, "account.sign_on_failed", name, result=REFUSED, why=why[:200])
    return render(request, "sign_on/refused.html", status=403)
