"""What if: another selection policy tried on the last month, beside the one in force."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from tidewaiter.desks.targeting.actions import whatif
from tidewaiter.desks.targeting.actions.policy import in_force
from tidewaiter.desks.targeting.forms.policy import FiguresForm
from tidewaiter.desks.targeting.forms.worklist import STEP_WORDS
from tidewaiter.desks.targeting.queries.policy import named
from tidewaiter.desks.targeting.rights import may_propose_policy
from tidewaiter.engine.risk.selection.consequences import FIGURES
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.charts import Chart, Series
from tidewaiter.platform.pages.files import TOML, file_answer, frame_answer
from tidewaiter.platform.pages.tables import Column, Row, Table

if TYPE_CHECKING:
    from django.http import HttpRequest

    from tidewaiter.platform.jobs.models import Job

TITLES = {
    "lane": gettext_lazy("Lanes"),
    "step": gettext_lazy("Steps that choose"),
    "office": gettext_lazy("Offices"),
    "trader": gettext_lazy("Traders controlled most"),
}
NAMES = {
    "lane": gettext_lazy("Lane"),
    "step": gettext_lazy("Selected by"),
    "office": gettext_lazy("Office"),
    "trader": gettext_lazy("Importer"),
}
FIGURE_COLUMNS = [
    Column(gettext_lazy("Controls, now → then"), "number"),
    Column(gettext_lazy("Finds expected"), "number"),
    Column(gettext_lazy("Revenue expected"), "number"),
    Column(gettext_lazy("Finds known"), "number"),
]
LOAD_COLUMNS = [
    Column(gettext_lazy("Office"), "code"),
    Column(gettext_lazy("Control"), "code"),
    Column(gettext_lazy("Minutes a day now"), "number"),
    Column(gettext_lazy("of"), "number"),
    Column(gettext_lazy("Minutes a day then"), "number"),
    Column(gettext_lazy("of"), "number"),
    Column(gettext_lazy("Days beyond, now"), "number"),
    Column(gettext_lazy("Days beyond, then"), "number"),
]
TRIALS = [
    Column(gettext_lazy("Trial"), "shrink"),
    Column(gettext_lazy("State"), "shrink"),
    Column(gettext_lazy("Asked"), "shrink"),
]


@requires("targeting.read")
@require_http_methods(["GET", "POST"])
def what_if(request: HttpRequest) -> HttpResponse:
    """`version`: begin with the figures of that one instead of those in force."""
    now = in_force()
    given = request.POST if request.method == "POST" else request.GET
    base = named(request.user, given.get("version", ""))
    form = FiguresForm(
        request.POST or None,
        now=now.as_policy,
        base=base.as_policy if base else None,
        capacity=True,
    )
    if form.is_valid():
        job = whatif.ask(request.user, form.policy, form.capacity)
        return redirect("targeting:what_if_trial", job.pk)
    context = {"form": form, "now": now, "base": base, "trials": _trials(request)}
    return render(
        request, "targeting/whatif/form.html", context, status=400 if form.errors else 200
    )


def _trials(request: HttpRequest) -> Table:
    rows = [
        Row(
            [
                str(job.pk),
                cells.badge(job.get_state_display(), "neutral"),
                cells.when(job.created_at),
            ],
            url=reverse("targeting:what_if_trial", args=[job.pk]),
        )
        for job in whatif.trials(request.user)
    ]
    return Table(TRIALS, rows)


@requires("targeting.read")
@require_GET
def trial(request: HttpRequest, pk: int) -> HttpResponse:
    job = _own(request, pk)
    found = whatif.consequences(job)
    context: dict[str, Any] = {
        "job": job, "found": found, "may_export": request.user.may("targeting.export"),
        "may_propose": may_propose_policy(request.user) and job.actor_id == request.user.pk,
    }  # fmt: skip
    if found:
        context |= {
            "since": date.fromisoformat(found["since"]),
            "until": date.fromisoformat(found["until"]),
            "stats": stats_of(found["all"][0]),
            "chart": _chart(found["day"]),
            "tables": [(by, title, _table(by, found[by])) for by, title in TITLES.items()],
            "load": Table(LOAD_COLUMNS, [_load(line) for line in found["load"]]),
        }
    response = render(request, "targeting/whatif/trial.html", context)
    if job.finished and "HX-Request" in request.headers:
        response["HX-Refresh"] = "true"  # the head and the charts of the page change, too
    return response


def _own(request: HttpRequest, pk: int) -> Job:
    job = whatif.trial(request.user, pk)
    if job is None:
        raise Http404
    return job


def stats_of(line: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Label, figure with the changed policy, the same with the one in force."""
    currency = settings.CURRENCY

    def both(name: str, write: Any) -> tuple[str, str]:
        told = {"figure": write(line[f"{name}_now"])}
        return write(line[f"{name}_then"]), gettext("%(figure)s with the policy in force") % told

    rates = {side: _rate(line, side) for side in (whatif.NOW, whatif.THEN)}
    return [
        (gettext("Controls"), *both("controls", formats.number)),
        (gettext("Finds expected"), *both("finds", lambda v: formats.number(v, 0))),
        (
            gettext("Expected finds a control"), formats.percent(rates[whatif.THEN]),
            gettext("%(figure)s with the policy in force")
            % {"figure": formats.percent(rates[whatif.NOW])},
        ),
        (gettext("Revenue expected"), *both("revenue", lambda v: formats.money(v, currency, 0))),
        (gettext("Controlled in fact"), *both("known", formats.number)),
        (gettext("Found in these"), *both("found", formats.number)),
    ]  # fmt: skip


