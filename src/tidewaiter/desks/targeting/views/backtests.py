"""Backtests: a version of a profile tried on past days, its answer with figures and charts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tidewaiter.desks.targeting.actions.studies import ask_for_backtest
from tidewaiter.desks.targeting.forms.studies import DaysForm
from tidewaiter.desks.targeting.models import Study
from tidewaiter.desks.targeting.queries import profiles as profile_queries
from tidewaiter.desks.targeting.queries import studies as queries
from tidewaiter.desks.targeting.views.answers import shown_answer
from tidewaiter.desks.targeting.views.profile import readable
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.files import frame_answer
from tidewaiter.platform.pages.tables import Column, Order, Pages, Row, Table, asked_page

if TYPE_CHECKING:
    from django.http import HttpRequest

SIZE = 50
BACKTEST = Study.Kind.BACKTEST
COLUMNS = [
    Column(gettext_lazy("Profile"), "code", sort="profile"),
    Column(gettext_lazy("Version"), "number"),
    Column(gettext_lazy("Days"), "code", sort="since"),
    Column(gettext_lazy("Items hit"), "number"),
    Column(gettext_lazy("Finds among the controlled"), "number"),
    Column(gettext_lazy("Asked by"), "code"),
    Column(gettext_lazy("Asked"), "shrink", sort="asked_at"),
]


@requires("profiles.read")
@require_GET
def backtests(request: HttpRequest) -> HttpResponse:
    code = request.GET.get("profile", "")
    order = Order.of(request, queries.ORDERS, "-asked_at")
    key = {"profile": "profile__code"}.get(order.key, order.key)
    rows = queries.studies(request.user, BACKTEST, code)
    rows = rows.order_by(f"-{key}" if order.descending else key, "-pk").defer("content")
    first = (asked_page(request) - 1) * SIZE
    shown = list(rows[first : first + SIZE])
    context = {
        "table": Table(COLUMNS, [row(study) for study in shown], order),
        "pages": Pages.of(request, size=SIZE, shown=len(shown), total=rows.count()),
        "code": code,
    }
    return render(request, "targeting/studies/backtests.html", context)


def row(study: Study) -> Row:
    result = study.result or {}
    ours = result.get("ours")
    return Row(
        [
            study.profile.code if study.profile else "",
            str(study.version),
            f"{formats.day(study.since)} – {formats.day(study.until)}",
            formats.number(ours["items"]) if ours else "",
            formats.interval(*ours["precision"]) if ours else "",
            study.asked_by.username,
            cells.when(study.asked_at),
        ],
        url=reverse("targeting:backtest", args=[study.pk]),
    )


@requires("profiles.read")
@require_POST
def ask(request: HttpRequest, code: str) -> HttpResponse:
    """Try the version that the form names on the days it names."""
    found = readable(request, code)
    asked = request.POST.get("version", "")
    version = next((v for v in profile_queries.versions(found) if str(v.number) == asked), None)
    form = DaysForm(request.POST)
    if version is None or not form.is_valid():
        told = [text for texts in form.errors.values() for text in texts]
        messages.error(request, " ".join(told) or _("There is no such version."))
        return redirect("targeting:profile", code)
    try:
        study = ask_for_backtest(request.user, version, **form.cleaned_data)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("targeting:profile", code)
    return redirect("targeting:backtest", study.pk)


@requires("profiles.read")
@require_GET
def backtest(request: HttpRequest, pk: int) -> HttpResponse:
    study = _or_404(request, pk)
    context: dict[str, Any] = waiting(request, study) | {
        "may_export": request.user.may("targeting.export"),
        "profile": study.profile,
    }
    if study.result is not None:
        context |= shown_answer(request, study)
    return render(request, "targeting/studies/backtest.html", context)


def waiting(request: HttpRequest, study: Study) -> dict[str, Any]:
    """What a page of a study says while its job works."""
    job = queries.job_of(request.user, study) if study.result is None else None
    return {
        "study": study,
        "job": job,
        "may_stop": job is not None and job.actor_id == request.user.pk,
    }


@requires("profiles.read")
@require_GET
def progress(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """The moving part of a page that waits; the whole page anew when the answer is there."""
    study = queries.study(request.user, kind, pk)
    if study is None:
        raise Http404
    context = waiting(request, study)
    response = render(request, "targeting/studies/_waiting.html", context)
    if study.result is not None or (context["job"] and context["job"].finished):
        response["HX-Refresh"] = "true"
    return response


@requires("targeting.export")
@require_GET
def export(request: HttpRequest, pk: int) -> HttpResponse:
    study = _or_404(request, pk)
    items = queries.exported(request.user, study)
    return frame_answer(f"backtest-{study.profile.code}-{study.pk}.csv", items)


def _or_404(request: HttpRequest, pk: int) -> Study:
    study = queries.study(request.user, BACKTEST, pk)
    if study is None:
        raise Http404
    return study
