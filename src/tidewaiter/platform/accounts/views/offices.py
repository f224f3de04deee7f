"""The list of customs offices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tidewaiter.platform.accounts import actions, queries
from tidewaiter.platform.accounts.access import Denied, requires
from tidewaiter.platform.accounts.forms import OfficeForm
from tidewaiter.platform.accounts.policies import MANAGE
from tidewaiter.platform.pages.tables import Column, Pages, Row, Table, asked_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PAGE = 50


@requires(MANAGE)
@require_GET
def offices(request: HttpRequest) -> HttpResponse:
    page = Paginator(queries.offices(request.user), PAGE).get_page(asked_page(request))
    columns = [Column(_("Code"), "code"), Column(_("Name"))]
    context = {
        "table": Table(columns, [Row([o.code, o.name], url=f"{o.pk}/") for o in page]),
        "pages": Pages.of(request, size=PAGE, shown=len(page), total=page.paginator.count),
        "may_add": request.user.scope().national,
    }
    return render(request, "accounts/offices.html", context)


@requires(MANAGE)
@require_http_methods(["GET", "POST"])
def office(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add an office (without `pk`) or rename one."""
    if pk is None and not request.user.scope().national:
        raise Denied(MANAGE)
    kept = get_object_or_404(queries.offices(request.user), pk=pk) if pk else None
    initial = {"code": kept.code, "name": kept.name} if kept else None
    form = OfficeForm(request.POST or None, initial=initial)
    if kept:
        form.fields["code"].disabled = True
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_office(request.user, office=kept, **form.cleaned_data)
        except ValidationError as error:
            form.add_error("code", error.messages[0])
        else:
            messages.success(request, _("The office is saved."))
            return redirect("accounts:offices")
    return render(request, "accounts/office.html", {"form": form, "office": kept})
