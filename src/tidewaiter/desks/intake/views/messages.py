"""Messages: the list, one message with what became of it, its bytes, reading it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages as toasts
from django.core.paginator import Paginator
from django.http import FileResponse, Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tidewaiter.desks.intake import queries
from tidewaiter.desks.intake.actions import replay
from tidewaiter.desks.intake.actions.raw import open_raw
from tidewaiter.desks.intake.forms.filters import MessageFilter
from tidewaiter.engine.messages.tabular.mapping_file import parse
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.jobs.actions import enqueue
from tidewaiter.platform.journal.spool import spool_path
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.files import csv_answer
from tidewaiter.platform.pages.tables import Column, Order, Pages, Row, Table, asked_page, chips

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.journal.models import Message

PAGE = 50
TONES = {"received": "info", "recorded": "good", "quarantined": "bad"}
COLUMNS = [
    Column(gettext_lazy("Number"), "shrink"),
    Column(gettext_lazy("Message"), "clip", sort="name"),
    Column(gettext_lazy("State"), "shrink"),
    Column(gettext_lazy("Sender"), "clip", sort="sender"),
    Column(gettext_lazy("Received"), "shrink", sort="received"),
    Column(gettext_lazy("Size"), "number", sort="size"),
    Column(gettext_lazy("Records"), "number", sort="records"),
    Column(gettext_lazy("Accepted"), "number"),
    Column(gettext_lazy("Superseded"), "number"),
    Column(gettext_lazy("Duplicates"), "number"),
    Column(gettext_lazy("Kept out"), "number", sort="kept_out"),
    Column(gettext_lazy("Office"), "code"),
]
SHEET = (
    "pk", "received_at", "sender", "reference", "name", "stream", "size", "sha256", "state",
    "office", "received", "accepted", "superseded", "duplicates", "quarantined", "outcomes",
)  # fmt: skip
FINDINGS = [
    Column(gettext_lazy("Place")),
    Column(gettext_lazy("What is wrong")),
    Column(gettext_lazy("How to mend it")),
    Column(gettext_lazy("Records"), "number"),
    Column(gettext_lazy("As received"), "clip"),
]


@requires("intake.read")
@require_GET
def messages(request: HttpRequest) -> HttpResponse:
    form = MessageFilter(request.GET)
    order = Order.of(request, list(queries.MESSAGE_ORDERS), "-received")
    rows = _ordered(request.user, form, order)
    page = Paginator(rows, PAGE).get_page(asked_page(request))
    context = {
        "form": form,
        "table": Table(COLUMNS, [_row(message) for message in page], order),
        "pages": Pages.of(request, size=PAGE, shown=len(page), total=page.paginator.count),
        "chips": chips(request.GET, {n: str(f.label) for n, f in form.fields.items()}),
        "query": request.GET.urlencode(),
        "may_submit": request.user.may("intake.submit"),
        "jobs": queries.recording_jobs(request.user)[:10],
    }
    return render(request, "intake/messages.html", context)


def _ordered(user: User, form: MessageFilter, order: Order):  # noqa: ANN202  a query set
    key = queries.MESSAGE_ORDERS[order.key]
    sign = "-" if order.descending else ""
    return queries.matching(user, **form.wanted()).order_by(f"{sign}{key}", "-pk")


def _row(message: Message) -> Row:
    return Row(
        [
            str(message.pk),
            message.name or message.reference or formats.NOTHING,
            state(message),
            message.sender,
            cells.when(message.received_at),
            size(message.size),
            formats.number(message.received),
            formats.number(message.accepted),
            formats.number(message.superseded),
            formats.number(message.duplicates),
            formats.number(message.quarantined),
            message.office or formats.NOTHING,
        ],
        url=reverse("intake:message", args=[message.pk]),
        tone="bad" if message.quarantined else "",
    )


def state(message: Message) -> str:
    return cells.badge(message.get_state_display(), TONES[message.state])


def size(number: int) -> str:
    """Bytes as people read them."""
    return f"{formats.compact(number)}B" if number >= 10_000 else f"{formats.number(number)} B"


@requires("intake.read")
@require_GET
def running(request: HttpRequest) -> HttpResponse:
    """The messages that are being read now; an empty answer ends the asking."""
    jobs = queries.recording_jobs(request.user)[:10]
    return render(request, "intake/_running.html", {"jobs": jobs})


@requires("intake.read")
@require_GET
def sheet(request: HttpRequest) -> StreamingHttpResponse:
    """The messages that match, as CSV."""
    order = Order.of(request, list(queries.MESSAGE_ORDERS), "-received")
    rows = _ordered(request.user, MessageFilter(request.GET), order).values_list(*SHEET)
    return csv_answer("messages.csv", _with_head(SHEET, rows.iterator(2000)))


def _with_head(head, rows):  # noqa: ANN001, ANN202  rows of any values
    yield head
    yield from rows


def visible(request: HttpRequest, pk: int) -> Message:
    """The message, or 404 also where it belongs to another office."""
    message = queries.messages_of(request.user).filter(pk=pk).first()
    if message is None:
        raise Http404
    return message


@requires("intake.read")
@require_GET
def message(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "intake/message.html", _context(request, visible(request, pk)))


@requires("intake.read")
@require_GET
def moving(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the message's page that changes while it is being recorded."""
    return render(request, "intake/_message.html", _context(request, visible(request, pk)))


