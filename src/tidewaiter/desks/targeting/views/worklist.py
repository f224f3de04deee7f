"""The worklist page: filter, sort, search, saved views, export."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tidewaiter.desks.targeting.actions.exporting import write_worklist
from tidewaiter.desks.targeting.actions.saved_views import ViewRefused, remove_view, save_view
from tidewaiter.desks.targeting.forms.worklist import WorklistFilter
from tidewaiter.desks.targeting.models import SavedView
from tidewaiter.desks.targeting.queries.saved_views import views_of
from tidewaiter.desks.targeting.queries.worklist import ORDERS, default_window, worklist
from tidewaiter.desks.targeting.wording import chosen_by
from tidewaiter.engine.risk.reasons import sentence
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.tables import Column, Order, Pages, Row, Table, asked_page, chips
from tidewaiter.platform.purpose.forms import ask_form
from tidewaiter.platform.purpose.statements import note_search, stated

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from django.http import HttpRequest, HttpResponse

    from tidewaiter.desks.targeting.queries.worklist import Found, Wanted
    from tidewaiter.platform.purpose.forms import PurposeForm

PAGE = 50
COLUMNS = [
    Column(gettext_lazy("Declaration"), "code", sort="declaration"),
    Column(gettext_lazy("Lane"), "shrink", sort="lane"),
    Column(gettext_lazy("Expected value"), "number", sort="expected"),
    Column(gettext_lazy("Score"), "number", sort="score"),
    Column(gettext_lazy("Why"), "long"),
    Column(gettext_lazy("Importer"), "clip", sort="importer"),
    Column(gettext_lazy("Goods"), "clip"),
    Column(gettext_lazy("Origin"), "code"),
    Column(gettext_lazy("Selected by"), "code"),
    Column(gettext_lazy("Office"), "code", sort="office"),
    Column(gettext_lazy("Items"), "number", sort="items"),
    Column(gettext_lazy("Date"), "code", sort="date"),
]


@requires("targeting.read")
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    form = WorklistFilter(request.GET, request.user, default_window(request.user))
    wanted = _with_purpose(request, form.wanted(), "person.search")
    order = Order.of(request, list(ORDERS), "-expected")
    found = worklist(
        request.user, wanted, order=order.key, descending=order.descending,
        page=asked_page(request), size=PAGE,
    )  # fmt: skip
    rows = [_row(entry) for entry in found.rows.iter_rows(named=True)]
    query = request.GET.urlencode()
    context = {
        "form": form,
        "purpose_form": _asks(request, wanted, found),
        "wanted": wanted,
        "table": Table(COLUMNS, rows, order, pick="declaration"),
        "pages": Pages.of(request, size=PAGE, shown=len(rows), total=found.total),
        "chips": chips(request.GET, {n: str(f.label) for n, f in form.fields.items()}),
        "views": [
            {"name": v.name, "url": f"?{v.query}", "pk": v.pk} for v in views_of(request.user)
        ],
        "current": f"?{query}",
        "query": query,
        "may_export": request.user.may("targeting.export"),
    }
    return render(request, "targeting/worklist/worklist.html", context)


def _with_purpose(request: HttpRequest, wanted: Wanted, verb: str) -> Wanted:
    """With importers, if it was said what they are looked for; that is noted. A declaration's own
    number is nobody's."""
    statement = stated(request, wanted.person) if wanted.person else None
    if statement is None:
        return wanted
    note_search(request.user, wanted.person, statement, place="worklist", verb=verb)
    return replace(wanted, persons=True)


def _asks(request: HttpRequest, wanted: Wanted, found: Found) -> PurposeForm | None:
    """The form that importers wait for; none if the very declaration was found."""
    if not wanted.person or wanted.persons:
        return None
    if not wanted.importer and wanted.text in found.rows["declaration_id"]:
        return None
    return ask_form(request, wanted.person, focus=found.total == 0)


def _row(entry: Mapping[str, Any]) -> Row:
    goods = " ".join(filter(None, (entry["hs"], entry["description"])))
    return Row(
        [
            entry["declaration_id"],
            cells.lane(entry["lane"]),
            formats.money(entry["expected_value"], entry["currency"] or "", 0),
            formats.percent(entry["score"]),
            _why(entry["reason"]),
            entry["importer_name"] or entry["importer"] or formats.NOTHING,
            goods or formats.NOTHING,
            entry["origin"] or formats.NOTHING,
            chosen_by(entry["selected_by"]),
            entry["office"] or formats.NOTHING,
            formats.number(entry["items"]),
            formats.day(entry["declaration_date"]),
        ],
        url=reverse("targeting:declaration", args=[entry["declaration_id"]]),
        id=entry["declaration_id"],
    )


def _why(reason: str | None) -> str:
    if not reason:
        return formats.NOTHING
    told = orjson.loads(reason)
    return sentence(told["code"], told["facts"], gettext)


@requires("targeting.export")
def export(request: HttpRequest) -> FileResponse:
    """The whole list that matches, or only the declarations ticked (POST), as CSV or Parquet."""
    form = WorklistFilter(request.GET, request.user, default_window(request.user))
    kind = request.GET.get("format", "csv")
    if kind not in ("csv", "parquet"):
        raise Http404
    ticked = request.POST.getlist("declaration") if request.method == "POST" else None
    with tempfile.TemporaryDirectory(prefix="worklist-") as folder:
        path = Path(folder) / f"worklist.{kind}"
        wanted = _with_purpose(request, form.wanted(), "person.export")
        write_worklist(request.user, wanted, path, only=ticked)
        # the file stays readable after its folder is gone; closing the response frees it
        return FileResponse(path.open("rb"), as_attachment=True, filename=path.name)


@requires("targeting.read")
@require_POST
def keep_view(request: HttpRequest) -> HttpResponse:
    query = request.POST.get("query", "").lstrip("?")
    try:
        view = save_view(request.user, name=request.POST.get("name", ""), query=query)
    except ViewRefused as refused:
        messages.error(request, _REFUSALS[refused.code])
    else:
        messages.success(request, gettext("Saved as %(name)s.") % {"name": view.name})
    return redirect(f"{reverse('targeting:worklist')}?{query}")


_REFUSALS = {
    "name": gettext_lazy("Give the view a name of at most 80 characters."),
    "query": gettext_lazy("These filters are too long to be kept."),
    "many": gettext_lazy("You keep fifty views already: remove one first."),
}


@requires("targeting.read")
@require_POST
def drop_view(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        remove_view(request.user, pk)
    except SavedView.DoesNotExist:
        raise Http404 from None
    return redirect("targeting:worklist")
