"""Which doors of the log-in library stand open.

Nobody signs up, and no password is reset by mail: administrators hand out one-time links. The
library asks for the addresses of its other doors by name, so they exist, shut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account import views
from allauth.account.decorators import reauthentication_required
from allauth.usersessions.views import list_usersessions
from django.http import Http404
from django.urls import include, path

from tidewaiter.platform.accounts.access import public

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@public
def shut(request: HttpRequest, **_: str) -> HttpResponse:  # noqa: ARG001  Django passes it
    raise Http404


urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("2fa/", include("allauth.mfa.urls")),
    path(
        "sessions/",
        reauthentication_required(list_usersessions, allow_get=True),
        name="usersessions_list",
    ),
    path("inactive/", shut, name="account_inactive"),
    path("signup/", shut, name="account_signup"),
    path("email/", shut, name="account_email"),
    path("email/sent/", shut, name="account_email_verification_sent"),
    path("password/set/", shut, name="account_set_password"),
    path("password/reset/", shut, name="account_reset_password"),
]
