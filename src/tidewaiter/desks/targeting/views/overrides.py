"""Proposing, deciding and listing overrides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tidewaiter.desks.targeting.actions.overrides import (
    OverrideRefused,
    approve_override,
    propose_override,
    refuse_override,
    withdraw_override,
)
from tidewaiter.desks.targeting.forms.override import HistoryForm, OverrideForm
from tidewaiter.desks.targeting.models import Override
from tidewaiter.desks.targeting.queries import overrides as queries
from tidewaiter.desks.targeting.queries.declaration import declaration
from tidewaiter.desks.targeting.views.declaration import page
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.files import csv_answer
from tidewaiter.platform.pages.tables import Column, Order, Pages, Row, Table, asked_page, chips

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.http import HttpRequest, StreamingHttpResponse

SIZE = 50
State = Override.State
TONES = {State.APPROVED: "good", State.REFUSED: "bad", State.WITHDRAWN: "neutral"}
WAITING = [
    Column(gettext_lazy("Declaration"), "code", sort="declaration"),
    Column(gettext_lazy("Now"), "shrink", sort="before"),
    Column(gettext_lazy("Proposed"), "shrink", sort="lane"),
    Column(gettext_lazy("Reason"), "clip"),
    Column(gettext_lazy("Office"), "code", sort="office"),
    Column(gettext_lazy("By"), "code", sort="proposer"),
    Column(gettext_lazy("When"), "shrink", sort="proposed"),
]
DECIDED = [
    Column(gettext_lazy("Declaration"), "code", sort="declaration"),
    Column(gettext_lazy("Before"), "shrink", sort="before"),
    Column(gettext_lazy("Proposed"), "shrink", sort="lane"),
    Column(gettext_lazy("Decision"), "shrink", sort="state"),
    Column(gettext_lazy("Reason"), "clip"),
    Column(gettext_lazy("Remark"), "clip"),
    Column(gettext_lazy("Office"), "code", sort="office"),
    Column(gettext_lazy("Proposed by"), "code", sort="proposer"),
    Column(gettext_lazy("Decided by"), "code", sort="decider"),
    Column(gettext_lazy("Decided"), "code", sort="decided"),
]


@requires("targeting.read")
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """Proposals that wait for a second officer."""
    order = _order(request, WAITING, "proposed")
    rows = queries.open_overrides(request.user, order=order.key, descending=order.descending)
    context = _page(request, rows, WAITING, order, _waiting)
    return render(request, "targeting/declaration/overrides.html", context)


@requires("targeting.read")
@require_GET
def history(request: HttpRequest) -> HttpResponse:
    """What was approved, refused or withdrawn: by whom, when and why."""
    form = HistoryForm(request.GET)
    order = _order(request, DECIDED, "-decided")
    rows = queries.decided_overrides(
        request.user, form.wanted(), order=order.key, descending=order.descending
    )
    labels = {name: str(field.label) for name, field in form.fields.items()}
    context = _page(request, rows, DECIDED, order, _decided_row) | {
        "form": form,
        "chips": chips(request.GET, labels),
        "query": request.GET.urlencode(),
        "may_export": request.user.may("targeting.export"),
    }
    return render(request, "targeting/declaration/overrides.html", context)


@requires("targeting.export")
@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The decided ones that match, as CSV."""
    rows = queries.exported(request.user, HistoryForm(request.GET).wanted())
    return csv_answer("overrides.csv", rows)


def _order(request: HttpRequest, columns: list[Column], default: str) -> Order:
    return Order.of(request, [column.sort for column in columns if column.sort], default)


def _page(
    request: HttpRequest,
    rows: QuerySet[Override],
    columns: list[Column],
    order: Order,
    row: Callable[[Override], Row],
) -> dict[str, object]:
    first = (asked_page(request) - 1) * SIZE
    shown = list(rows[first : first + SIZE])
    return {
        "table": Table(columns, [row(one) for one in shown], order),
        "pages": Pages.of(request, size=SIZE, shown=len(shown), total=rows.count()),
    }


def _waiting(one: Override) -> Row:
    return Row(
        [
            one.declaration_id, cells.lane(one.lane_before), cells.lane(one.lane), one.reason,
            one.office, str(one.proposed_by), cells.when(one.proposed_at),
        ],
        url=_url(one) + "#override",
    )  # fmt: skip


def _decided_row(one: Override) -> Row:
    return Row(
        [
            one.declaration_id, cells.lane(one.lane_before), cells.lane(one.lane),
            cells.badge(capfirst(str(one.get_state_display())), TONES[State(one.state)]),
            one.reason, one.remark, one.office, str(one.proposed_by),
            str(one.decided_by or formats.NOTHING), formats.moment(one.decided_at),
        ],
        url=_url(one),
    )  # fmt: skip


def _url(one: Override) -> str:
    return reverse("targeting:declaration", args=[one.declaration_id])


@requires("targeting.override_propose")
@require_POST
def propose(request: HttpRequest, declaration_id: str) -> HttpResponse:
    if declaration(request.user, declaration_id) is None:
        raise Http404
    form = OverrideForm(request.POST)
    if form.is_valid():
        try:
            propose_override(request.user, declaration_id, **form.cleaned_data)
        except OverrideRefused as refused:
            form.add_error(None, refused)
        else:
            messages.success(
                request, gettext("Proposed. It counts when a second officer approves.")
            )
            return redirect("targeting:declaration", declaration_id)
    return page(request, declaration_id, form, status=422)


@requires("targeting.override_approve")
@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    remark = request.POST.get("remark", "")
    done = gettext("Approved: the new lane holds.")
    return _decided(request, lambda: approve_override(request.user, pk, remark=remark), pk, done)


@requires("targeting.override_approve")
@require_POST
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    remark = request.POST.get("remark", "")
    done = gettext("Refused: the lane stays.")
    return _decided(request, lambda: refuse_override(request.user, pk, remark=remark), pk, done)


@requires("targeting.override_propose")
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    return _decided(request, lambda: withdraw_override(request.user, pk), pk, gettext("Withdrawn."))


def _decided(
    request: HttpRequest, decide: Callable[[], Override], pk: int, done: str
) -> HttpResponse:
    """Carry a decision out and go back to its declaration; what is out of sight is not there."""
    visible = Override.objects.filter(request.user.scope().rows(), pk=pk).first()
    if visible is None:
        raise Http404
    try:
        decide()
    except Override.DoesNotExist:
        raise Http404 from None
    except OverrideRefused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, done)
    return redirect("targeting:declaration", visible.declaration_id)
