"""What was masked, deleted and held, by which schedule; for internal affairs and administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.pages import formats
from tidewaiter.platform.pages.files import csv_answer
from tidewaiter.platform.pages.tables import Column, Order, Pages, Row, Table, asked_page, chips
from tidewaiter.platform.privacy import holds as holding
from tidewaiter.platform.privacy import queries
from tidewaiter.platform.privacy.forms import HoldForm, LiftForm, ReportFilter
from tidewaiter.platform.privacy.schedule import ScheduleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

    from tidewaiter.platform.privacy.models import LegalHold, Step
    from tidewaiter.platform.privacy.schedule import Line

PAGE = 50
COLUMNS = [
    Column(gettext_lazy("When"), "code", sort="at"),
    Column(gettext_lazy("Run"), "number"),
    Column(gettext_lazy("Store"), "code", sort="store"),
    Column(gettext_lazy("Month"), "code", sort="month"),
    Column(gettext_lazy("Masked"), "number", sort="masked"),
    Column(gettext_lazy("Deleted"), "number", sort="deleted"),
    Column(gettext_lazy("Held"), "number", sort="held"),
    Column(gettext_lazy("Fields"), "clip"),
]
EXPORTED = ("done_at", "run", "store", "month", "masked", "deleted", "held", "fields")
SCHEDULE = [
    Column(gettext_lazy("Store"), "code"),
    Column(gettext_lazy("Field"), "code"),
    Column(gettext_lazy("What it tells")),
    Column(gettext_lazy("Masked after"), "number"),
    Column(gettext_lazy("Deleted after"), "number"),
    Column(gettext_lazy("Links survive")),
]
KINDS = {
    "name": gettext_lazy("name"),
    "identifier": gettext_lazy("identifier"),
    "text": gettext_lazy("free text"),
    "facts": gettext_lazy("reasons that may name somebody"),
    "message": gettext_lazy("message as received"),
}


@requires("privacy.read")
@require_GET
def report(request: HttpRequest) -> HttpResponse:
    form = ReportFilter(request.GET)
    order, rows = _asked(request, form)
    page = Paginator(rows, PAGE).get_page(asked_page(request))
    context = {
        "form": form,
        "table": Table(COLUMNS, [_row(step) for step in page], order),
        "pages": Pages.of(request, size=PAGE, shown=len(page), total=page.paginator.count),
        "chips": chips(request.GET, {name: str(f.label) for name, f in form.fields.items()}),
        "query": request.GET.urlencode(),
    }
    return render(request, "privacy/report.html", context)


@requires("privacy.read")
@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    _order, rows = _asked(request, ReportFilter(request.GET))
    record(request.user, "privacy.export", detail=request.GET.urlencode())
    return csv_answer("masked-and-deleted.csv", _lines(rows))


def _asked(request: HttpRequest, form: ReportFilter) -> tuple[Order, QuerySet[Step]]:
    order = Order.of(request, list(queries.ORDERS), "-at")
    rows = queries.report(request.user, form.wanted(), order=order.key, descending=order.descending)
    return order, rows


def _row(step: Step) -> Row:
    return Row(
        [
            formats.moment(step.done_at), str(step.run_id), step.store, step.month,
            formats.number(step.masked), formats.number(step.deleted), formats.number(step.held),
            _fields(step),
        ]
    )  # fmt: skip


def _fields(step: Step) -> str:
    return " · ".join(f"{name}: {formats.number(count)}" for name, count in step.fields.items())


def _lines(rows: QuerySet[Step]) -> Iterator[Iterable[object]]:
    yield EXPORTED
    for step in rows.iterator(chunk_size=2000):
        counts = " ".join(f"{name}={count}" for name, count in step.fields.items())
        yield (
            step.done_at, step.run_id, step.store, step.month, step.masked, step.deleted, step.held,
            counts,
        )  # fmt: skip


@requires("privacy.read")
@require_GET
def schedule(request: HttpRequest) -> HttpResponse:
    """The schedule in force, or what is wrong with it."""
    context: dict[str, object] = {}
    try:
        lines = queries.schedule_lines(request.user)
    except ScheduleError as error:
        context["problem"] = str(error)
    else:
        context["table"] = Table(SCHEDULE, [_line(line) for line in lines])
    return render(request, "privacy/schedule.html", context)


def _line(line: Line) -> Row:
    days = [
        _("never") if number is None else _("%(number)s days") % {"number": formats.number(number)}
        for number in (line.rule.mask, line.rule.delete)
    ]
    links = _("yes") if line.rule.link and line.kind != "text" else _("no")
    return Row([line.store, line.field, str(KINDS[line.kind]), *days, links])


HOLDS = [
    Column(gettext_lazy("Number"), "shrink"),
    Column(gettext_lazy("Declaration"), "code"),
    Column(gettext_lazy("Since"), "code"),
    Column(gettext_lazy("By"), "code"),
    Column(gettext_lazy("Reason")),
]


@requires("privacy.hold")
@require_http_methods(["GET", "POST"])
def holds(request: HttpRequest) -> HttpResponse:
    """Legal holds in force; a POST sets one."""
    rows = holding.holds_in_force(request.user)
    form = HoldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            holding.hold(request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The declaration is on hold."))
            return redirect("privacy:holds")
    page = Paginator(rows, PAGE).get_page(asked_page(request))
    context = {
        "form": form,
        "lifting": [(one, LiftForm(auto_id=f"lift-{one.pk}-%s")) for one in page],
        "table": Table(HOLDS, [_hold(one) for one in page]),
        "pages": Pages.of(request, size=PAGE, shown=len(page), total=page.paginator.count),
    }
    return render(request, "privacy/holds.html", context)


def _hold(one: LegalHold) -> Row:
    since = formats.moment(one.since)
    return Row([str(one.pk), one.declaration_id, since, one.by.username, one.reason])


@requires("privacy.hold")
@require_POST
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(holding.holds_in_force(request.user), pk=pk)
    try:
        holding.propose_lift(request.user, pk, request.POST.get("reason", ""))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("The hold ends when a second officer agrees."))
    return redirect("privacy:holds")
