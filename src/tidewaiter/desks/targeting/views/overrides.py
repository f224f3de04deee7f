"""Proposing, deciding and listing overrides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tidewaiter.desks.targeting.actions.overrides import (
    OverrideRefused,
    approve_override,
    propose_override,
    refuse_override,
    withdraw_override,
)
from tidewaiter.desks.targeting.forms.override import OverrideForm
from tidewaiter.desks.targeting.models import Override
from tidewaiter.desks.targeting.queries.declaration import declaration, open_overrides
from tidewaiter.desks.targeting.views.declaration import page
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.pages import cells
from tidewaiter.platform.pages.tables import Column, Row, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

COLUMNS = [
    Column(gettext_lazy("Declaration"), "code"),
    Column(gettext_lazy("Now"), "shrink"),
    Column(gettext_lazy("Proposed"), "shrink"),
    Column(gettext_lazy("Reason"), "clip"),
    Column(gettext_lazy("Office"), "code"),
    Column(gettext_lazy("By"), "code"),
    Column(gettext_lazy("When"), "shrink"),
]


@requires("targeting.read")
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """Proposals that wait for a second officer."""
    rows = [
        Row(
            [
                one.declaration_id, cells.lane(one.lane_before), cells.lane(one.lane), one.reason,
                one.office, str(one.proposed_by), cells.when(one.proposed_at),
            ],
            url=reverse("targeting:declaration", args=[one.declaration_id]) + "#override",
        )
        for one in open_overrides(request.user)
    ]  # fmt: skip
    return render(request, "targeting/declaration/overrides.html", {"table": Table(COLUMNS, rows)})


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
            form.add_error(None, str(refused))
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
        messages.error(request, str(refused))
    else:
        messages.success(request, done)
    return redirect("targeting:declaration", visible.declaration_id)