def _rate(line: dict[str, Any], side: str) -> float | None:
    controls = line[f"controls_{side}"]
    return line[f"finds_{side}"] / controls if controls else None


def _chart(days: list[dict[str, Any]]) -> Chart:
    return Chart(
        kind="line",
        categories=[line["name"] for line in days],
        series=[
            Series(gettext("In force"), [line["controls_now"] for line in days], tone="neutral"),
            Series(gettext("Changed"), [line["controls_then"] for line in days]),
        ],
        axis=gettext("Controls a day"),
    )


def _table(by: str, lines: list[dict[str, Any]]) -> Table:
    """Of lanes and steps only what is controlled; the number of declarations differs there."""
    chosen = by in ("lane", "step")
    shown = [ln for ln in lines if not chosen or ln["controls_now"] or ln["controls_then"]]
    columns = [Column(NAMES[by], "shrink" if by == "lane" else "code")]
    if not chosen:
        columns.append(Column(gettext_lazy("Declarations"), "number"))
    return Table([*columns, *FIGURE_COLUMNS], [_row(by, line, counts=not chosen) for line in shown])


def _row(by: str, line: dict[str, Any], *, counts: bool) -> Row:
    name = line["name"] or formats.NOTHING
    if by == "lane":
        name = cells.lane(line["name"])
    elif by == "step":
        name = str(STEP_WORDS.get(line["name"], line["name"]))
    declared = max(line["declared_now"], line["declared_then"])
    sides = (whatif.NOW, whatif.THEN)
    share_of = declared if by == "trader" else 0
    return Row(
        [
            name,
            *([formats.number(declared)] if counts else []),
            _both(*(_controls(line[f"controls_{side}"], share_of) for side in sides)),
            _both(*(formats.number(line[f"finds_{side}"], 1) for side in sides)),
            _both(*(formats.money(line[f"revenue_{side}"], "", 0) for side in sides)),
            _both(*(_known(line[f"found_{side}"], line[f"known_{side}"]) for side in sides)),
        ]
    )


def _both(now: str, then: str) -> str:
    return gettext("%(now)s → %(then)s") % {"now": now, "then": then}


def _known(found: int, known: int) -> str:
    told = {"found": formats.number(found), "known": formats.number(known)}
    return gettext("%(found)s of %(known)s") % told


def _controls(controls: int, share_of: int) -> str:
    """A number, of a trader with its share of the declarations."""
    told = formats.number(controls)
    return f"{told} ({formats.percent(controls / share_of, 0)})" if share_of else told


def _load(line: dict[str, Any]) -> Row:
    return Row(
        [
            line["office"] or formats.NOTHING,
            line["control"],
            *[
                formats.number(line[f"{figure}_{side}"], 0) if figure == "minutes"
                else formats.number(line[f"{figure}_{side}"] or None, 0)
                for side in ("now", "then") for figure in ("minutes", "capacity")
            ],
            *[formats.number(line[f"over_{side}"]) for side in ("now", "then")],
        ],
        tone="warn" if line["over_then"] > line["over_now"] else "",
    )  # fmt: skip


@requires("targeting.export")
@require_GET
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """All figures of a trial, one row a lane, step, office, day or trader."""
    job = _own(request, pk)
    found = whatif.consequences(job)
    if found is None:
        raise Http404
    sides = (whatif.NOW, whatif.THEN)
    names = ["by", "name", *(f"{n}_{s}" for n in ("declared", *FIGURES) for s in sides)]
    lines = [{"by": by, **line} for by in whatif.GROUPS for line in found[by]]
    record(request.user, "policy.export", str(job.pk), rows=len(lines))
    rows = pl.DataFrame(lines, infer_schema_length=None).select(names)
    return frame_answer(f"what-if-{job.pk}.csv", rows)


@requires("targeting.read")
@require_GET
def policy(request: HttpRequest, pk: int) -> HttpResponse:
    """The policy that was tried, as a file that imports as a proposal."""
    job = _own(request, pk)
    return file_answer("policy.toml", job.parameters["policy"], TOML)
