"""Who must have a second factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialLogin
    from django.contrib.sessions.backends.base import SessionBase
    from django.http import HttpRequest

    from tidewaiter.platform.accounts.models import User

ENOUGH = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


SIGNED_ON = "signed_on"  # of a session: it began with single sign-on
FACTOR_GIVEN = "factor_given"  # of a session: its sign-on had a second factor that counts


class FactorStage(AuthenticateStage):
    """Asks for our second factor at log-in, unless the sign-on had one that settings accept."""

    def _should_handle(self, request: HttpRequest) -> bool:
        sociallogin = (self.login.signal_kwargs or {}).get("sociallogin")
        if getattr(sociallogin, "factor_given", False):
            return False
        return super()._should_handle(request)


def note_sign_on(session: SessionBase, sociallogin: SocialLogin | None) -> None:
    """Keep in the session how it began: the log-in just made, and none before it, counts."""
    session.pop(FACTOR_GIVEN, None)
    session[SIGNED_ON] = sociallogin is not None
    if getattr(sociallogin, "factor_given", False):
        session[FACTOR_GIVEN] = True


def lacks_factor(user: User, session: SessionBase) -> bool:
    """Whether the settings ask this officer for a second factor that he has not added yet."""
    if session.get(FACTOR_GIVEN):
        return False
    asked = settings.SECOND_FACTOR
    if not asked or ("all" not in asked and asked.isdisjoint(user.role_codes())):
        return False
    return not Authenticator.objects.filter(user=user, type__in=ENOUGH).exists()
