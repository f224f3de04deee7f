"""Accounts, as administrators manage them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tidewaiter.platform.accounts import actions, delegations, queries
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.accounts.forms import (
    AccountForm,
    ClearanceForm,
    DelegationForm,
    SuperiorForm,
    TokenForm,
)
from tidewaiter.platform.accounts.models import User
from tidewaiter.platform.accounts.policies import MANAGE
from tidewaiter.platform.accounts.roles import ROLES
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.pages import cells
from tidewaiter.platform.pages.files import csv_answer
from tidewaiter.platform.pages.tables import Column, Order, Pages, Row, Table, asked_page, chips

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import QuerySet
    from django.forms import Form
    from django.http import HttpRequest, StreamingHttpResponse

PAGE = 50
STATES = {
    "active": gettext_lazy("active"),
    "waiting": gettext_lazy("no password yet"),
    "disabled": gettext_lazy("disabled"),
}
COLUMNS = [
    Column(gettext_lazy("Account"), "code", sort="account"),
    Column(gettext_lazy("Name"), sort="name"),
    Column(gettext_lazy("Roles")),
    Column(gettext_lazy("Offices")),
    Column(gettext_lazy("State"), "shrink"),
    Column(gettext_lazy("Second factor"), "shrink"),
    Column(gettext_lazy("Last log-in"), "shrink", sort="seen"),
]
# What a column is sorted by.
ORDERS = {"account": "username", "name": "last_name", "seen": "last_login"}


@requires(MANAGE)
@require_GET
def users(request: HttpRequest) -> HttpResponse:
    order = Order.of(request, list(ORDERS), "account")
    field = ORDERS[order.key]
    rows = _asked(request).order_by(f"-{field}" if order.descending else field, "pk")
    page = Paginator(rows, PAGE).get_page(asked_page(request))
    labels = {"q": _("Text"), "role": _("Role"), "office": _("Office"), "state": _("State")}
    context = {
        "table": Table(COLUMNS, [_row(user) for user in page], order),
        "pages": Pages.of(request, size=PAGE, shown=len(page), total=page.paginator.count),
        "chips": chips(request.GET, labels),
        "asked": request.GET,
        "roles": ROLES.values(),
        "offices": queries.offices(request.user),
        "states": STATES.items(),
        "query": request.GET.urlencode(),
    }
    return render(request, "accounts/users.html", context)


@requires(MANAGE)
@require_GET
def export_users(request: HttpRequest) -> StreamingHttpResponse:
    """The accounts that match, as CSV."""
    record(request.user, "account.export", detail=request.GET.urlencode())
    return csv_answer("accounts.csv", _exported(_asked(request)))


def _exported(users: Iterable[User]) -> Iterator[Iterable[object]]:
    yield (
        "username", "first_name", "last_name", "roles", "offices", "national", "active", "factor",
    )  # fmt: skip
    for user in users:
        roles = " ".join(sorted(user.role_codes()))
        offices = " ".join(sorted(office.code for office in user.offices.all()))
        yield (
            user.username, user.first_name, user.last_name, roles, offices, user.national,
            user.is_active, user.factor,
        )  # fmt: skip


@requires(MANAGE)
@require_http_methods(["GET", "POST"])
@reauthentication_required(allow_get=True)
def create_user(request: HttpRequest) -> HttpResponse:
    form = AccountForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            name = form.cleaned_data["username"]
            user = actions.create_user(request.user, name, form.person(), form.rights())
        except ValidationError as error:
            show_errors(form, error)
        else:
            return _show_link(request, user, actions.invite(request.user, user))
    return render(request, "accounts/create.html", {"form": form})


@requires(MANAGE)
@require_http_methods(["GET", "POST"])
@reauthentication_required(allow_get=True)
def user(request: HttpRequest, pk: int) -> HttpResponse:
    account = visible(request, pk)
    form = AccountForm(request.user, request.POST or None, user=account)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_user(request.user, account, form.person(), form.rights())
        except ValidationError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("The account is changed."))
            return redirect("accounts:user", pk=pk)
    return render(request, "accounts/user.html", context_of(request, account, form=form))


@requires(MANAGE)
@require_POST
@reauthentication_required
def set_active(request: HttpRequest, pk: int) -> HttpResponse:
    account = visible(request, pk)
    try:
        actions.set_active(request.user, account, active=request.POST.get("active") == "1")
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("accounts:user", pk=pk)


@requires(MANAGE)
@require_POST
@reauthentication_required
def set_clearance(request: HttpRequest, pk: int) -> HttpResponse:
    account = visible(request, pk)
    form = ClearanceForm(request.POST)
    if form.is_valid():
        actions.set_clearance(request.user, account, form.cleaned_data["clearance"])
        messages.success(request, _("The clearance is changed."))
        return redirect("accounts:user", pk=pk)
    context = context_of(request, account, clearance_form=form)
    return render(request, "accounts/user.html", context, status=422)


@requires(MANAGE)
@require_POST
@reauthentication_required
@never_cache
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    account = visible(request, pk)
    return _show_link(request, account, actions.invite(request.user, account))


@requires(MANAGE)
@require_POST
@reauthentication_required
def reset_factors(request: HttpRequest, pk: int) -> HttpResponse:
    actions.reset_factors(request.user, visible(request, pk))
    messages.success(request, _("The second factors are removed."))
    return redirect("accounts:user", pk=pk)


@requires(MANAGE)
@require_POST
@reauthentication_required
def end_sessions(request: HttpRequest, pk: int) -> HttpResponse:
    actions.end_sessions(request.user, visible(request, pk))
    messages.success(request, _("The sessions are ended."))
    return redirect("accounts:user", pk=pk)


def _asked(request: HttpRequest) -> QuerySet[User]:
    get = request.GET.get
    return queries.users(
        request.user,
        text=get("q", "").strip(),
        role=get("role", ""),
        office=get("office", ""),
        state=get("state", ""),
    )


def _row(user: User) -> Row:
    roles = ", ".join(str(ROLES[code].label) for code in user.role_codes() if code in ROLES)
    offices = _("all") if user.national else ", ".join(o.code for o in user.offices.all())
    factor = cells.badge(_("on"), "good") if user.factor else cells.badge(_("off"), "neutral")
    return Row(
        [
            user.username, user.get_full_name(), roles, offices, _state(user), factor,
            cells.when(user.last_login),
        ],
        url=reverse("accounts:user", args=[user.pk]),
    )  # fmt: skip


def _state(user: User) -> str:
    if not user.is_active:
        return cells.badge(STATES["disabled"], "bad")
    if not user.has_usable_password():
        return cells.badge(STATES["waiting"], "warn")
    return cells.badge(STATES["active"], "good")


def show_errors(form: Form, error: ValidationError) -> None:
    """Put what an action refused beside its field, or above the form."""
    for field, found in getattr(error, "error_dict", {"": [error]}).items():
        form.add_error(field if field in form.fields else None, found)


def _show_link(request: HttpRequest, user: User, secret: str) -> HttpResponse:
    link = request.build_absolute_uri(reverse("accounts:welcome", args=[secret]))
    context = {
        "account": user,
        "link": link,
        "hours": actions.INVITATION_LIFE.total_seconds() / 3600,
    }
    response = render(request, "accounts/link.html", context)
    response["Cache-Control"] = "no-store"
    return response


def visible(request: HttpRequest, pk: int) -> User:
    """An account that the asking officer sees. Raises Http404."""
    try:
        return queries.user(request.user, pk)
    except User.DoesNotExist:
        raise Http404 from None


def context_of(request: HttpRequest, account: User, **forms: Form) -> dict[str, Any]:
    """What the page of an account shows; `forms` are those that were filled in."""
    actor, superior = request.user, account.superior
    name = superior.username if superior else ""
    seen = superior is None or delegations.colleague(actor, name) is not None
    return {
        "account": account,
        "form": AccountForm(actor, user=account),
        "state": _state(account),
        "tokens": account.tokens.select_related("user", "office"),
        "token_form": TokenForm(account),
        "superior_form": SuperiorForm(actor, initial={"superior": name}) if seen else None,
        "delegations": delegations.of(account),
        "delegation_form": DelegationForm(actor),
        "clearance_form": ClearanceForm(initial={"clearance": account.clearance}),
        "factors": account.authenticator_set.values_list("type", flat=True),
        "sessions": account.usersession_set.count(),
        "linked": account.socialaccount_set.exists(),
    } | forms
