"""The list of orders and the page of one, for those who read or supervise controls."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tidewaiter.desks.control import actions, policies, queries
from tidewaiter.desks.control.briefing import declared, reasons_in_words
from tidewaiter.desks.control.forms import FilterForm, ReasonForm, ReassignForm
from tidewaiter.desks.control.models import ControlOrder, Photograph
from tidewaiter.desks.control.views.words import selected_by_words
from tidewaiter.desks.control.vocabulary import State, control_label
from tidewaiter.engine.risk import veil
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.handling import choices, hidden
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.files import csv_answer
from tidewaiter.platform.pages.tables import Column, Order, Pages, Row, Table, asked_page, chips
from tidewaiter.platform.purpose.forms import ask_form
from tidewaiter.platform.purpose.statements import note_search, stated

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from tidewaiter.desks.control.models.orders import OrderRows

SIZE = 50
COLUMNS = (
    Column(gettext_lazy("Order"), "code", sort="order"),
    Column(gettext_lazy("Lane"), "shrink", sort="lane"),
    Column(gettext_lazy("State"), "shrink", sort="state"),
    Column(gettext_lazy("Declaration"), "code", sort="declaration"),
    Column(gettext_lazy("Importer"), "code", sort="importer"),
    Column(gettext_lazy("Office"), "code", sort="office"),
    Column(gettext_lazy("Inspector"), "code", sort="inspector"),
    Column(gettext_lazy("Due"), "code", sort="due"),
    Column(gettext_lazy("Expected value"), "number", sort="value"),
)
# What a column is sorted by.
ORDERS = {
    "order": "pk", "lane": "lane", "state": "state", "declaration": "declaration_id",
    "importer": "importer", "office": "office", "inspector": "inspector__username",
    "due": "due_on", "value": "expected_value",
}  # fmt: skip
TONES = {
    State.WAITING: "neutral",
    State.ASSIGNED: "info",
    State.IN_PROGRESS: "info",
    State.RECORDED: "good",
    State.RETURNED: "warn",
    State.CANCELLED: "neutral",
}
EXPORTED = (
    "number", "state", "lane", "control", "declaration_id", "declaration_date", "office",
    "importer", "items", "minutes", "expected_value", "currency", "selected_by",
    "selection_probability", "inspector__username", "raised_at", "due_on", "started_at",
    "recorded_at", "found",
)  # fmt: skip


def state_badge(order: ControlOrder) -> str:
    """The state, with the outcome of what is recorded."""
    if order.state == State.RECORDED:
        told = _("found") if order.found else _("nothing found")
        return cells.badge(told, "bad" if order.found else "good")
    return cells.badge(order.get_state_display(), TONES[State(order.state)])


def order_row(order: ControlOrder) -> Row:
    return Row(
        [
            order.number,
            cells.lane(order.lane),
            state_badge(order),
            order.declaration_id,
            order.importer,
            order.office,
            order.inspector.username if order.inspector else formats.NOTHING,
            formats.day(order.due_on),
            formats.money(order.expected_value, order.currency, 0),
        ],
        url=reverse("control:order", args=[order.pk]),
        id=str(order.pk),
        tone="bad" if order.overdue else "",
    )


def order_page(request: HttpRequest, rows: OrderRows) -> tuple[Table, Pages]:
    """One page of a list of orders, the newest first unless the address asks for another order."""
    first = (asked_page(request) - 1) * SIZE
    order = Order.of(request, list(ORDERS), "-order")
    field = ORDERS[order.key]
    rows = rows.order_by(f"-{field}" if order.descending else field, "-pk")
    shown = list(rows[first : first + SIZE])
    table = Table(COLUMNS, [order_row(one) for one in shown], order)
    return table, Pages.of(request, size=SIZE, shown=len(shown), total=rows.count())


@requires("control.read")
@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    form = FilterForm(request.GET, user=request.user)
    wanted = _with_purpose(request, form.filter(), "person.search")
    table, pages = order_page(request, queries.orders(request.user, wanted))
    asks = wanted.text and not wanted.persons and not table.rows
    labels = {name: str(field.label) for name, field in form.fields.items()}
    context = {
        "form": form,
        "purpose_form": ask_form(request, wanted.text) if asks else None,
        "table": table,
        "pages": pages,
        "chips": chips(request.GET, labels),
        "query": request.GET.urlencode(),
    }
    return render(request, "control/orders.html", context)


@requires("control.read")
@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The orders that match, as CSV."""
    form = FilterForm(request.GET, user=request.user)
    wanted = _with_purpose(request, form.filter(), "person.export")
    rows = queries.orders(request.user, wanted)
    asked = request.GET.copy()
    if wanted.persons:  # whom it was about stands with the purpose, as a digest
        asked.pop("q")
    record(request.user, "control.export", detail=asked.urlencode())
    head = [name.replace("__username", "") for name in EXPORTED]
    place, unread = EXPORTED.index("selected_by"), hidden(request.user, "profile")
    lines = (
        (*row[:place], veil.step(row[place], unread), *row[place + 1 :])
        for row in rows.values_list(*EXPORTED).iterator(chunk_size=2_000)
    )
    return csv_answer("control-orders.csv", chain([head], lines))


