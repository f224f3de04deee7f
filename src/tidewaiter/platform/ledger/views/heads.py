"""Signed heads, who outside keeps them, and the proof of an entry: for internal affairs of the whole
administration, for heads count the entries of every office.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import orjson
from django.conf import settings
from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from tidewaiter.platform.accounts.access import check_national, requires
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.ledger.forms import ProofForm
from tidewaiter.platform.ledger.keys import verifiers
from tidewaiter.platform.ledger.models import Handover, Head
from tidewaiter.platform.ledger.proving import NotProvable, prove_entry
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.files import file_answer
from tidewaiter.platform.pages.tables import Column, Pages, Row, Table, asked_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PAGE = 50
TEXT = "text/plain; charset=utf-8"
COLUMNS = [
    Column(gettext_lazy("Entries"), "number"),
    Column(gettext_lazy("When"), "code"),
    Column(gettext_lazy("Root"), "code"),
    Column(gettext_lazy("As handed out"), "clip"),
]
OUTSIDE = [
    Column(gettext_lazy("Witness"), "code"),
    Column(gettext_lazy("Last head given"), "number"),
    Column(gettext_lazy("When"), "code"),
    Column(gettext_lazy("State"), "shrink"),
]


@requires("ledger.read")
@require_GET
def heads(request: HttpRequest) -> HttpResponse:
    check_national(request.user, "ledger.read")
    page = Paginator(Head.objects.all(), PAGE).get_page(asked_page(request))
    form = ProofForm(request.GET if "entry" in request.GET else None)
    context = {
        "table": Table(COLUMNS, [_row(head) for head in page]),
        "pages": Pages.of(request, size=PAGE, shown=len(page), total=page.paginator.count),
        "witnesses": Table(OUTSIDE, [_witness(one) for one in settings.LEDGER_WITNESSES]),
        "keys": "\n".join(map(str, verifiers())),
        "form": form,
        "proof": _proof(form),
    }
    return render(request, "ledger/heads.html", context)


@requires("ledger.read")
@require_GET
def file(request: HttpRequest) -> HttpResponse:
    """All heads in one file, as a witness keeps them."""
    check_national(request.user, "ledger.read")
    record(request.user, "ledger.export", "heads")
    notes = Head.objects.order_by("size").values_list("note", flat=True)
    return file_answer("heads.txt", "\n".join(notes), TEXT)


def _row(head: Head) -> Row:
    return Row(
        [
            formats.number(head.size), formats.moment(head.at), f"{head.root[:16]}…",
            cells.folded(head.note.split("\n")[-2], head.note),
        ]
    )  # fmt: skip


def _witness(witness: str) -> Row:
    newest = Head.objects.first()
    given = Handover.objects.filter(witness=witness).first()
    if given is None:
        return Row([witness, "", "", cells.badge(_("nothing given yet"), "warn")])
    behind = newest is not None and given.size < newest.size
    state = cells.badge(_("behind"), "warn") if behind else cells.badge(_("has all"), "good")
    return Row([witness, formats.number(given.size), formats.moment(given.at), state])


def _proof(form: ProofForm) -> str:
    """As JSON for whoever holds the head; an error stands at the field."""
    if not form.is_bound or not form.is_valid():
        return ""
    try:
        proof = prove_entry(form.cleaned_data["entry"])
    except NotProvable as error:
        form.add_error("entry", str(error))
        return ""
    return orjson.dumps(asdict(proof), option=orjson.OPT_INDENT_2).decode()
