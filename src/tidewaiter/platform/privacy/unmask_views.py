"""Asking to see what is masked, and seeing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.tables import Column, Row, Table
from tidewaiter.platform.privacy import unmasking
from tidewaiter.platform.privacy.forms import UnmaskForm
from tidewaiter.platform.privacy.models import Disclosure

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

OWN = [
    Column(gettext_lazy("Declaration"), "code"),
    Column(gettext_lazy("Fields"), "clip"),
    Column(gettext_lazy("Approved"), "code"),
    Column(gettext_lazy("By"), "code"),
    Column(gettext_lazy("Until"), "code"),
    Column(gettext_lazy("State"), "shrink"),
]
VALUES = [
    Column(gettext_lazy("Item"), "number"),
    Column(gettext_lazy("Version"), "number"),
    Column(gettext_lazy("Field")),
    Column(gettext_lazy("As declared")),
]


@requires(unmasking.ASK)
@require_http_methods(["GET", "POST"])
def unmask(request: HttpRequest) -> HttpResponse:
    """One's own disclosures, and asking for another."""
    number = (request.POST or request.GET).get("declaration", "").strip()
    known = unmasking.masked_fields(request.user, number) if number else []
    labels = [(name, unmasking.label(name)) for name in known]
    start = {"declaration": number, "fields_wanted": known}
    form = UnmaskForm(request.POST or None, known=labels, initial=start)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            unmasking.ask(request.user, number, told["fields_wanted"], told["reason"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("A second officer has to agree now."))
            return redirect("privacy:unmasking")
    rows = [_row(one) for one in unmasking.disclosures(request.user)]
    context = {"form": form, "number": number, "known": known, "table": Table(OWN, rows)}
    return render(request, "privacy/unmasking.html", context)


def _row(one: Disclosure) -> Row:
    state = cells.badge(_("open"), "good") if one.open else cells.badge(_("over"), "neutral")
    return Row(
        [
            one.declaration_id, _labels(one.fields), formats.moment(one.approved_at),
            one.approved_by.username, formats.moment(one.until), state,
        ],
        url=reverse("privacy:unmasked", args=[one.pk]) if one.open else "",
    )  # fmt: skip


def _labels(fields: list[str]) -> str:
    return ", ".join(unmasking.label(name) for name in fields)


@requires(unmasking.ASK)
@require_GET
@never_cache
def unmasked(request: HttpRequest, pk: int) -> HttpResponse:
    """The values, to who asked, for as long as he may see them."""
    one = get_object_or_404(Disclosure, pk=pk, officer=request.user)
    try:
        shown = unmasking.show(request.user, one)
    except ValidationError as error:
        raise Http404(error.messages[0]) from None
    rows = [
        Row([
            str(value.item_no or formats.NOTHING), str(value.version or formats.NOTHING),
            unmasking.label(value.field),
            value.value or _("It cannot be shown: %(why)s") % {"why": value.problem},
        ])
        for value in shown
    ]  # fmt: skip
    context = {"one": one, "table": Table(VALUES, rows)}
    return render(request, "privacy/unmasked.html", context)
