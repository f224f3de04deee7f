"""The named lists, and new ones."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tidewaiter.desks.targeting.actions import lists as actions
from tidewaiter.desks.targeting.forms.lists import ListsFilterForm, NewListForm
from tidewaiter.desks.targeting.queries import lists as queries
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.files import csv_answer
from tidewaiter.platform.pages.tables import Column, Order, Pages, Row, Table, asked_page, chips

if TYPE_CHECKING:
    from typing import Any

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

    from tidewaiter.desks.targeting.models import RiskList

SIZE = 50
COLUMNS = [
    Column(gettext_lazy("Name"), "code", sort="name"),
    Column(gettext_lazy("Title"), "clip", sort="title"),
    Column(gettext_lazy("Values"), "number", sort="size"),
    Column(gettext_lazy("Version"), "number"),
    Column(gettext_lazy("Changed"), "shrink", sort="changed_at"),
]


@requires("lists.read")
@require_GET
def lists(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _rows(request: HttpRequest, order: Order) -> QuerySet[RiskList]:
    return queries.lists(
        request.user, request.GET.get("q", ""), order=order.key, descending=order.descending
    )


def _page(request: HttpRequest, **more: Any) -> HttpResponse:
    form = ListsFilterForm(request.GET)
    order = Order.of(request, queries.LIST_ORDERS, "name")
    rows = _rows(request, order)
    first = (asked_page(request) - 1) * SIZE
    shown = list(rows[first : first + SIZE])
    context = {
        "form": form,
        "table": Table(COLUMNS, [_row(one) for one in shown], order),
        "pages": Pages.of(request, size=SIZE, shown=len(shown), total=rows.count()),
        "chips": chips(request.GET, {"q": str(form.fields["q"].label)}),
        "query": request.GET.urlencode(),
        "may_write": request.user.may("lists.write"),
        "new_form": NewListForm(user=request.user),
    } | more
    return render(request, "targeting/lists/lists.html", context, status=400 if more else 200)


def _row(risk_list: RiskList) -> Row:
    return Row(
        [
            risk_list.name,
            risk_list.title,
            formats.number(risk_list.size),
            str(risk_list.version),
            cells.when(risk_list.changed_at),
        ],
        url=reverse("targeting:list", args=[risk_list.name]),
    )


@requires("lists.read")
@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The lists that match, as CSV: their names and sizes, not their values."""
    order = Order.of(request, queries.LIST_ORDERS, "name")
    head = ("name", "title", "values", "version", "changed_at")
    lines = ((o.name, o.title, o.size, o.version, o.changed_at) for o in _rows(request, order))
    return csv_answer("lists.csv", chain([head], lines))


@requires("lists.write")
@require_POST
def create(request: HttpRequest) -> HttpResponse:
    form = NewListForm(request.POST, user=request.user)
    if form.is_valid():
        try:
            made = actions.create_list(request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error("name", error.message_dict["name"])
        else:
            messages.success(request, _("The list %(name)s is made.") % {"name": made.name})
            return redirect("targeting:list", made.name)
    return _page(request, new_form=form)
