"""The list of profiles, and files of them in and out."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from tidewaiter.desks.targeting.actions import profiles as actions
from tidewaiter.desks.targeting.forms.profiles import AREAS, STEPS, FilterForm, UploadForm
from tidewaiter.desks.targeting.queries import profiles as queries
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.files import TOML, file_answer
from tidewaiter.platform.pages.tables import Column, Order, Pages, Row, Table, asked_page, chips

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from tidewaiter.desks.targeting.models import RiskProfile

SIZE = 50
COLUMNS = [
    Column(gettext_lazy("Code"), "code", sort="code"),
    Column(gettext_lazy("Title"), "clip", sort="title"),
    Column(gettext_lazy("Risk area"), sort="area"),
    Column(gettext_lazy("Severity"), "number", sort="severity"),
    Column(gettext_lazy("Lane"), "shrink", sort="lane"),
    Column(gettext_lazy("Offices"), "clip"),
    Column(gettext_lazy("Last day"), "code", sort="ends"),
    Column(gettext_lazy("State"), "shrink", sort="state"),
    Column(gettext_lazy("Pending"), "shrink"),
]
TONES = {"active": "good", "new": "neutral", "retired": "neutral"}


@requires("profiles.read")
@require_GET
def profiles(request: HttpRequest) -> HttpResponse:
    form = FilterForm(request.GET, user=request.user)
    order = Order.of(request, list(queries.ORDERS), "code")
    rows = queries.profiles(
        request.user, form.wanted(), order=order.key, descending=order.descending
    )
    first = (asked_page(request) - 1) * SIZE
    shown = list(rows[first : first + SIZE])
    labels = {name: str(field.label) for name, field in form.fields.items()}
    context = {
        "form": form,
        "table": Table(COLUMNS, [_row(profile) for profile in shown], order),
        "pages": Pages.of(request, size=SIZE, shown=len(shown), total=rows.count()),
        "chips": chips(request.GET, labels),
        "query": request.GET.urlencode(),
        "waiting": queries.waiting(request.user),
        "watched": queries.watched_enough(request.user),
        "reviews": queries.profiles(request.user, queries.Wanted(state=queries.REVIEW)).count(),
        "broken": queries.broken(request.user),
        "may_write": request.user.may("profiles.write"),
        "upload": UploadForm(),
    }
    return render(request, "targeting/profiles/list.html", context)


def _row(profile: RiskProfile) -> Row:
    offices = ", ".join(code for code in profile.offices.split("|") if code)
    step = STEPS.get(profile.pending or ("shadow" if profile.shadow else ""))
    return Row(
        [
            profile.code,
            profile.title,
            str(AREAS.get(profile.risk_area, profile.risk_area)),
            str(profile.severity),
            cells.badge(_("Mandatory"), "bad") if profile.mandatory else _lane(profile.lane),
            offices or _("all"),
            formats.day(profile.valid_to) if profile.valid_to else formats.NOTHING,
            cells.badge(capfirst(str(profile.get_state_display())), TONES[profile.state]),
            cells.badge(capfirst(str(step)), "warn") if step else "",
        ],
        url=reverse("targeting:profile", args=[profile.code]),
    )


def _lane(code: str) -> str:
    return cells.lane(code) if code else formats.NOTHING


@requires("profiles.read")
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """The profiles that match, as one TOML file that imports again."""
    form = FilterForm(request.GET, user=request.user)
    text = actions.export_profiles(request.user, queries.profiles(request.user, form.wanted()))
    return file_answer("profiles.toml", text, TOML)


@requires("profiles.write")
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Take in a file of profiles as drafts."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, _("Choose a TOML file."))
        return redirect("targeting:profiles")
    given = form.cleaned_data["file"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "profiles.toml"
        path.write_bytes(given.read())
        done = actions.import_profiles(request.user, [path], change=given.name)
    for problem in done.problems[:20]:
        messages.error(request, f"{problem.profile}: {problem.message}")
    count = len(done.versions)
    messages.success(
        request,
        ngettext("%(n)s draft made.", "%(n)s drafts made.", count) % {"n": formats.number(count)},
    )
    return redirect("targeting:profiles")