def _with_purpose(request: HttpRequest, wanted: queries.Filter, verb: str) -> queries.Filter:
    """With importers, if it was said what they are looked for; that is noted."""
    statement = stated(request, wanted.text) if wanted.text else None
    if statement is None:
        return wanted
    note_search(request.user, wanted.text, statement, place="orders", verb=verb)
    return replace(wanted, persons=True)


def _readable(request: HttpRequest, pk: int) -> ControlOrder:
    rows = ControlOrder.objects.visible_to(request.user).select_related("inspector")
    order = rows.filter(pk=pk).first()
    if order is None:
        raise Http404
    return order


@requires("control.read")
@require_GET
def order(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "control/order.html", _context(request, _readable(request, pk)))


def _context(request: HttpRequest, held: ControlOrder, **forms: Any) -> dict[str, Any]:
    user = request.user
    return {
        "order": held,
        "state": state_badge(held),
        "selected_by": selected_by_words(veil.step(held.selected_by, hidden(user, "profile")) or ""),
        "declared": declared(held),
        "why": reasons_in_words(user, held),
        "controls": [control_label(code) for code in held.controls],
        "results": held.results.select_related("recorded_by").prefetch_related(
            "lines", Prefetch("photographs", queryset=Photograph.objects.visible_to(user))
        ).order_by("-revision"),
        "assignments": held.assignments.select_related("inspector", "assigned_by", "draw"),
        "handling_choices": choices(user) if user.may("control.supervise") else [],
        "may_see_declaration": user.may("targeting.read"),
        "may_reassign": policies.may_reassign(user, held),
        "may_return": policies.may_return(user, held),
        "may_cancel": policies.may_cancel(user, held),
        "reassign_form": ReassignForm(order=held, user=user),
        "return_form": ReasonForm(prefix="return"),
        "cancel_form": ReasonForm(prefix="cancel"),
    } | forms  # fmt: skip


def _acted(
    request: HttpRequest, held: ControlOrder, act: Callable[[], object], **form: Any
) -> HttpResponse:
    """Carry out what a form asked for; show the page again with what is wrong with it."""
    ((name, asked),) = form.items()
    if asked.is_valid():
        try:
            act()
        except ValidationError as error:
            told = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
            for field, texts in told.items():
                if field in asked.fields:
                    asked.add_error(field, texts)
                else:  # the form may be gone, as the order has moved on
                    messages.error(request, " ".join(texts))
        else:
            messages.success(request, _("%(order)s changed.") % {"order": held.number})
            return redirect("control:order", held.pk)
    return render(
        request, "control/order.html", _context(request, held, **{name: asked}), status=400
    )


@requires("control.supervise")
@require_POST
def reassign(request: HttpRequest, pk: int) -> HttpResponse:
    held = _readable(request, pk)
    form = ReassignForm(request.POST, order=held, user=request.user)

    def act() -> None:
        data = form.cleaned_data
        actions.reassign(request.user, held, reason=data["reason"], inspector=data["inspector"])

    return _acted(request, held, act, reassign_form=form)


@requires("control.supervise")
@require_POST
def return_result(request: HttpRequest, pk: int) -> HttpResponse:
    held = _readable(request, pk)
    form = ReasonForm(request.POST, prefix="return")

    def act() -> None:
        actions.return_result(request.user, held, remark=form.cleaned_data["reason"])

    return _acted(request, held, act, return_form=form)


@requires("control.supervise")
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    held = _readable(request, pk)
    form = ReasonForm(request.POST, prefix="cancel")

    def act() -> None:
        actions.cancel_order(request.user, held, reason=form.cleaned_data["reason"])

    return _acted(request, held, act, cancel_form=form)
