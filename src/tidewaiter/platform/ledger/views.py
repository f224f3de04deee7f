"""The ledger's page, for internal affairs."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.jobs.models import Job
from tidewaiter.platform.ledger import queries
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.ledger.canonical import canonical
from tidewaiter.platform.ledger.forms import FilterForm
from tidewaiter.platform.ledger.verbs import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest, HttpResponse

    from tidewaiter.platform.ledger.models import EntryRows

PAGE = 50
COLUMNS = ["sequence", "at", "actor", "action", "subject", "office", "detail", "previous", "digest"]


@requires("ledger.read")
@require_GET
def entries(request: HttpRequest) -> HttpResponse:
    form = FilterForm(request.GET)
    page = Paginator(queries.entries(request.user, form.filter()), PAGE)
    shown = page.get_page(request.GET.get("page"))
    verified = Job.objects.filter(kind="ledger.verify", finished_at__isnull=False).first()
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "page": shown,
        "rows": [(entry, sentence(entry)) for entry in shown],
        "verified": verified,
        "query": query.urlencode(),
    }
    return render(request, "ledger/entries.html", context)


@requires("ledger.read")
@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """All entries that match, as CSV, oldest first, with what it takes to recompute the chain."""
    wanted = FilterForm(request.GET).filter()
    rows = queries.entries(request.user, wanted).order_by("sequence")
    record(request.user, "ledger.export", detail=request.GET.urlencode())
    response = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="ledger.csv"'
    return response


class _Line:
    """What csv.writer writes into: hands the line back."""

    def write(self, line: str) -> str:
        return line


def _lines(rows: EntryRows) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    for entry in rows.iterator(chunk_size=2000):
        values = [getattr(entry, name) for name in COLUMNS]
        values[1] = entry.at.isoformat()
        values[6] = canonical(entry.detail).decode()
        yield writer.writerow(values)
