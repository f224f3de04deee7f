"""Everybody's own account, and the door of the one-time link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from tidewaiter.platform.accounts import actions, delegations
from tidewaiter.platform.accounts.access import public, signed_in
from tidewaiter.platform.accounts.emergencies import may_begin
from tidewaiter.platform.accounts.forms import DelegationForm, WelcomeForm
from tidewaiter.platform.accounts.roles import ROLES

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@signed_in
@require_GET
def me(request: HttpRequest) -> HttpResponse:
    return page(request)


def page(request: HttpRequest, form: DelegationForm | None = None) -> HttpResponse:
    """One's own account; `form` is a delegation that could not be made, shown again."""
    user = request.user
    context = {
        "delegations": delegations.of(user),
        "stands_in": delegations.by(user),
        "delegation_form": form or DelegationForm(user),
        "roles": [ROLES[code] for code in user.role_codes() if code in ROLES],
        "offices": user.offices.all(),
        "factors": user.authenticator_set.values_list("type", flat=True),
        "may_begin": may_begin(user),
        "sessions": UserSession.objects.filter(user=user).count(),
    }
    return render(request, "accounts/me.html", context, status=422 if form else 200)


@public
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "POST"])
def welcome(request: HttpRequest, secret: str) -> HttpResponse:
    """Where a one-time link leads: choose a password, then log in."""
    invitation = actions.invitation(secret)
    if invitation is None:
        return render(request, "accounts/link_used.html", status=410)
    form = WelcomeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.accept_invitation(secret, form.cleaned_data["password"])
        except ValidationError as error:
            form.add_error("password", error)
        else:
            messages.success(request, _("Your password is set. Log in with it."))
            return redirect("account_login")
    context = {"form": form, "account": invitation.user, "secret": secret}
    return render(request, "accounts/welcome.html", context)
