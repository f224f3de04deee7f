"""Everything that is kept out: found, exported, read again after a fix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages as toasts
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from tidewaiter.desks.intake import queries
from tidewaiter.desks.intake.forms.filters import QuarantineFilter
from tidewaiter.desks.intake.views.messages import again, place
from tidewaiter.engine.messages.sentences import SENTENCES
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.files import csv_answer
from tidewaiter.platform.pages.tables import Column, Pages, Row, Table, asked_page, chips

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

    from tidewaiter.platform.journal.models import Quarantined

PAGE = 50
COLUMNS = [
    Column(gettext_lazy("Message"), "clip"),
    Column(gettext_lazy("Place")),
    Column(gettext_lazy("What is wrong")),
    Column(gettext_lazy("How to mend it")),
    Column(gettext_lazy("Records"), "number"),
    Column(gettext_lazy("Sender"), "clip"),
    Column(gettext_lazy("Office"), "code"),
    Column(gettext_lazy("Received"), "shrink"),
]
SHEET = ("message", "received", "sender", "office", "place", "code", "rows", "reason", "remedy", "record")  # fmt: skip


@requires("intake.read")
@require_GET
def quarantine(request: HttpRequest) -> HttpResponse:
    form = _filter(request)
    rows = queries.quarantine(request.user, **form.wanted())
    page = Paginator(rows, PAGE).get_page(asked_page(request))
    context = {
        "form": form,
        "table": Table(COLUMNS, [_row(one) for one in page], pick="message"),
        "pages": Pages.of(request, size=PAGE, shown=len(page), total=page.paginator.count),
        "chips": chips(request.GET, {n: str(f.label) for n, f in form.fields.items()}),
        "query": request.GET.urlencode(),
        "may_replay": request.user.may("intake.replay"),
    }
    return render(request, "intake/quarantine.html", context)


def _filter(request: HttpRequest) -> QuarantineFilter:
    found = queries.occurring(request.user)
    labels = {"code": [(code, _wording(code)) for code in found["code"]]}
    for name in ("sender", "office"):
        labels[name] = [(value, value) for value in found[name]]
    return QuarantineFilter(request.GET, labels)


def _wording(code: str) -> str:
    """A code in words: its sentence, cut before the figures."""
    sentence = _(SENTENCES[code][0]) if code in SENTENCES else code
    return sentence.partition(":")[0].replace("{", "").replace("}", "")[:80]


def _row(one: Quarantined) -> Row:
    told = queries.described(one)
    return Row(
        [
            one.message.name or str(one.message_id),
            place(one.place),
            str(told["reason"]),
            str(told["remedy"]),
            formats.number(one.rows),
            one.message.sender,
            one.message.office or formats.NOTHING,
            cells.when(one.message.received_at),
        ],
        url=reverse("intake:message", args=[one.message_id]),
        id=str(one.message_id),
    )


@requires("intake.read")
@require_GET
def sheet(request: HttpRequest) -> StreamingHttpResponse:
    """The findings that match, as CSV: to send back to the broker."""
    rows = queries.quarantine(request.user, **_filter(request).wanted())
    return csv_answer("quarantine.csv", _lines(rows.iterator(2000)))


def _lines(rows: Iterator[Quarantined]) -> Iterator[tuple[object, ...]]:
    yield SHEET
    for one in rows:
        told = queries.described(one)
        yield (
            one.message_id, one.message.received_at.isoformat(), one.message.sender,
            one.message.office, one.place, one.code, one.rows, told["reason"], told["remedy"],
            one.record,
        )  # fmt: skip


@requires("intake.replay")
@require_POST
def read_again(request: HttpRequest) -> HttpResponse:
    """Read the messages of the ticked findings again, or those of all that match."""
    wanted = queries.quarantine(request.user, **_filter(request).wanted())
    if "all" not in request.POST:
        chosen = [
            int(pk) for pk in request.POST.getlist("message") if pk.isascii() and pk.isdigit()
        ]
        wanted = wanted.filter(message__in=chosen)
    ids = set(wanted.order_by().values_list("message_id", flat=True).distinct())
    messages = queries.messages_of(request.user).filter(pk__in=ids, removed_at=None)
    messages = messages.order_by("pk")
    read = [message for message in messages if message.state != message.State.RECEIVED]
    for message in read:
        again(request.user, message)
    toasts.info(
        request,
        ngettext(
            "%(count)s message is being read again.",
            "%(count)s messages are being read again.",
            len(read),
        )
        % {"count": len(read)},
    )
    return redirect("intake:quarantine")
