"""End-points of the offline client: the same forms and actions as the pages, answers as JSON.

201 taken, 200 had been taken before, 400 invalid (with `errors` by field), 404 not the officer's,
409 cannot be taken (with `code`), 503 cannot be taken now. Sending again is always safe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tidewaiter.desks.control import actions
from tidewaiter.desks.control.forms import PhotographForm, ResultForm, StartForm
from tidewaiter.desks.control.models import ControlOrder
from tidewaiter.desks.control.script import worker_script
from tidewaiter.desks.control.views.words import conflict_words
from tidewaiter.platform.accounts.access import public, requires
from tidewaiter.platform.vault.antivirus import NotScanned

if TYPE_CHECKING:
    from collections.abc import Callable

    from django import forms
    from django.http import HttpRequest


@public
@require_GET
def worker(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  Django passes it
    """The service worker. Its address decides what it may answer for: /control/ and below."""
    response = HttpResponse(worker_script(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@requires("control.perform")
@require_GET
@never_cache
def session(request: HttpRequest) -> JsonResponse:
    """Who is signed in, and the token to send with."""
    return JsonResponse({"officer": request.user.username, "token": get_token(request)})


def _refused(code: str, status: int, **more: Any) -> JsonResponse:
    return JsonResponse({"code": code, "message": conflict_words(code), **more}, status=status)


def _invalid(errors: dict[str, list[str]]) -> JsonResponse:
    text = " ".join(one for told in errors.values() for one in told)
    return JsonResponse({"code": "invalid", "message": text, "errors": errors}, status=400)


def _answer(request: HttpRequest, act: Callable[[], JsonResponse]) -> JsonResponse:
    """Carry out an action and put what goes wrong into the terms of the client."""
    if request.POST.get("officer", request.user.username) != request.user.username:
        return _refused("other_officer", 409)
    try:
        return act()
    except ControlOrder.DoesNotExist:
        return _refused("unknown", 404)
    except actions.Conflict as conflict:
        return _refused(conflict.code, 409, **conflict.detail)
    except NotScanned as error:
        told = {"code": "not_scanned", "message": " ".join(error.messages)}
        return JsonResponse(told, status=503)
    except ValidationError as error:
        return _invalid({"": error.messages})


def _errors(form: forms.Form) -> dict[str, list[str]]:
    return {name: [str(one) for one in told] for name, told in form.errors.items()}


@requires("control.perform")
@require_POST
def start(request: HttpRequest, pk: int) -> JsonResponse:
    form = StartForm(request.POST)
    if not form.is_valid():
        return _invalid(_errors(form))

    def act() -> JsonResponse:
        order = actions.start(request.user, pk, form.cleaned_data["at"])
        return JsonResponse({"state": order.state}, status=200)

    return _answer(request, act)


@requires("control.perform")
@require_POST
def photograph(request: HttpRequest, pk: int) -> JsonResponse:
    form = PhotographForm(request.POST, request.FILES)
    if not form.is_valid():
        return _invalid(_errors(form))
    shot = actions.Shot(**form.cleaned_data)

    def act() -> JsonResponse:
        kept = actions.keep_photograph(request.user, pk, shot)
        return JsonResponse({"id": str(kept.pk), "sha256": kept.file_id}, status=201)

    return _answer(request, act)


@requires("control.perform")
@require_POST
def result(request: HttpRequest, pk: int) -> JsonResponse:
    order = ControlOrder.objects.filter(pk=pk, assignments__inspector=request.user).first()
    if order is None:
        return _refused("unknown", 404)
    form = ResultForm(request.POST, order=order)
    if not form.is_valid():
        return _invalid(_errors(form))

    def act() -> JsonResponse:
        recorded, new = actions.record_result(request.user, pk, form.content())
        told = {"id": str(recorded.pk), "recorded_at": recorded.recorded_at.isoformat()}
        return JsonResponse(told, status=201 if new else 200)

    return _answer(request, act)
