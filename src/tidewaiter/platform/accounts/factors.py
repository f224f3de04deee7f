"""Who must have a second factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from django.conf import settings

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User

ENOUGH = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def lacks_factor(user: User) -> bool:
    """Whether the settings ask this officer for a second factor that he has not added yet."""
    asked = settings.SECOND_FACTOR
    if not asked or ("all" not in asked and asked.isdisjoint(user.role_codes())):
        return False
    return not Authenticator.objects.filter(user=user, type__in=ENOUGH).exists()
