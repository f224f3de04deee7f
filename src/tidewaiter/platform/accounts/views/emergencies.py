"""Breaking the glass, and looking at it afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tidewaiter.platform.accounts import emergencies
from tidewaiter.platform.accounts.access import Denied, requires, signed_in
from tidewaiter.platform.accounts.forms import EmergencyForm, ReviewForm
from tidewaiter.platform.accounts.models import Emergency
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.tables import Column, Pages, Row, Table, asked_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PAGE = 50
COLUMNS = [
    Column(gettext_lazy("Begun"), "code"),
    Column(gettext_lazy("Who"), "code"),
    Column(gettext_lazy("Office"), "code"),
    Column(gettext_lazy("What happened")),
    Column(gettext_lazy("Until"), "code"),
    Column(gettext_lazy("State")),
]


@requires(emergencies.REVIEW)
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """All that the officer may look at, those that wait first."""
    rows = Emergency.objects.visible_to(request.user).select_related("user", "office")
    if request.GET.get("state") == "waiting":
        rows = rows.filter(reviewed_at=None)
    page = Paginator(rows, PAGE).get_page(asked_page(request))
    context = {
        "table": Table(COLUMNS, [_row(one) for one in page]),
        "pages": Pages.of(request, size=PAGE, shown=len(page), total=page.paginator.count),
        "waiting": request.GET.get("state") == "waiting",
    }
    return render(request, "accounts/emergencies.html", context)


@requires(emergencies.BREAK)
@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    if not emergencies.may_begin(request.user):
        raise Denied(emergencies.BREAK)
    form = EmergencyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = emergencies.begin(request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            until = formats.moment(made.ends_at)
            messages.success(request, _("The office is open to you until %(at)s.") % {"at": until})
            return redirect("home")
    return render(request, "accounts/emergency_begin.html", {"form": form})


@requires(emergencies.REVIEW)
@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """What happened, what was done in its time, and what somebody thinks of it."""
    emergency = get_object_or_404(Emergency.objects.visible_to(request.user).distinct(), pk=pk)
    own = emergency.user_id == request.user.pk
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            emergencies.review(request.user, emergency, form.cleaned_data["remark"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("accounts:emergencies")
    why_not = emergencies.why_not_review(request.user, emergency)
    context = {
        "emergency": emergency,
        "form": form,
        "may_review": not (own or why_not) and emergency.reviewed_at is None,
        "why_not": "" if own or emergency.reviewed_at else why_not,
        "may_end": not own and emergency.lasts,
        "may_read_ledger": request.user.may("ledger.read"),
    }
    return render(request, "accounts/emergency.html", context)


@signed_in
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """One's own, or one that may be looked at."""
    mine = Emergency.objects.filter(pk=pk, user=request.user)
    seen = Emergency.objects.visible_to(request.user).filter(pk=pk)
    allowed = mine | seen if request.user.may(emergencies.REVIEW) else mine
    emergencies.end(request.user, get_object_or_404(allowed.distinct()))
    messages.success(request, _("The emergency is over."))
    return redirect("home")


def _row(emergency: Emergency) -> Row:
    if emergency.lasts:
        state = cells.badge(_("lasts"), "bad")
    elif emergency.reviewed_at is None:
        state = cells.badge(_("to be looked at"), "warn")
    else:
        state = cells.badge(_("looked at"), "good")
    return Row(
        [
            formats.moment(emergency.begun_at), emergency.user.username, emergency.office.code,
            emergency.reason, formats.moment(emergency.until), state,
        ],
        url=reverse("accounts:emergency", args=[emergency.pk]),
    )  # fmt: skip
