"""How the log-in library is tied to the house: nobody signs up by himself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from django.urls import reverse

from tidewaiter.platform.accounts.factors import SIGNED_ON
from tidewaiter.platform.ledger.actions import REFUSED, record
from tidewaiter.platform.sign_on.configuration import may_log_in_here, sign_on

if TYPE_CHECKING:
    from django.http import HttpRequest

    from tidewaiter.platform.accounts.models import User


class ClosedDoor(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  allauth's signature
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """By password; where single sign-on is the rule, only of those it leaves that to."""
        user = super().authenticate(request, **credentials)
        if user is not None and not may_log_in_here(user):
            record(None, "account.login_failed", user.username, result=REFUSED, why="sign-on only")
            return None
        return user

    def get_login_stages(self) -> list[str]:
        """Ours in place of the library's, which knows of no factor given elsewhere."""
        ours = "tidewaiter.platform.accounts.factors.FactorStage"
        theirs = "allauth.mfa.stages.AuthenticateStage"
        return [ours if stage == theirs else stage for stage in super().get_login_stages()]

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        if request.session.get(SIGNED_ON) and sign_on() is not None:
            return reverse("sign_on_left")
        return super().get_logout_redirect_url(request)

    def get_client_ip(self, request: HttpRequest) -> str:
        """The client's address, past the proxies that settings say are ours.

        Over a Unix socket there is none: then the client, a proxy or a test, is on this machine.
        """
        if not request.META.get("REMOTE_ADDR"):
            return "127.0.0.1"
        return super().get_client_ip(request)
