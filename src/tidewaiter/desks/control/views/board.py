"""The supervisor's board: what waits, who has what, what is late; lots, roster and capacity."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tidewaiter.desks.control import actions, queries
from tidewaiter.desks.control.forms import CapacityForm, DayForm, DutyForm
from tidewaiter.desks.control.views.orders import order_page
from tidewaiter.desks.control.vocabulary import Control, control_label
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.tables import Column, Row, Table

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

TABS = {
    "waiting": gettext_lazy("To assign"),
    "open": gettext_lazy("Open"),
    "overdue": gettext_lazy("Overdue"),
    "returned": gettext_lazy("Returned"),
    "recorded": gettext_lazy("Recorded"),
}


@requires("control.supervise")
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    offices = queries.offices_of(request.user)
    asked = request.GET.get("office", "")
    office = asked if asked in offices else next(iter(offices), "")
    tab = request.GET.get("tab", "")
    counts = queries.counts(request.user, office)
    tab = tab if tab in TABS else ("waiting" if counts.waiting else "open")
    wanted = queries.Filter(
        state={"overdue": ""}.get(tab, tab), office=office, overdue=tab == "overdue"
    )
    table, pages = order_page(request, queries.orders(request.user, wanted))
    address = reverse("control:board")
    context = {
        "office": office,
        "offices": offices,
        "tab": tab,
        "tabs": [
            (f"{address}?office={office}&tab={code}", label, code, getattr(counts, code, 0) or "")
            for code, label in TABS.items()
        ],
        "counts": counts,
        "loads": _loads(queries.loads(request.user, office)),
        "workload": _workload(queries.workload(request.user, office)),
        "table": table,
        "pages": pages,
    }
    return render(request, "control/board.html", context)


def _loads(loads: list[queries.Load]) -> Table:
    columns = (
        Column(_("Inspector")), Column(_("Today"), "shrink"), Column(_("Orders"), "number"),
        Column(_("Planned time"), "number"), Column(_("Overdue"), "number"),
        Column(_("Recorded today"), "number"),
    )  # fmt: skip
    return Table(
        columns,
        [
            Row(
                [
                    one.inspector.get_full_name() or one.inspector.username,
                    cells.badge(_("on duty"), "good") if one.on_duty else cells.badge(_("away")),
                    formats.number(one.orders),
                    formats.duration(one.minutes * 60) if one.minutes else formats.NOTHING,
                    formats.number(one.overdue),
                    formats.number(one.recorded_today),
                ],
                tone="bad" if one.overdue else "",
            )
            for one in loads
        ],
    )


def _workload(work: list[queries.Workload]) -> Table:
    columns = (
        Column(_("Control")), Column(_("Open orders"), "number"), Column(_("Planned"), "number"),
        Column(_("Capacity a day"), "number"), Column(_("Days of work"), "number"),
    )  # fmt: skip
    return Table(
        columns,
        [
            Row(
                [
                    control_label(one.control),
                    formats.number(one.orders),
                    formats.duration(one.minutes * 60) if one.minutes else formats.NOTHING,
                    formats.duration(one.capacity * 60) if one.capacity else _("not entered"),
                    formats.number(one.days, 1) if one.days is not None else formats.NOTHING,
                ],
                tone="warn" if (one.days or 0) > 1 else "",
            )
            for one in work
        ],
    )


@requires("control.supervise")
@require_POST
def assign(request: HttpRequest) -> HttpResponse:
    """Draw lots for the waiting orders of one office."""
    office = request.POST.get("office", "")
    if office not in queries.offices_of(request.user):
        raise Http404
    drawn = actions.assign_waiting(request.user, offices=[office])
    if drawn.orders:
        told = ngettext(
            "%(n)s order assigned by lot.", "%(n)s orders assigned by lot.", drawn.orders
        )
        messages.success(request, told % {"n": formats.number(drawn.orders)})
    elif drawn.nobody:
        messages.error(request, _("No inspector is on duty in this office today. See the roster."))
    else:
        messages.info(request, _("No order is waiting."))
    return redirect(f"{reverse('control:board')}?office={office}")


@requires("control.supervise")
@require_http_methods(["GET", "POST"])
def roster(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _changed_duty(request)
    form = DayForm(request.GET, user=request.user)
    day, office = form.chosen()
    on_duty = queries.inspectors_on_duty(office, day)
    context = {
        "form": form,
        "day": day,
        "office": office,
        "past": day < timezone.localdate(),
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "inspectors": [(one, one in on_duty) for one in queries.inspectors_of(office)],
    }
    return render(request, "control/roster.html", context)


def _changed_duty(request: HttpRequest) -> HttpResponse:
    form = DutyForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest(_("The roster entry is not complete."))
    data = form.cleaned_data
    if data["office"] not in queries.offices_of(request.user):
        raise Http404
    inspector = queries.inspectors_of(data["office"]).filter(username=data["inspector"]).first()
    if inspector is None:
        raise Http404
    actions.set_duty(request.user, **data | {"inspector": inspector})
    here = f"?office={data['office']}&day={data['day'].isoformat()}"
    return redirect(reverse("control:roster") + here)


@requires("capacity.manage")
@require_http_methods(["GET", "POST"])
def capacity(request: HttpRequest) -> HttpResponse:
    form = CapacityForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_capacity(request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Capacity saved."))
            return redirect("control:capacity")
    context = {"form": form, "table": _capacities(request)}
    return render(request, "control/capacity.html", context)


def _capacities(request: HttpRequest) -> Table:
    """Offices down, controls across."""
    held = {
        (one.office, one.control): one.minutes_per_day for one in queries.capacities(request.user)
    }
    columns = [Column(_("Office"), "code"), *(Column(label, "number") for label in Control.labels)]
    rows = [
        Row([office, *(formats.number(held.get((office, code))) for code in Control.values)])
        for office in queries.offices_of(request.user)
    ]
    return Table(columns, rows)
