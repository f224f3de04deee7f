"""Saying why one looks for a person, and the list of such searches for internal affairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tidewaiter.platform.accounts.access import requires, signed_in
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.ledger.verbs import sentence
from tidewaiter.platform.pages import formats
from tidewaiter.platform.pages.files import csv_answer
from tidewaiter.platform.pages.tables import Column, Order, Pages, Row, Table, asked_page, chips
from tidewaiter.platform.purpose import queries
from tidewaiter.platform.purpose.digests import person
from tidewaiter.platform.purpose.forms import PurposeForm, SearchesForm, ask_form
from tidewaiter.platform.purpose.kinds import KINDS
from tidewaiter.platform.purpose.statements import state

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

    from tidewaiter.platform.ledger.models import Entry, EntryRows

PAGE = 50
COLUMNS = [
    Column(gettext_lazy("Number"), "shrink", sort="number"),
    Column(gettext_lazy("When"), "code", sort="at"),
    Column(gettext_lazy("Who"), "code", sort="actor"),
    Column(gettext_lazy("What")),
    Column(gettext_lazy("Purpose"), "clip"),
    Column(gettext_lazy("Reference"), "clip"),
    Column(gettext_lazy("Person"), "code", sort="person"),
]


def ask(request: HttpRequest, text: str) -> HttpResponse:
    """The page instead of a person's record, until it is said what it is opened for."""
    return render(request, "purpose/ask.html", {"purpose_form": ask_form(request, text)})


@signed_in
@require_POST
def say(request: HttpRequest) -> HttpResponse:
    """Take a statement, and go back to what asked for it."""
    form = PurposeForm(request.POST)
    if not form.is_valid():
        return render(request, "purpose/ask.html", {"purpose_form": form}, status=422)
    state(request, form.cleaned_data["subject"], form.statement)
    back = form.cleaned_data["next"]
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return redirect("home")
    return redirect(back)


@requires("ledger.read")
@require_GET
def searches(request: HttpRequest) -> HttpResponse:
    form = SearchesForm(request.GET)
    order = Order.of(request, list(queries.ORDERS), "-number")
    wanted = form.wanted()
    _note(request, wanted)
    rows = queries.searches(request.user, wanted, order=order.key, descending=order.descending)
    page = Paginator(rows, PAGE).get_page(asked_page(request))
    context = {
        "form": form,
        "table": Table(COLUMNS, [_row(entry) for entry in page], order),
        "pages": Pages.of(request, size=PAGE, shown=len(page), total=page.paginator.count),
        "chips": chips(request.GET, {n: str(f.label) for n, f in form.fields.items()}),
        "query": request.GET.urlencode(),
    }
    return render(request, "purpose/searches.html", context)


@requires("ledger.read")
@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The searches that match, as CSV, oldest first."""
    wanted = SearchesForm(request.GET).wanted()
    _note(request, wanted)
    rows = queries.searches(request.user, wanted, descending=False)
    record(request.user, "person.list_export")
    return csv_answer("searches.csv", _lines(rows))


def _note(request: HttpRequest, wanted: queries.Wanted) -> None:
    """Asking who looked for somebody is looking for him, too."""
    if wanted.person:
        record(request.user, "person.trace", person(wanted.person))


def _row(entry: Entry) -> Row:
    kind = KINDS.get(str(entry.detail.get("purpose", "")))
    return Row(
        [
            str(entry.sequence), formats.moment(entry.at), entry.actor, sentence(entry),
            str(kind.label) if kind else formats.NOTHING, entry.reason, entry.subject[:19],
        ]
    )  # fmt: skip


def _lines(rows: EntryRows) -> Iterator[Iterable[object]]:
    yield ("sequence", "at", "actor", "action", "place", "purpose", "reference", "person")
    for entry in rows.iterator(chunk_size=2_000):
        told = entry.detail
        yield (
            entry.sequence, entry.at, entry.actor, entry.action, told.get("place", ""),
            told.get("purpose", ""), entry.reason, entry.subject,
        )  # fmt: skip
