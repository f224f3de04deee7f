"""One named list: its values, what is added, and what is proposed to be removed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from tidewaiter.desks.targeting.actions import lists as actions
from tidewaiter.desks.targeting.forms.lists import (
    ListUploadForm,
    ReasonForm,
    ValueForm,
    ValuesFilterForm,
)
from tidewaiter.desks.targeting.queries import lists as queries
from tidewaiter.engine.risk.lists import ListFileError, read_list, write_csv
from tidewaiter.platform.accounts.access import Denied, requires
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.files import file_answer
from tidewaiter.platform.pages.tables import Column, Order, Pages, Row, Table, asked_page, chips

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from tidewaiter.desks.targeting.models import ListValue, RiskList

SIZE = 100
COLUMNS = [
    Column(gettext_lazy("Value"), "code", sort="value"),
    Column(gettext_lazy("From"), "code", sort="valid_from"),
    Column(gettext_lazy("To"), "code", sort="valid_to"),
    Column(gettext_lazy("Note"), "clip"),
    Column(gettext_lazy("Added by")),
    Column(gettext_lazy("Added"), "shrink", sort="added_at"),
    Column(gettext_lazy("State")),
]


def _list(request: HttpRequest, name: str) -> RiskList:
    return get_object_or_404(queries.lists(request.user), name=name)


@requires("lists.read")
@require_GET
def values(request: HttpRequest, name: str) -> HttpResponse:
    return _page(request, _list(request, name))


def _page(request: HttpRequest, risk_list: RiskList, **more: Any) -> HttpResponse:
    form = ValuesFilterForm(request.GET)
    order = Order.of(request, queries.VALUE_ORDERS, "value")
    rows = queries.values(
        request.user, risk_list, form.wanted(), order=order.key, descending=order.descending
    )
    first = (asked_page(request) - 1) * SIZE
    shown = list(rows[first : first + SIZE])
    user = request.user
    writes, decides = user.may("lists.write"), user.may("lists.approve")
    labels = {field: str(form.fields[field].label) for field in form.fields}
    context = {
        "list": risk_list,
        "form": form,
        "table": Table(
            COLUMNS, [_row(one) for one in shown], order, pick="value" if writes or decides else ""
        ),
        "pages": Pages.of(request, size=SIZE, shown=len(shown), total=rows.count()),
        "chips": chips(request.GET, labels),
        "query": request.GET.urlencode(),
        "versions": risk_list.versions.select_related("actor")[:30],
        "used_by": queries.users_of(user, risk_list.name) if user.may("profiles.read") else [],
        "waiting": risk_list.values.in_force().exclude(removal_by=None).count(),
        "may_write": writes,
        "may_decide": decides,
        "value_form": ValueForm(),
        "upload_form": ListUploadForm(),
    } | more
    return render(request, "targeting/lists/list.html", context, status=400 if more else 200)


def _row(one: ListValue) -> Row:
    if one.removed_at:
        state = cells.two_lines(_("removed"), f"{one.removed_by}: {one.removal_reason}")
    elif one.removal_by:
        state = cells.two_lines(_("removal proposed"), f"{one.removal_by}: {one.removal_reason}")
    else:
        state = ""
    return Row(
        [
            one.value,
            formats.day(one.valid_from) if one.valid_from else formats.NOTHING,
            formats.day(one.valid_to) if one.valid_to else formats.NOTHING,
            one.note,
            one.added_by.username,
            cells.when(one.added_at),
            state,
        ],
        id=str(one.pk),
        tone="warn" if one.removal_by and not one.removed_at else "",
    )


@requires("lists.read")
@require_GET
def export(request: HttpRequest, name: str) -> HttpResponse:
    """The values that match, as a CSV file that imports again."""
    risk_list = _list(request, name)
    rows = queries.values(request.user, risk_list, ValuesFilterForm(request.GET).wanted())
    text = write_csv(row.as_entry for row in rows)
    record(request.user, "list.export", name, detail=request.GET.urlencode())
    return file_answer(f"{name}.csv", text)


@requires("lists.write")
@require_POST
def add(request: HttpRequest, name: str) -> HttpResponse:
    risk_list = _list(request, name)
    form = ValueForm(request.POST)
    if not form.is_valid():
        return _page(request, risk_list, value_form=form)
    _told(request, actions.add_values(request.user, risk_list, [form.entry()]))
    return redirect("targeting:list", name)


@requires("lists.write")
@require_POST
def upload(request: HttpRequest, name: str) -> HttpResponse:
    risk_list = _list(request, name)
    form = ListUploadForm(request.POST, request.FILES)
    if form.is_valid():
        given = form.cleaned_data["file"]
        with tempfile.TemporaryDirectory() as folder:
            suffix = ".toml" if given.name.lower().endswith(".toml") else ".csv"
            path = Path(folder) / f"{name}{suffix}"
            path.write_bytes(given.read())
            try:
                entries = read_list(path)
            except ListFileError as error:
                form.add_error("file", str(error))
            else:
                done = actions.add_values(request.user, risk_list, entries, cause=given.name)
                _told(request, done)
                return redirect("targeting:list", name)
    return _page(request, risk_list, upload_form=form)


def _told(request: HttpRequest, done: actions.ListImport) -> None:
    added = ngettext("%(n)s value added.", "%(n)s values added.", done.added)
    messages.success(request, added % {"n": formats.number(done.added)})
    if done.kept_longer:
        kept = _("Left as they were, because their stay would become shorter: %(values)s")
        messages.warning(request, kept % {"values": ", ".join(done.kept_longer[:20])})


def _picked(request: HttpRequest, risk_list: RiskList) -> list[ListValue]:
    keys = [key for key in request.POST.getlist("value") if key.isascii() and key.isdigit()]
    return list(risk_list.values.in_force().filter(pk__in=keys))


@requires("lists.write")
@require_POST
def propose_removal(request: HttpRequest, name: str) -> HttpResponse:
    risk_list = _list(request, name)
    form = ReasonForm(request.POST)
    if form.is_valid():
        count = actions.propose_removal(
            request.user, _picked(request, risk_list), reason=form.cleaned_data["reason"]
        )
        said = ngettext("%(n)s removal proposed.", "%(n)s removals proposed.", count)
        messages.success(request, said % {"n": formats.number(count)})
    else:
        messages.error(request, _("Say why they should be removed."))
    return redirect("targeting:list", name)


@requires("lists.approve")
@require_POST
def decide_removal(request: HttpRequest, name: str) -> HttpResponse:
    """Remove the ticked values, or keep them; only what somebody else proposed."""
    risk_list = _list(request, name)
    agree, remark = request.POST.get("agree") == "1", request.POST.get("reason", "")
    picked = _picked(request, risk_list)
    try:
        count = actions.decide_removal(request.user, picked, agree=agree, remark=remark)
    except Denied as denied:
        messages.error(request, denied.why)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        said = (
            ngettext("%(n)s value removed.", "%(n)s values removed.", count)
            if agree
            else ngettext("%(n)s value kept.", "%(n)s values kept.", count)
        )
        messages.success(request, said % {"n": formats.number(count)})
    return redirect("targeting:list", name)
