"""Proposals that wait for a second officer, and what became of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tidewaiter.platform.accounts.access import Denied, requires
from tidewaiter.platform.foureyes import actions, queries
from tidewaiter.platform.foureyes.forms import DecisionForm, FilterForm
from tidewaiter.platform.foureyes.models import Proposal
from tidewaiter.platform.foureyes.registry import KINDS
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.files import csv_answer
from tidewaiter.platform.pages.tables import Column, Order, Pages, Row, Table, asked_page, chips

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, StreamingHttpResponse

PAGE = 50
State = Proposal.State
TONES = {
    State.WAITING: "info",
    State.APPROVED: "good",
    State.RETURNED: "bad",
    State.WITHDRAWN: "neutral",
    State.EXPIRED: "neutral",
}
COLUMNS = [
    Column(gettext_lazy("Number"), "shrink", sort="number"),
    Column(gettext_lazy("State"), "shrink", sort="state"),
    Column(gettext_lazy("Kind"), "clip", sort="kind"),
    Column(gettext_lazy("What"), "clip", sort="subject"),
    Column(gettext_lazy("Why"), "clip"),
    Column(gettext_lazy("Offices"), "clip"),
    Column(gettext_lazy("Proposed by"), "code", sort="proposer"),
    Column(gettext_lazy("Proposed"), "shrink", sort="proposed"),
    Column(gettext_lazy("Until"), "shrink", sort="expires"),
    Column(gettext_lazy("Decided by"), "code", sort="decider"),
]


@requires(queries.READ)
@require_GET
def proposals(request: HttpRequest) -> HttpResponse:
    """What he may decide first, unless another order is asked for."""
    form = FilterForm(request.GET)
    order = Order.of(request, list(queries.ORDERS), "-proposed")
    asked = order.key if "sort" in request.GET else ""
    rows = queries.proposals(request.user, form.wanted(), order=asked, descending=order.descending)
    page = Paginator(rows, PAGE).get_page(asked_page(request))
    labels = {name: str(field.label) for name, field in form.fields.items()}
    context = {
        "form": form,
        "table": Table(COLUMNS, [_row(one) for one in page], order),
        "pages": Pages.of(request, size=PAGE, shown=len(page), total=page.paginator.count),
        "chips": chips(request.GET, labels),
        "query": request.GET.urlencode(),
        "may_decide": queries.to_decide(request.user),
    }
    return render(request, "foureyes/proposals.html", context)


def _row(one: Proposal) -> Row:
    return Row(
        [
            str(one.pk),
            cells.badge(_("Yours to decide"), "warn") if one.decide else state_badge(one),
            label_of(one), one.subject, one.reason, _offices(one),
            one.proposed_by.username, cells.when(one.proposed_at),
            formats.day(one.expires_at) if one.state == State.WAITING else formats.NOTHING,
            one.decided_by.username if one.decided_by else formats.NOTHING,
        ],
        url=reverse("foureyes:proposal", args=[one.pk]),
        tone="warn" if one.decide else "",
    )  # fmt: skip


def label_of(one: Proposal) -> str:
    kind = KINDS.get(one.kind)
    return capfirst(str(kind.label)) if kind else one.kind


def state_badge(one: Proposal) -> str:
    return cells.badge(capfirst(str(one.get_state_display())), TONES[State(one.state)])


def _offices(one: Proposal) -> str:
    return ", ".join(sorted(row.office for row in one.offices.all())) or _("all")


@requires(queries.READ)
@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The proposals that match, as CSV."""
    rows = queries.exported(request.user, FilterForm(request.GET).wanted())
    return csv_answer("proposals.csv", rows)


@requires(queries.READ)
@require_GET
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _visible(request, pk))


def _visible(request: HttpRequest, pk: int) -> Proposal:
    found = queries.proposal(request.user, pk)
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, found: Proposal, form: DecisionForm | None = None) -> HttpResponse:
    kind = KINDS.get(found.kind)
    address = kind.address(found) if kind else ""
    context = {
        "proposal": found,
        "label": label_of(found),
        "state": state_badge(found),
        "offices": _offices(found),
        "others": [one.username for one in found.authors.all() if one != found.proposed_by],
        "difference": _difference(found),
        "standing": queries.standing(request.user, found),
        "earlier": queries.earlier(request.user, found)[:20],
        "address": address,
        "form": form or DecisionForm(),
    }
    return render(request, "foureyes/proposal.html", context, status=422 if form else 200)


def _difference(found: Proposal) -> Table | None:
    """What it changes; of a decided one what it changed then."""
    if found.state == State.WAITING:
        lines = [[one.what, one.before, one.after] for one in actions.difference_of(found)]
    else:
        lines = found.shown
    if not lines:
        return None
    columns = [Column(_("What")), Column(_("Before")), Column(_("After"))]
    return Table(columns, [Row([text or formats.NOTHING for text in line]) for line in lines])


@requires(queries.READ)
@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    def act(remark: str) -> None:
        actions.approve(request.user, pk, remark=remark)

    return _step(request, pk, act, _("Approved."))


@requires(queries.READ)
@require_POST
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    def act(remark: str) -> None:
        actions.return_(request.user, pk, remark=remark)

    return _step(request, pk, act, _("Returned."))


@requires(queries.READ)
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    def act(_remark: str) -> None:
        actions.withdraw(request.user, pk)

    return _step(request, pk, act, _("Withdrawn."))


def _step(request: HttpRequest, pk: int, act: Callable[[str], None], done: str) -> HttpResponse:
    """Take a step and go back to the page; who may not take it is told why."""
    _visible(request, pk)
    form = DecisionForm(request.POST)
    if form.is_valid():
        try:
            act(form.cleaned_data["remark"])
        except Denied as denied:
            messages.error(request, denied.why)
        except ValidationError as error:
            _show(form, error)
        else:
            messages.success(request, done)
    if form.errors:
        return _page(request, _visible(request, pk), form)
    return redirect("foureyes:proposal", pk)


def _show(form: DecisionForm, error: ValidationError) -> None:
    """What was refused beside the remark if it is about that, or above the form."""
    for field, found in getattr(error, "error_dict", {"": [error]}).items():
        form.add_error(field if field in form.fields else None, found)
