"""One profile: what it says, its versions, what happened to it, and the steps of its life."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tidewaiter.desks.targeting.actions import profiles as actions
from tidewaiter.desks.targeting.forms.profiles import (
    AREAS,
    CONTROLS,
    DIRECTION_WORDS,
    ProfileForm,
    RemarkForm,
)
from tidewaiter.desks.targeting.forms.studies import DaysForm
from tidewaiter.desks.targeting.models import ProfileVersion, Study
from tidewaiter.desks.targeting.queries import profiles as queries
from tidewaiter.desks.targeting.queries.shadow import watched
from tidewaiter.desks.targeting.queries.studies import studies as past_studies
from tidewaiter.desks.targeting.queries.versions import changed_fields, side_by_side
from tidewaiter.desks.targeting.rights import may_write
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.foureyes.queries import standing
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.tables import Column, Row, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from tidewaiter.desks.targeting.models import RiskProfile
    from tidewaiter.engine.risk.profiles import Profile

State = ProfileVersion.State
TONES = {
    State.DRAFT: "neutral",
    State.PROPOSED: "warn",
    State.REFUSED: "bad",
    State.SHADOW: "info",
    State.ACTIVE: "good",
    State.RETIRING: "warn",
    State.RETIRED: "neutral",
}
RESULTS = {
    True: (gettext_lazy("Find"), "bad"),
    False: (gettext_lazy("Nothing found"), "good"),
    None: (gettext_lazy("Nobody looked"), "neutral"),
}
EVENTS = {
    "draft": gettext_lazy("Draft written"),
    "propose": gettext_lazy("Proposed"),
    "withdraw": gettext_lazy("Proposal withdrawn"),
    "discard": gettext_lazy("Draft given up"),
    "approve": gettext_lazy("Approved, in force"),
    "shadow": gettext_lazy("Approved, watched in shadow"),
    "refuse": gettext_lazy("Refused"),
    "retire_propose": gettext_lazy("Retirement proposed"),
    "retire": gettext_lazy("Retired"),
    "retire_refuse": gettext_lazy("Retirement refused"),
    "expire": gettext_lazy("Not decided in time: given back"),
    "end": gettext_lazy("Its last day is over: retired"),
    "import": gettext_lazy("Imported by the operator, in force"),
}


def readable(request: HttpRequest, code: str) -> RiskProfile:
    found = queries.profile(request.user, code)
    if found is None:
        raise Http404
    return found


@requires("profiles.read")
@require_GET
def profile(request: HttpRequest, code: str) -> HttpResponse:
    """`?version=` shows another version than the one in force; `?against=` what it changes."""
    return _page(request, readable(request, code))


def _page(request: HttpRequest, found: RiskProfile, **forms: Any) -> HttpResponse:
    versions = queries.versions(found)
    shown = _chosen(versions, request.GET.get("version", "")) or _foremost(versions)
    content = shown.as_profile
    against = _chosen(versions, request.GET.get("against", "")) or _before(versions, shown)
    user = request.user
    writes = may_write(user, content.offices)
    context = {
        "profile": found,
        "version": shown,
        "content": content,
        "state": cells.badge(capfirst(str(shown.get_state_display())), TONES[State(shown.state)]),
        "area": AREAS.get(content.risk_area, content.risk_area),
        "controls": [CONTROLS.get(code, code) for code in content.controls],
        "directions": [DIRECTION_WORDS.get(code, code) for code in content.directions],
        "review_due": bool(content.review_on and content.review_on <= timezone.localdate()),
        "condition": queries.condition_lines(content.condition),
        "against": against,
        **_compared(against, content),
        "versions": [
            (v, cells.badge(capfirst(str(v.get_state_display())), TONES[State(v.state)]))
            for v in versions
        ],
        "events": [
            (e, EVENTS.get(e.what, e.what)) for e in found.events.select_related("actor")[:100]
        ],
        "may_edit": writes and not any(v.state == State.PROPOSED for v in versions),
        "may_propose": writes and shown.state == State.DRAFT,
        "standing": standing(user, actions.proposal_of(shown)),
        "may_retire": writes and shown.state == State.ACTIVE,
        "watched": _watched(request, shown),
        "remark_form": RemarkForm(),
        "days_form": DaysForm(),
        "tried": past_studies(request.user, Study.Kind.BACKTEST, found.code)[:5],
    } | forms
    return render(request, "targeting/profiles/profile.html", context, status=400 if forms else 200)


SHADOW = [
    Column(gettext_lazy("Declaration"), "code"),
    Column(gettext_lazy("Item"), "number"),
    Column(gettext_lazy("Office"), "code"),
    Column(gettext_lazy("Importer"), "clip"),
    Column(gettext_lazy("Commodity"), "code"),
    Column(gettext_lazy("Origin"), "code"),
    Column(gettext_lazy("Lane"), "shrink"),
    Column(gettext_lazy("Result"), "shrink"),
]


def _watched(request: HttpRequest, version: ProfileVersion) -> dict[str, Any] | None:
    """What the version hits, or hit, in shadow."""
    found = watched(request.user, version)
    if found is None:
        return None
    may_open = request.user.may("targeting.read")
    rows = [
        Row(
            [
                one["declaration_id"], str(one["item_no"]), one["office"] or formats.NOTHING,
                one["importer"] or formats.NOTHING, one["hs"] or formats.NOTHING,
                one["origin"] or formats.NOTHING, cells.lane(one["lane"] or ""),
                cells.badge(*RESULTS[one["found"]]),
            ],
            url=reverse("targeting:declaration", args=[one["declaration_id"]]) if may_open else "",
        )
        for one in found.latest.iter_rows(named=True)
    ]  # fmt: skip
    return {
        "figures": found,
        "table": Table(SHADOW, rows),
        "precision": formats.interval(
            found.precision.value, found.precision.low, found.precision.high
        ),
    }


def _compared(against: ProfileVersion | None, content: Profile) -> dict[str, Any]:
    """What the version changes: lines of the condition side by side, and a table of fields."""
    if against is None:
        return {}
    before = against.as_profile
    labels = {name: str(field.label) for name, field in ProfileForm.base_fields.items()}
    rows = [
        Row([labels[c.field], c.old or formats.NOTHING, c.new or formats.NOTHING])
        for c in changed_fields(before, content)
    ]
    columns = [Column(_("Field")), Column(_("Before")), Column(_("Now"))]
    return {
        "lines": side_by_side(before.condition, content.condition),
        "fields": Table(columns, rows) if rows else None,
    }


def _chosen(versions: list[ProfileVersion], asked: str) -> ProfileVersion | None:
    return next((v for v in versions if str(v.number) == asked), None)


def _foremost(versions: list[ProfileVersion]) -> ProfileVersion:
    """What waits for somebody comes first, then what is in force, then the newest."""
    order = (State.PROPOSED, State.RETIRING, State.SHADOW, State.ACTIVE, State.DRAFT)
    for state in order:
        for version in versions:
            if version.state == state:
                return version
    return versions[0]


def _before(versions: list[ProfileVersion], shown: ProfileVersion) -> ProfileVersion | None:
    """The version in force, or the one before: what an approver compares with."""
    active = [v for v in versions if v.state in (State.ACTIVE, State.RETIRING) and v != shown]
    earlier = [v for v in versions if v.number < shown.number]
    return next(iter(active + earlier), None)


def _step(
    request: HttpRequest, code: str, act: Callable[[ProfileVersion, str], object], done: str
) -> HttpResponse:
    """Carry out a step on the version that the form names; say what is wrong with it, if anything."""
    found = readable(request, code)
    version = _chosen(queries.versions(found), request.POST.get("version", ""))
    form = RemarkForm(request.POST)
    if version is None:
        form.add_error(None, _("There is no such version."))
    elif form.is_valid():
        try:
            act(version, form.cleaned_data["remark"])
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, done % {"code": found.code, "number": version.number})
            return redirect("targeting:profile", found.code)
    return _page(request, found, remark_form=form)


@requires("profiles.write")
@require_POST
def propose(request: HttpRequest, code: str) -> HttpResponse:
    def act(version: ProfileVersion, _remark: str) -> None:
        actions.propose(request.user, version)

    return _step(request, code, act, _("%(code)s, version %(number)s, is proposed."))


@requires("profiles.write")
@require_POST
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    def act(version: ProfileVersion, _remark: str) -> None:
        actions.withdraw(request.user, version)

    return _step(request, code, act, _("The proposal is withdrawn."))


@requires("profiles.write")
@require_POST
def discard(request: HttpRequest, code: str) -> HttpResponse:
    def act(version: ProfileVersion, _remark: str) -> None:
        actions.discard_draft(request.user, version)

    return _step(request, code, act, _("The draft is given up."))


@requires("profiles.write")
@require_POST
def retire(request: HttpRequest, code: str) -> HttpResponse:
    def act(version: ProfileVersion, remark: str) -> None:
        actions.propose_retirement(request.user, version, reason=remark)

    return _step(request, code, act, _("The retirement of %(code)s is proposed."))


@requires("profiles.approve")
@require_POST
def decide(request: HttpRequest, code: str) -> HttpResponse:
    agree = request.POST.get("agree") == "1"

    def act(version: ProfileVersion, remark: str) -> None:
        actions.decide(request.user, version, agree=agree, remark=remark)

    done = _("%(code)s, version %(number)s: agreed.") if agree else _("%(code)s: refused.")
    return _step(request, code, act, done)
