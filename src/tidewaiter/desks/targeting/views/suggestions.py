"""What past days suggest about the profiles in force, and new conditions grown from finds."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tidewaiter.desks.targeting.actions.studies import ask_for_suggestions
from tidewaiter.desks.targeting.actions.suggesting import draft_of
from tidewaiter.desks.targeting.forms.studies import DaysForm
from tidewaiter.desks.targeting.models import Study
from tidewaiter.desks.targeting.queries import profiles as profile_queries
from tidewaiter.desks.targeting.queries import studies as queries
from tidewaiter.desks.targeting.views.backtests import waiting
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.tables import Column, Pages, Row, Table, asked_page

if TYPE_CHECKING:
    from django.http import HttpRequest

SIZE = 30
SUGGESTIONS = Study.Kind.SUGGESTIONS
RUNS = [
    Column(gettext_lazy("Days"), "code"),
    Column(gettext_lazy("Profiles to look at"), "number"),
    Column(gettext_lazy("New conditions"), "number"),
    Column(gettext_lazy("Asked by"), "code"),
    Column(gettext_lazy("Asked"), "shrink"),
]
STANDINGS = [
    Column(gettext_lazy("Risk profile"), "code"),
    Column(gettext_lazy("What is wrong")),
    Column(gettext_lazy("Items hit"), "number"),
    Column(gettext_lazy("Hit by no other"), "number"),
    Column(gettext_lazy("Finds"), "number"),
    Column(gettext_lazy("Precision"), "number"),
]
VERDICTS = {
    "nothing": gettext_lazy("hits nothing"),
    "everything": gettext_lazy("hits more than half of all items"),
    "only_others": gettext_lazy("hits only what others hit"),
    "poor": gettext_lazy("finds less often than all controls do"),
}


@requires("profiles.read")
@require_GET
def suggestions(request: HttpRequest) -> HttpResponse:
    rows = queries.studies(request.user, SUGGESTIONS)
    first = (asked_page(request) - 1) * SIZE
    shown = list(rows[first : first + SIZE])
    context = {
        "form": DaysForm(),
        "table": Table(RUNS, [_run(study) for study in shown]),
        "pages": Pages.of(request, size=SIZE, shown=len(shown), total=rows.count()),
    }
    return render(request, "targeting/studies/suggestions.html", context)


def _run(study: Study) -> Row:
    result = study.result or {}
    wrong = [one for one in result.get("profiles", ()) if one["verdict"]]
    return Row(
        [
            f"{formats.day(study.since)} – {formats.day(study.until)}",
            formats.number(len(wrong)) if result else "",
            formats.number(len(result.get("grown", ()))) if result else "",
            study.asked_by.username,
            cells.when(study.asked_at),
        ],
        url=reverse("targeting:suggestion", args=[study.pk]),
    )


@requires("profiles.read")
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    form = DaysForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(text for texts in form.errors.values() for text in texts))
        return redirect("targeting:suggestions")
    return redirect(
        "targeting:suggestion", ask_for_suggestions(request.user, **form.cleaned_data).pk
    )


@requires("profiles.read")
@require_GET
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    study = _or_404(request, pk)
    context: dict[str, Any] = waiting(request, study)
    if study.result is not None:
        context |= _shown(request, study.result)
    return render(request, "targeting/studies/suggestion.html", context)


def _shown(request: HttpRequest, result: dict[str, Any]) -> dict[str, Any]:
    wrong = [one for one in result.get("profiles", ()) if one["verdict"]]
    seen = queries.seen_codes(request.user, [one["code"] for one in wrong])
    grown = [
        {
            "lines": profile_queries.condition_lines(one["condition"]),
            "hits": one["hits"],
            "earlier": formats.percent(one["finds"] / max(one["controlled"], 1)),
            "finds": one["later_finds"],
            "controlled": one["later_controlled"],
            "precision": formats.interval(*one["later"]),
        }
        for one in result.get("grown", ())
    ]
    return {
        "answer": result,
        "standings": Table(STANDINGS, [_standing(one) for one in wrong if one["code"] in seen]),
        "grown": grown,
        "split": date.fromisoformat(result["split"]) if result.get("split") else None,
        "later": formats.interval(*result.get("later", (None, None, None))),
        "may_write": request.user.may("profiles.write"),
    }


def _standing(one: dict[str, Any]) -> Row:
    return Row(
        [
            one["code"],
            str(VERDICTS[one["verdict"]]),
            formats.number(one["hits"]),
            formats.number(one["alone"]),
            f"{formats.number(one['finds'])} / {formats.number(one['controlled'])}",
            formats.interval(*one["precision"]),
        ],
        url=reverse("targeting:profile", args=[one["code"]]),
    )


@requires("profiles.write")
@require_POST
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a draft of a condition that was grown; its author goes on in the editor."""
    study = _or_404(request, pk)
    place = request.POST.get("place", "")
    try:
        number = int(place) if place.isascii() and place.isdigit() and len(place) < 5 else -1
        version = draft_of(request.user, study, number)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("targeting:suggestion", pk)
    messages.success(request, _("A draft is made. Give it a title, a reason and a lane."))
    return redirect("targeting:profile_edit", version.profile.code)


def _or_404(request: HttpRequest, pk: int) -> Study:
    study = queries.study(request.user, SUGGESTIONS, pk)
    if study is None:
        raise Http404
    return study
