"""The ledger's page, for internal affairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.jobs.models import Job
from tidewaiter.platform.ledger import queries
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.ledger.canonical import FIELDS, LATER, canonical
from tidewaiter.platform.ledger.forms import FilterForm
from tidewaiter.platform.ledger.verbs import sentence
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.files import csv_answer
from tidewaiter.platform.pages.tables import Column, Order, Pages, Row, Table, asked_page, chips

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.ledger.models import Entry, EntryRows

PAGE = 50
COLUMNS = [
    Column(gettext_lazy("Number"), "shrink", sort="number"),
    Column(gettext_lazy("When"), "code", sort="at"),
    Column(gettext_lazy("Who"), "code", sort="actor"),
    Column(gettext_lazy("From where"), "code"),
    Column(gettext_lazy("What"), sort="action"),
    Column(gettext_lazy("Office"), "code", sort="office"),
    Column(gettext_lazy("Details"), "clip"),
]
EXPORTED = [*FIELDS, *LATER, "digest"]


@requires("ledger.read")
@require_GET
def entries(request: HttpRequest) -> HttpResponse:
    form = FilterForm(request.GET)
    order = Order.of(request, list(queries.ORDERS), "-number")
    rows = queries.entries(
        request.user, form.filter(), order=order.key, descending=order.descending
    )
    page = Paginator(rows, PAGE).get_page(asked_page(request))
    labels = {name: str(field.label) for name, field in form.fields.items()}
    context = {
        "form": form,
        "table": Table(COLUMNS, [_row(entry) for entry in page], order),
        "pages": Pages.of(request, size=PAGE, shown=len(page), total=page.paginator.count),
        "chips": chips(request.GET, labels),
        "national": request.user.scope().national,
        "verified": _last_verification(request.user),
        "query": request.GET.urlencode(),
    }
    return render(request, "ledger/entries.html", context)


@requires("ledger.read")
@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """All entries that match, as CSV, oldest first, with what it takes to recompute the chain."""
    wanted = FilterForm(request.GET).filter()
    rows = queries.entries(request.user, wanted).order_by("sequence")
    record(request.user, "ledger.export", detail=request.GET.urlencode())
    return csv_answer("ledger.csv", _lines(rows))


def _row(entry: Entry) -> Row:
    said = {"reason": entry.reason, "result": entry.result}
    said = {name: value for name, value in said.items() if value} | entry.detail
    detail = cells.folded(_told(said), _told(said, "\n")) if said else ""
    return Row(
        [
            str(entry.sequence), formats.moment(entry.at), entry.actor, entry.address,
            sentence(entry), entry.office, detail,
        ]
    )  # fmt: skip


def _told(detail: dict[str, object], between: str = " · ") -> str:
    return between.join(f"{name}: {value}" for name, value in detail.items())


def _last_verification(user: User) -> Job | None:
    """Told to national officers only: it counts entries of every office."""
    if not user.scope().national:
        return None
    finished = (Job.State.DONE, Job.State.FAILED)
    return Job.objects.filter(kind="ledger.verify", state__in=finished).first()


def _lines(rows: EntryRows) -> Iterator[Iterable[object]]:
    yield EXPORTED
    for entry in rows.iterator(chunk_size=2000):
        detail = canonical(entry.detail).decode()
        yield [detail if name == "detail" else getattr(entry, name) for name in EXPORTED]
