"""Handing in files from the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages as toasts
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from tidewaiter.desks.intake import queries
from tidewaiter.desks.intake.actions import submit
from tidewaiter.desks.intake.forms.upload import UploadForm
from tidewaiter.engine.messages.carriers import printable
from tidewaiter.engine.messages.tabular.mapping_file import parse
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.jobs.actions import enqueue

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from tidewaiter.platform.journal.models import Message


@requires("intake.submit")
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    names = [one.name for one in queries.newest_mappings()]
    form = UploadForm(request.POST or None, request.FILES or None, mappings=names)
    if request.method == "POST" and form.is_valid():
        return _taken(request, form)
    status = 400 if request.method == "POST" else 200
    return render(request, "intake/upload.html", _context(request, form), status=status)


def _context(request: HttpRequest, form: UploadForm) -> dict[str, object]:
    return {"form": form, "may_read": request.user.may("intake.read")}


def _taken(request: HttpRequest, form: UploadForm) -> HttpResponse:
    """Each file is safe in the journal before the page answers; recording follows in a job."""
    taken = [_submitted(request, form, file) for file in form.cleaned_data["messages"]]
    fresh = [m for m in taken if m.state == m.State.RECEIVED and not m.seen_again]
    known = [m for m in taken if m.seen_again]
    for message in fresh:
        enqueue(
            "intake.record",
            actor=request.user,
            title=message.name,
            office=message.office,
            message=message.pk,
        )
    if fresh:
        toasts.success(
            request,
            ngettext(
                "%(count)s file is safe and is being read.",
                "%(count)s files are safe and are being read.",
                len(fresh),
            )
            % {"count": len(fresh)},
        )
    for message in known:
        toasts.info(
            request,
            _("%(name)s was received before, as message %(number)s. Nothing is counted twice.")
            % {"name": message.name, "number": message.pk},
        )
    if len(taken) == 1 and request.user.may("intake.read"):
        return redirect("intake:message", pk=taken[0].pk)
    return redirect("intake:messages" if request.user.may("intake.read") else "intake:upload")


def _submitted(request: HttpRequest, form: UploadForm, file: object) -> Message:
    chosen = queries.versions_of(form.cleaned_data["mapping"]).first()
    return submit(
        request.user,
        file,
        name=printable(file.name, 300),
        stream=form.cleaned_data["stream"],
        sender=form.cleaned_data["sender"],
        reference=form.cleaned_data["reference"],
        mapping=parse(chosen.toml).as_dict() if chosen else None,
    )
