"""Tokens of machine clients: all in sight, and those of one account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.decorators import reauthentication_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tidewaiter.platform.accounts import tokens
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.accounts.forms import RotationForm, TokenForm
from tidewaiter.platform.accounts.models import Token
from tidewaiter.platform.accounts.policies import MANAGE
from tidewaiter.platform.accounts.views.users import context_of, show_errors, visible
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.files import csv_answer
from tidewaiter.platform.pages.tables import Column, Order, Pages, Row, Table, asked_page, chips

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.http import HttpRequest, StreamingHttpResponse

    from tidewaiter.platform.accounts.models import TokenRows, User

PAGE = 50
COLUMNS = [
    Column(gettext_lazy("Begins with"), "code"),
    Column(gettext_lazy("Account"), sort="account"),
    Column(gettext_lazy("What it is for"), sort="name"),
    Column(gettext_lazy("May")),
    Column(gettext_lazy("Office"), "code"),
    Column(gettext_lazy("Networks"), "code"),
    Column(gettext_lazy("Expires"), "code", sort="expires"),
    Column(gettext_lazy("State"), "shrink"),
    Column(gettext_lazy("Last used"), "shrink", sort="used"),
]
ORDERS = {
    "account": "user__username", "name": "name", "expires": "expires_at", "used": "last_used_at",
}  # fmt: skip
STATES = {
    "valid": gettext_lazy("valid"),
    "ending": gettext_lazy("ends soon"),
    "over": gettext_lazy("ended"),
}


@requires(MANAGE)
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    order = Order.of(request, list(ORDERS), "expires")
    field = ORDERS[order.key]
    rows = _asked(request).order_by(f"-{field}" if order.descending else field, "pk")
    page = Paginator(rows, PAGE).get_page(asked_page(request))
    context = {
        "table": Table(COLUMNS, [_row(token) for token in page], order),
        "pages": Pages.of(request, size=PAGE, shown=len(page), total=page.paginator.count),
        "chips": chips(request.GET, {"q": _("Text"), "state": _("State")}),
        "asked": request.GET,
        "states": STATES.items(),
        "query": request.GET.urlencode(),
    }
    return render(request, "accounts/tokens.html", context)


@requires(MANAGE)
@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The tokens that match, as CSV: never a secret, nor its hash."""
    record(request.user, "token.export", detail=request.GET.urlencode())
    return csv_answer("tokens.csv", _exported(_asked(request)))


@requires(MANAGE)
@require_POST
@reauthentication_required
@never_cache
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    account = visible(request, pk)
    form = TokenForm(account, request.POST)
    if form.is_valid():
        try:
            name, ends = form.cleaned_data["name"], form.expires_at()
            token, secret = tokens.issue_token(request.user, account, name, ends, form.grant())
        except ValidationError as error:
            show_errors(form, error)
        else:
            return _shown_once(request, token, secret)
    context = context_of(request, account, token_form=form)
    return render(request, "accounts/user.html", context, status=422)


@requires(MANAGE)
@require_http_methods(["GET", "POST"])
@reauthentication_required(allow_get=True)
@never_cache
def rotate(request: HttpRequest, pk: int, token: int) -> HttpResponse:
    found = _token(visible(request, pk), token)
    form = RotationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = tokens.rotate_token(
                request.user, found, form.expires_at(), form.overlap()
            )
        except ValidationError as error:
            show_errors(form, error)
        else:
            return _shown_once(request, made, secret)
    return render(request, "accounts/token_rotate.html", {"form": form, "token": found})


@requires(MANAGE)
@require_POST
def revoke(request: HttpRequest, pk: int, token: int) -> HttpResponse:
    tokens.revoke_token(request.user, _token(visible(request, pk), token))
    return redirect("accounts:user", pk=pk)


def _token(account: User, pk: int) -> Token:
    found = account.tokens.filter(pk=pk).select_related("user", "office").first()
    if found is None:
        raise Http404
    return found


def _shown_once(request: HttpRequest, token: Token, secret: str) -> HttpResponse:
    context = {"account": token.user, "token": token, "secret": secret}
    return render(request, "accounts/token.html", context)


def _asked(request: HttpRequest) -> TokenRows:
    rows = Token.objects.visible_to(request.user).select_related("user", "office")
    text, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    if text:
        rows = rows.filter(
            Q(name__icontains=text) | Q(user__username__icontains=text) | Q(prefix=text)
        )
    valid = Token.objects.valid()
    if state == "valid":
        rows = rows.filter(pk__in=valid)
    elif state == "ending":
        soon = timezone.now() + tokens.WARNED_BEFORE
        rows = rows.filter(pk__in=valid, expires_at__lt=soon)
    elif state == "over":
        rows = rows.exclude(pk__in=valid)
    return rows


def _row(token: Token) -> Row:
    office = token.office.code if token.office else formats.NOTHING
    return Row(
        [
            f"tw_{token.prefix}", token.user.username, token.name, _may(token), office,
            ", ".join(token.networks) or formats.NOTHING, formats.day(token.expires_at),
            state_badge(token), cells.when(token.last_used_at),
        ],
        url=reverse("accounts:user", args=[token.user_id]),
    )  # fmt: skip


def _may(token: Token) -> str:
    return ", ".join(token.permissions) or _("nothing")


def state_badge(token: Token) -> str:
    if not token.is_valid:
        return cells.badge(STATES["over"], "neutral")
    if token.expires_at < timezone.now() + tokens.WARNED_BEFORE:
        return cells.badge(STATES["ending"], "warn")
    return cells.badge(STATES["valid"], "good")


def _exported(rows: Iterable[Token]) -> Iterator[Iterable[object]]:
    yield (
        "prefix", "account", "name", "permissions", "office", "networks", "created_at",
        "expires_at", "previous_until", "revoked_at", "last_used_at",
    )  # fmt: skip
    for token in rows:
        yield (
            token.prefix, token.user.username, token.name, " ".join(token.permissions),
            token.limit.office, " ".join(token.networks), token.created_at, token.expires_at,
            token.previous_until, token.revoked_at, token.last_used_at,
        )  # fmt: skip
