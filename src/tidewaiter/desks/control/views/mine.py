"""The inspector's pages, made for a phone. They are kept on the device for work without network."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tidewaiter.desks.control import actions, queries
from tidewaiter.desks.control.briefing import declared, headlines, reasons_in_words
from tidewaiter.desks.control.forms import ResultForm
from tidewaiter.desks.control.models import ControlOrder, Photograph
from tidewaiter.desks.control.views.words import conflict_words
from tidewaiter.desks.control.vocabulary import IN_HAND, LANE_CONTROL, RiskArea, control_label
from tidewaiter.platform.accounts.access import requires

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from tidewaiter.platform.accounts.models import User


def _order(request: HttpRequest, pk: int) -> ControlOrder:
    """The inspector's own order; anything else does not exist for him."""
    order = ControlOrder.objects.held_by(request.user).filter(pk=pk).first()
    if order is None:
        raise Http404
    return order


@requires("control.perform")
@require_GET
@never_cache
def orders(request: HttpRequest) -> HttpResponse:
    held = list(queries.my_orders(request.user))
    told = headlines(held)
    context = {
        "orders": held,
        "cards": [(order, told.get(order.declaration_id)) for order in held],
        "minutes": sum(order.minutes for order in held) * 60,
        "recorded": list(queries.my_recorded(request.user)),
        "today": timezone.localdate(),
    }
    return render(request, "control/mine.html", context)


@requires("control.perform")
@require_GET
@never_cache
def order(request: HttpRequest, pk: int) -> HttpResponse:
    held = _order(request, pk)
    result = held.results.prefetch_related("lines", _own_pictures(request.user)).last()
    context = {
        "order": held,
        "declared": declared(held),
        "why": reasons_in_words(request.user, held),
        "controls": [control_label(code) for code in held.controls],
        "result": result,
        "to_do": held.state in IN_HAND,
    }
    return render(request, "control/my_order.html", context)


def _own_pictures(user: User) -> Prefetch:
    return Prefetch("photographs", queryset=Photograph.objects.held_by(user))


@requires("control.perform")
@require_POST
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        actions.start(request.user, pk)
    except ControlOrder.DoesNotExist as error:
        raise Http404 from error
    except actions.Conflict as conflict:
        messages.error(request, conflict_words(conflict.code))
        return redirect("control:mine")
    return redirect("control:result", pk)


@requires("control.perform")
@require_http_methods(["GET", "POST"])
@never_cache
def result(request: HttpRequest, pk: int) -> HttpResponse:
    """The result form. With scripts the offline queue sends it; without them it is posted here."""
    held = _order(request, pk)
    if held.state not in IN_HAND:
        return redirect("control:my_order", pk)
    form = ResultForm(request.POST or None, order=held)
    if request.method == "POST" and form.is_valid() and _recorded(request, held, form):
        messages.success(request, _("Result of %(order)s recorded.") % {"order": held.number})
        return redirect("control:mine")
    return render(request, "control/result.html", {"form": form, **_form_context(held)})


def _recorded(request: HttpRequest, held: ControlOrder, form: ResultForm) -> bool:
    """Keep photographs and result as posted by a plain form; False with the errors in the form."""
    try:
        for number, file in enumerate(request.FILES.getlist("photos")):
            shot = actions.Shot(uuid.uuid5(form.cleaned_data["id"], str(number)), file)
            actions.keep_photograph(request.user, held.pk, shot)
            form.cleaned_data["photograph"] += (shot.id,)
        actions.record_result(request.user, held.pk, form.content())
    except ValidationError as error:
        form.add_error(None, error)
    except actions.Conflict as conflict:
        form.add_error(None, conflict_words(conflict.code))
    return not form.errors


def _form_context(held: ControlOrder) -> dict[str, Any]:
    begun = held.started_at
    spent = (timezone.now() - begun).total_seconds() / 60 if begun else held.minutes
    wanted = held.controls or [LANE_CONTROL[held.lane]]
    found = declared(held)
    told = {row["item_no"]: row["description"] or row["hs"] for row in found.items} if found else {}
    return {
        "order": held,
        "id": uuid.uuid4(),
        "minutes": max(1, min(round(spent), 600)),
        "controls": [(code, control_label(code)) for code in wanted],
        "areas": _areas(held),
        "items": [(n, told.get(n, "")) for n in range(1, held.items + 1)],
        "items_told": told and held.items < 9,
        "currency": held.currency or settings.CURRENCY,
        "back": reverse("control:my_order", args=[held.pk]),
    }


def _areas(held: ControlOrder) -> list[tuple[str, str]]:
    """Risk areas, the one that the order is about first."""
    return sorted(RiskArea.choices, key=lambda area: area[0] != held.risk_area)
