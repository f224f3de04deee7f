"""Saved mappings: the list, one with its versions, changing its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tidewaiter.desks.intake import queries
from tidewaiter.desks.intake.actions import save_mapping
from tidewaiter.engine.messages.tabular.mapping import MappingError
from tidewaiter.engine.messages.tabular.mapping_file import parse
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.files import TOML, csv_answer, file_answer
from tidewaiter.platform.pages.tables import Column, Order, Row, Table

if TYPE_CHECKING:
    from typing import Any

    from django.http import HttpRequest, StreamingHttpResponse

    from tidewaiter.desks.intake.models import MappingVersion

COLUMNS = [
    Column(gettext_lazy("Name"), "code", sort="name"),
    Column(gettext_lazy("Description"), "clip"),
    Column(gettext_lazy("Fields"), "number", sort="fields"),
    Column(gettext_lazy("Version"), "number"),
    Column(gettext_lazy("Saved"), "shrink", sort="saved"),
    Column(gettext_lazy("Saved by"), "code"),
]


@requires("intake.read")
@require_GET
def mappings(request: HttpRequest) -> HttpResponse:
    q = request.GET.get("q", "")[:100]
    order = Order.of(request, ["name", "fields", "saved"], "name")
    rows = [one for one in map(_described, queries.newest_mappings()) if q.lower() in one[0]]
    rows.sort(key=lambda row: row[1][order.key], reverse=order.descending)
    context = {"table": Table(COLUMNS, [row for _q, _k, row in rows], order), "q": q}
    return render(request, "intake/mappings.html", context | _may(request))


def _described(one: MappingVersion) -> tuple[str, dict[str, Any], Row]:
    """What is searched, what is sorted by, and the row."""
    mapping = parse(one.toml)
    keys = {"name": one.name.lower(), "fields": len(mapping.fields), "saved": one.saved_at}
    row = Row(
        [
            one.name, mapping.description or formats.NOTHING, str(len(mapping.fields)),
            str(one.version), cells.when(one.saved_at), one.saved_by.username,
        ],
        url=reverse("intake:mapping", args=[one.name]),
    )  # fmt: skip
    return f"{one.name} {mapping.description}".lower(), keys, row


def _may(request: HttpRequest) -> dict[str, bool]:
    return {"may_save": request.user.may("intake.submit")}


@requires("intake.read")
@require_GET
def sheet(_request: HttpRequest) -> StreamingHttpResponse:
    """Every mapping's fields and columns, as CSV."""
    rows = (
        (one.name, one.version, target, ", ".join(source.columns) or source.constant)
        for one in queries.newest_mappings()
        for target, source in parse(one.toml).fields.items()
    )
    return csv_answer("mappings.csv", [("mapping", "version", "field", "column"), *rows])


@requires("intake.read")
@require_GET
def mapping(request: HttpRequest, name: str) -> HttpResponse:
    return _page(request, name)


def _page(
    request: HttpRequest, name: str, toml: str = "", problems: tuple[str, ...] = ()
) -> HttpResponse:
    versions = list(queries.versions_of(name))
    if not versions:
        raise Http404
    asked = request.GET.get("version", "")
    shown = next((one for one in versions if str(one.version) == asked), versions[0])
    context = {
        "name": name,
        "shown": shown,
        "toml": toml or shown.toml,
        "versions": versions,
        "newest": shown == versions[0],
        "problems": problems,
    }
    status = 400 if problems else 200
    return render(request, "intake/mapping.html", context | _may(request), status=status)


@requires("intake.submit")
@require_POST
def save(request: HttpRequest, name: str) -> HttpResponse:
    """A changed text is a new version; files already read are not touched by it."""
    toml = request.POST.get("toml", "").replace("\r\n", "\n")
    try:
        if parse(toml).name != name:
            raise MappingError([_("The name in the text must stay %(name)s.") % {"name": name}])
        saved = save_mapping(request.user, name=name, toml=toml)
    except MappingError as error:
        return _page(request, name, toml, tuple(error.problems))
    toasts.success(request, _("Saved as version %(number)s.") % {"number": saved.version})
    return redirect("intake:mapping", name=name)


@requires("intake.read")
@require_GET
def download(_request: HttpRequest, name: str, version: int) -> HttpResponse:
    """One version as a TOML file, for the command line."""
    found = queries.versions_of(name).filter(version=version).first()
    if found is None:
        raise Http404
    return file_answer(f"mapping-v{version}.toml", found.toml, TOML)
