"""The editor of a profile: the text is checked while it is written, and tried on the last month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tidewaiter.desks.targeting.actions import profiles as actions
from tidewaiter.desks.targeting.actions.lists import lists_for
from tidewaiter.desks.targeting.actions.studies import ask_for_backtest, ask_for_past
from tidewaiter.desks.targeting.forms.profiles import ProfileForm
from tidewaiter.desks.targeting.forms.studies import usual_days
from tidewaiter.desks.targeting.models import ProfileVersion
from tidewaiter.desks.targeting.queries import profiles as queries
from tidewaiter.desks.targeting.queries.trial import NotKeptYet, glance, trial
from tidewaiter.desks.targeting.views.profile import readable
from tidewaiter.engine.risk.language import Problem, check
from tidewaiter.engine.risk.language.completion import complete
from tidewaiter.engine.risk.profiles import Profile
from tidewaiter.engine.risk.schema import SCHEMA
from tidewaiter.platform.accounts.access import requires

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from tidewaiter.desks.targeting.models import RiskProfile
    from tidewaiter.platform.accounts.models import User

State = ProfileVersion.State
NEW = Profile("", "", "")


@requires("profiles.write")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, initial=ProfileForm.initial_of(NEW))
    return _edit(request, form, None)


@requires("profiles.write")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """The draft of a profile, or a new version that starts from the one in force."""
    found = readable(request, code)
    versions = queries.versions(found)
    states = (State.DRAFT, State.ACTIVE, State.RETIRING)
    start = next((v for s in states for v in versions if v.state == s), versions[0])
    initial = ProfileForm.initial_of(start.as_profile)
    if start.state == State.DRAFT:
        initial |= {
            "change": start.change, "seen": start.digest, "shadow_days": start.shadow_days,
        }  # fmt: skip
    return _edit(
        request, ProfileForm(request.POST or None, initial=initial, fixed_code=code), found
    )


def _edit(request: HttpRequest, form: ProfileForm, found: RiskProfile | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        response = _save(request, form)
        if response is not None:
            return response
    text = form["condition"].value() or ""
    context = {"form": form, "profile": found, "checked": _checked(request.user, text, len(text))}
    context |= {"facts": SCHEMA.values(), "lists": sorted(lists_for(request.user))}
    status = 400 if request.method == "POST" else 200
    return render(request, "targeting/profiles/edit.html", context, status=status)


def _save(request: HttpRequest, form: ProfileForm) -> HttpResponse | None:
    """Save the draft, and propose it if that was asked; None when the form must be shown again."""
    profile = form.profile()
    proposes = "propose" in request.POST
    try:
        save = actions.save_and_propose if proposes else actions.save_draft
        given = form.cleaned_data
        version = save(
            request.user, profile, change=given["change"], seen=given["seen"],
            shadow_days=given["shadow_days"] or 0,
        )  # fmt: skip
        if "backtest" in request.POST:
            return redirect(
                "targeting:backtest", ask_for_backtest(request.user, version, *usual_days()).pk
            )
    except ValidationError as error:
        told = error.message_dict if hasattr(error, "error_dict") else {None: error.messages}
        for field, texts in told.items():
            form.add_error(field if field in form.fields else None, texts)
        return None
    done = _("%(code)s is proposed.") if proposes else _("Draft of %(code)s saved.")
    messages.success(request, done % {"code": profile.code})
    return redirect("targeting:profile", profile.code)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the condition: with the problem that lies there, if one does."""

    text: str
    level: str = ""


def _checked(user: User, text: str, caret: int) -> dict[str, object]:
    """What the panel beside the text shows."""
    lists = lists_for(user)
    checked = check(text, SCHEMA, lists)
    return {
        "text": text,
        "problems": [(problem, problem.say(_)) for problem in checked.problems],
        "pieces": _pieces(text, [p for p in checked.problems if p.end > p.start]),
        "lines": queries.condition_lines(text) if checked.tree else [],
        "suggestions": complete(text, caret, SCHEMA, lists, limit=24),
        "good": checked.tree is not None,
    }


def _pieces(text: str, problems: list[Problem]) -> list[Piece]:
    """The text cut at its problems; where they overlap the first one counts."""
    pieces: list[Piece] = []
    place = 0
    for problem in sorted(problems, key=lambda p: (p.start, p.end)):
        if problem.start < place:
            continue
        pieces.append(Piece(text[place : problem.start]))
        pieces.append(Piece(text[problem.start : problem.end], problem.level))
        place = problem.end
    pieces.append(Piece(text[place:]))
    return [piece for piece in pieces if piece.text]


@requires("profiles.write")
@require_POST
def check_text(request: HttpRequest) -> HttpResponse:
    """Asked while the officer types: `condition`, and `caret` for what may come next."""
    # Browsers send line ends as two characters; the text area counts one.
    text = request.POST.get("condition", "").replace("\r\n", "\n")[:5000]
    asked = request.POST.get("caret", "")
    caret = min(int(asked), len(text)) if asked.isascii() and asked.isdigit() else len(text)
    checked = _checked(request.user, text, caret)
    found = glance(request.user, Profile("", "", text)) if checked["good"] else None
    context = {"checked": checked, "glance": found}
    return render(request, "targeting/profiles/checked.html", context)


@requires("profiles.read")
@require_POST
def try_out(request: HttpRequest) -> HttpResponse:
    """What the condition, in its scope, would have found in the last month."""
    form = ProfileForm(request.POST)
    form.is_valid()
    profile = form.profile()
    wrong = check(profile.condition, SCHEMA, lists_for(request.user)).errors
    context: dict[str, object] = {
        "wrong": bool(wrong),
        "may_open": request.user.may("targeting.read"),
    }
    try:
        context["trial"] = None if wrong else trial(request.user, profile)
    except NotKeptYet:
        ask_for_past(request.user)
        context["not_kept"] = True
    return render(request, "targeting/profiles/trial.html", context)