def _context(request: HttpRequest, message: Message) -> dict[str, object]:
    user = request.user
    findings = queries.findings_of(message)
    return {
        "message": message,
        "state": state(message),
        "size": size(message.size),
        "errors": _findings([f for f in findings if f["severity"] == "error"]),
        "warnings": _findings([f for f in findings if f["severity"] == "warning"]),
        "more": message.findings.filter(resolved_at=None).count() > len(findings),
        "job": queries.job_of(user, message),
        "unmapped": any(f["code"] == "mapping_needed" for f in findings),
        "mapping_name": (message.mapping or {}).get("name", ""),
        "mappings": [one.name for one in queries.newest_mappings()],
        "may_replay": user.may("intake.replay"),
        "may_map": user.may("intake.submit") and user.may("intake.replay"),
        "resolves": message.findings.exclude(resolved_at=None).count(),
    }


def place(text: str) -> str:
    """Where a finding is; a short place is not broken into two lines."""
    return format_html('<span class="nowrap">{}</span>', text) if len(text) < 24 else text


def _findings(found: list[dict[str, object]]) -> Table:
    rows = [
        Row([
            place(str(f["place"])), str(f["reason"]), str(f["remedy"]), formats.number(f["rows"]),
            str(f["record"]),
        ])
        for f in found
    ]  # fmt: skip
    return Table(FINDINGS, rows)


@requires("intake.read")
@require_GET
def raw(request: HttpRequest, pk: int) -> FileResponse:
    """The bytes as received, never shown by the browser itself."""
    message = visible(request, pk)
    if message.removed_at or not spool_path(message.sha256).exists():
        raise Http404
    return FileResponse(
        open_raw(request.user, message),
        as_attachment=True,
        filename=message.name or f"message-{message.pk}",
        content_type="application/octet-stream",
    )


@requires("intake.replay")
@require_POST
def read_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Read a kept message again: as before, by a saved mapping, or by whichever fits."""
    message = visible(request, pk)
    if message.state == message.State.RECEIVED:
        toasts.info(request, _("The message is being read already."))
        return redirect("intake:message", pk=pk)
    if message.removed_at:
        toasts.error(request, _("The bytes of the message were removed: it cannot be read again."))
        return redirect("intake:message", pk=pk)
    again(request.user, message, request.POST.get("mapping", "="))
    toasts.success(request, _("The message is being read again."))
    return redirect("intake:message", pk=pk)


def again(user: User, message: Message, choice: str = "=") -> None:
    """`choice`: `=` as before, empty to recognise, else the name of a saved mapping."""
    mapping: dict[str, object] | None = None
    if choice != "=":
        newest = queries.versions_of(choice).first()
        mapping = parse(newest.toml).as_dict() if newest else {}
    replay(user, message, mapping)
    title = message.name or f"{message.pk}"
    enqueue("intake.record", actor=user, title=title, office=message.office, message=message.pk)
