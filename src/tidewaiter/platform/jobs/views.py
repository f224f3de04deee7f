"""Pages of jobs and schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tidewaiter.platform.accounts.access import requires, signed_in
from tidewaiter.platform.jobs import actions, queries
from tidewaiter.platform.jobs.models import Job, Schedule
from tidewaiter.platform.jobs.registry import KINDS
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.tables import Column, Order, Pages, Row, Table, asked_page, chips

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PAGE = 50
TONES = {
    "queued": "neutral",
    "running": "info",
    "done": "good",
    "failed": "bad",
    "cancelled": "warn",
}
COLUMNS = [
    Column(gettext_lazy("Number"), "shrink", sort="number"),
    Column(gettext_lazy("Work"), "clip", sort="work"),
    Column(gettext_lazy("State"), "shrink", sort="state"),
    Column(gettext_lazy("Progress"), "number"),
    Column(gettext_lazy("Asked by"), "code", sort="actor"),
    Column(gettext_lazy("Asked"), "shrink", sort="asked"),
    Column(gettext_lazy("Took"), "number", sort="took"),
]
# The status that tells htmx to stop asking: the job has ended.
STOP_POLLING = 286


@signed_in
@require_GET
def jobs(request: HttpRequest) -> HttpResponse:
    """An officer's own jobs, and with `jobs.read` those of his offices."""
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    order = Order.of(request, list(queries.ORDERS), "-asked")
    rows = queries.jobs(
        request.user, state=state, kind=kind, order=order.key, descending=order.descending
    )
    page = Paginator(rows, PAGE).get_page(asked_page(request))
    context = {
        "table": Table(COLUMNS, [_row(job) for job in page], order),
        "pages": Pages.of(request, size=PAGE, shown=len(page), total=page.paginator.count),
        "chips": chips(request.GET, {"state": _("State"), "kind": _("Kind")}),
        "state": state,
        "kind": kind,
        "states": Job.State.choices,
        "kinds": [(k.code, k.title) for k in sorted(KINDS.values(), key=lambda k: k.code)],
        "may_schedules": request.user.may("jobs.read"),
    }
    return render(request, "jobs/list.html", context)


@signed_in
@require_GET
def job(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "jobs/job.html", _job_context(request, pk))


@signed_in
@require_GET
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The moving part of the job page, asked for every second while the job goes on."""
    context = _job_context(request, pk)
    status = STOP_POLLING if context["job"].finished else 200
    return render(request, "jobs/_progress.html", context, status=status)


@signed_in
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    actions.cancel(request.user, _visible(request, pk))
    return redirect("jobs:job", pk=pk)


@signed_in
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    actions.retry(request.user, _visible(request, pk))
    return redirect("jobs:job", pk=pk)


@requires("jobs.read")
@require_GET
def schedules(request: HttpRequest) -> HttpResponse:
    user = request.user
    context = {
        "schedules": queries.schedules(),
        "may_manage": user.may("jobs.manage") and user.scope().national,
    }
    return render(request, "jobs/schedules.html", context)


@requires("jobs.manage")
@require_POST
def change_schedule(request: HttpRequest, pk: int) -> HttpResponse:
    schedule = get_object_or_404(Schedule, pk=pk)
    try:
        actions.change_schedule(
            request.user,
            schedule,
            cron=request.POST.get("cron", "").strip(),
            enabled="enabled" in request.POST,
        )
    except ValidationError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The schedule is changed."))
    return redirect("jobs:schedules")


@requires("jobs.manage")
@require_POST
def run_schedule(request: HttpRequest, pk: int) -> HttpResponse:
    job = actions.run_now(request.user, get_object_or_404(Schedule, pk=pk))
    return redirect("jobs:job", pk=job.pk)


def _row(job: Job) -> Row:
    percent = f"{job.percent} %" if job.percent is not None else ""
    asked_by = job.actor.username if job.actor else _("the house")
    took = formats.duration(job.elapsed) if job.started_at else ""
    return Row(
        [
            str(job.pk), cells.two_lines(job.title, job.text or job.error), _state(job), percent,
            asked_by, cells.when(job.created_at), took,
        ],
        url=reverse("jobs:job", args=[job.pk]),
    )  # fmt: skip


def _state(job: Job) -> str:
    return cells.badge(job.get_state_display(), TONES[job.state])


def _visible(request: HttpRequest, pk: int) -> Job:
    try:
        return queries.job(request.user, pk)
    except Job.DoesNotExist:
        raise Http404 from None


def _job_context(request: HttpRequest, pk: int) -> dict[str, object]:
    job = _visible(request, pk)
    manages = request.user.may("jobs.manage")
    own = job.actor_id == request.user.pk
    return {
        "job": job,
        "state": _state(job),
        "may_change": own or manages,
        "may_see_traceback": manages,
        "may_retry": (own or manages) and job.state in (Job.State.FAILED, Job.State.CANCELLED),
    }
