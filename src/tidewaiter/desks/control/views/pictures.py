"""Photographs, as the vault holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from tidewaiter.desks.control import actions
from tidewaiter.desks.control.models import Photograph
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.handling import choices
from tidewaiter.platform.vault.responses import (
    file_response,
    thumbnail_response,
    view_response,
)

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from tidewaiter.desks.control.models.results import PhotographRows


def _answer(request: HttpRequest, rows: PhotographRows, pk: UUID) -> HttpResponse:
    """A copy for looking at, with `?small` a small one; with `?original` what the camera made, for
    download."""
    one = rows.select_related("file").filter(pk=pk).first()
    if one is None:
        raise Http404
    if "original" in request.GET:
        return file_response(one.file)
    return thumbnail_response(one.file) if "small" in request.GET else view_response(one.file)


@requires("control.read")
@require_GET
def photograph(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _answer(request, Photograph.objects.visible_to(request.user), pk)


@requires("control.supervise")
@require_POST
def set_handling(request: HttpRequest, pk: UUID) -> HttpResponse:
    rows = Photograph.objects.visible_to(request.user).select_related("order")
    one = get_object_or_404(rows, pk=pk)
    asked = request.POST.get("handling", "")
    if asked not in {str(level) for level, _label in choices(request.user)}:
        return HttpResponseBadRequest()
    actions.set_handling(request.user, one, int(asked))
    return redirect("control:order", one.order_id)


@requires("control.perform")
@require_GET
def my_photograph(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _answer(request, Photograph.objects.held_by(request.user), pk)
