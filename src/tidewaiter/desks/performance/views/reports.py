"""Monthly reports: asking for one, reading one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_GET, require_POST

from tidewaiter.desks.performance.actions.reports import ask_for_report, parse_month
from tidewaiter.desks.performance.queries.reports import report_of
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.vault.responses import file_response

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@requires("performance.export")
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    try:
        month = parse_month(request.POST.get("month", ""))
    except ValueError:
        messages.error(request, gettext("Choose the month of the report from the list."))
        return redirect("performance:compliance")
    job = ask_for_report(request.user, month, get_language() or "en")
    return redirect("jobs:job", pk=job.pk)


@requires("performance.read")
@require_GET
def download(request: HttpRequest, pk: int) -> HttpResponse:
    report = report_of(request.user, pk)
    if report is None:
        raise Http404
    return file_response(report.file, f"compliance-{report.month:%Y-%m}.pdf")
