"""Who leads whom, and who stands in for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tidewaiter.platform.accounts import delegations
from tidewaiter.platform.accounts.access import requires, signed_in
from tidewaiter.platform.accounts.forms import DelegationForm, SuperiorForm
from tidewaiter.platform.accounts.models import Delegation, User
from tidewaiter.platform.accounts.policies import MANAGE
from tidewaiter.platform.accounts.views import own
from tidewaiter.platform.accounts.views.users import context_of, visible

if TYPE_CHECKING:
    from django.http import HttpRequest


@requires(MANAGE)
@require_POST
@reauthentication_required
def set_superior(request: HttpRequest, pk: int) -> HttpResponse:
    account = visible(request, pk)
    form = SuperiorForm(request.user, request.POST)
    if form.is_valid():
        try:
            delegations.set_superior(request.user, account, form.cleaned_data["superior"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The account is changed."))
            return redirect("accounts:user", pk=pk)
    context = context_of(request, account, superior_form=form)
    return render(request, "accounts/user.html", context, status=422)


@requires(MANAGE)
@require_POST
@reauthentication_required
def delegate_for(request: HttpRequest, pk: int) -> HttpResponse:
    account = visible(request, pk)
    form = DelegationForm(request.user, request.POST)
    if _made(request, form, account):
        return redirect("accounts:user", pk=pk)
    context = context_of(request, account, delegation_form=form)
    return render(request, "accounts/user.html", context, status=422)


@signed_in
@require_POST
def delegate(request: HttpRequest) -> HttpResponse:
    """Who stands in for oneself."""
    form = DelegationForm(request.user, request.POST)
    if _made(request, form, request.user):
        return redirect("accounts:me")
    return own.page(request, form)


def _made(request: HttpRequest, form: DelegationForm, account: User) -> bool:
    if not form.is_valid():
        return False
    try:
        delegations.delegate(request.user, account, **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
        return False
    messages.success(request, _("It is noted who stands in."))
    return True


@signed_in
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """One's own, or one of an account that one manages."""
    found = Delegation.objects.select_related("of", "to").filter(pk=pk).first()
    mine = found is not None and found.of_id == request.user.pk
    if found is None or not (mine or _manages(request.user, found.of)):
        raise Http404
    delegations.end(request.user, found)
    messages.success(request, _("It is ended."))
    return redirect("accounts:me") if mine else redirect("accounts:user", pk=found.of_id)


def _manages(actor: User, user: User) -> bool:
    return actor.may(MANAGE) and User.objects.visible_to(actor).filter(pk=user.pk).exists()
