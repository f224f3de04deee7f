"""Saying what the columns of a table hold: proposed, confirmed, tried, saved, read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages as toasts
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tidewaiter.desks.intake import queries
from tidewaiter.desks.intake.actions import save_mapping
from tidewaiter.desks.intake.forms import columns as forms
from tidewaiter.desks.intake.trial import tried
from tidewaiter.desks.intake.views.messages import again, visible
from tidewaiter.engine.messages.reading import Unreadable, look
from tidewaiter.engine.messages.tabular.mapping import MappingError
from tidewaiter.engine.messages.tabular.mapping_file import build, dump
from tidewaiter.platform.accounts.access import check, requires
from tidewaiter.platform.journal.spool import spool_path

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from tidewaiter.desks.intake.forms.columns import ColumnsForm
    from tidewaiter.engine.messages.reading import Look
    from tidewaiter.engine.messages.tabular.mapping import Mapping
    from tidewaiter.platform.journal.models import Message


@requires("intake.submit")
@require_http_methods(["GET", "POST"])
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """The page that appears for an unknown header, and mends a wrong mapping."""
    message = visible(request, pk)
    table = _table(message)
    before = _before(message)
    if request.method == "GET":
        form = (
            forms.saved(table.header, table.proposal, before)
            if before
            else forms.proposed(table.header, table.proposal, message.sender)
        )
        return _page(request, message, form)
    form = forms.posted(table.header, table.proposal, request.POST, before)
    last = queries.versions_of(form.name.strip()).first()
    mapping = form.mapping((last.version if last else 0) + 1)
    if mapping is None:
        return _page(request, message, form, status=400)
    if request.POST.get("do") == "try":
        return _page(request, message, form, trial=tried(message, mapping))
    return _saved(request, message, mapping)


def _saved(request: HttpRequest, message: Message, mapping: Mapping) -> HttpResponse:
    check(request.user, "intake.replay")
    saved = save_mapping(request.user, name=mapping.name, toml=dump(mapping))
    again(request.user, message, saved.name)
    toasts.success(
        request,
        _("Mapping %(name)s is saved as version %(number)s; the message is being read by it.")
        % {"name": saved.name, "number": saved.version},
    )
    return redirect("intake:message", pk=message.pk)


def _table(message: Message) -> Look:
    if message.removed_at:
        raise Http404
    try:
        table = look(spool_path(message.sha256))
    except (Unreadable, FileNotFoundError):
        raise Http404 from None
    if table is None:
        raise Http404
    return table


def _before(message: Message) -> Mapping | None:
    try:
        return build(message.mapping) if message.mapping else None
    except MappingError:
        return None


def _page(
    request: HttpRequest,
    message: Message,
    form: ColumnsForm,
    *,
    trial: object = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "message": message,
        "form": form,
        "groups": forms.choices(),
        "constants": [
            (name, label, form.constants.get(name, "")) for name, label in forms.constant_labels()
        ],
        "trial": trial,
        "may_replay": request.user.may("intake.replay"),
    }
    return render(request, "intake/columns.html", context, status=status)
