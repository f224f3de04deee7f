"""The selection policy: its versions, what each changes, and who decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from tidewaiter.desks.targeting.actions.policy import (
    in_force,
    proposal_of,
    unread_file,
    write_policy,
)
from tidewaiter.desks.targeting.actions.whatif import trial
from tidewaiter.desks.targeting.forms.policy import HistoryForm, ProposalForm
from tidewaiter.desks.targeting.forms.profiles import RemarkForm, UploadForm
from tidewaiter.desks.targeting.models import PolicyVersion
from tidewaiter.desks.targeting.policy_words import name_of, written
from tidewaiter.desks.targeting.queries import policy as queries
from tidewaiter.desks.targeting.rights import may_propose_policy
from tidewaiter.desks.targeting.views.whatif import stats_of
from tidewaiter.engine.risk.selection.comparing import changes, figures
from tidewaiter.platform.accounts.access import requires
from tidewaiter.platform.foureyes.queries import standing
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.files import TOML, csv_answer, file_answer
from tidewaiter.platform.pages.tables import Column, Order, Pages, Row, Table, asked_page, chips

if TYPE_CHECKING:
    from django.http import HttpRequest, StreamingHttpResponse

    from tidewaiter.engine.risk.selection import SelectionPolicy
    from tidewaiter.platform.accounts.models import User

SIZE = 50
State = PolicyVersion.State
TONES = {
    State.PROPOSED: "warn",
    State.REFUSED: "bad",
    State.WITHDRAWN: "neutral",
    State.ACTIVE: "good",
    State.SUPERSEDED: "neutral",
}
COLUMNS = [
    Column(gettext_lazy("Version"), "number", sort="number"),
    Column(gettext_lazy("State"), "shrink", sort="state"),
    Column(gettext_lazy("What changes and why"), "long"),
    Column(gettext_lazy("Proposed by"), "code", sort="proposer"),
    Column(gettext_lazy("Proposed"), "shrink", sort="proposed"),
    Column(gettext_lazy("Decided by"), "code", sort="decider"),
    Column(gettext_lazy("In force since"), "code", sort="since"),
    Column(gettext_lazy("Superseded by"), "number"),
]


@requires("targeting.read")
@require_GET
def history(request: HttpRequest) -> HttpResponse:
    form = HistoryForm(request.GET)
    order = Order.of(request, list(queries.ORDERS), "-number")
    rows = queries.versions(
        request.user, form.wanted(), order=order.key, descending=order.descending
    )
    first = (asked_page(request) - 1) * SIZE
    shown = list(rows[first : first + SIZE])
    labels = {name: str(field.label) for name, field in form.fields.items()}
    context = {
        "form": form,
        "now": in_force(),
        "table": Table(COLUMNS, [_row(version) for version in shown], order),
        "pages": Pages.of(request, size=SIZE, shown=len(shown), total=rows.count()),
        "chips": chips(request.GET, labels),
        "query": request.GET.urlencode(),
        "waiting": queries.waiting(request.user),
        "unread": unread_file(),
        "may_propose": may_propose_policy(request.user),
        "may_export": request.user.may("targeting.export"),
        "upload": UploadForm(auto_id="id_upload_%s"),
        "proposal": ProposalForm(auto_id="id_upload_%s"),
    }
    return render(request, "targeting/policy/history.html", context)


def _row(version: PolicyVersion) -> Row:
    after = version.superseded_by
    return Row(
        [
            str(version.number),
            state_badge(version),
            version.reason,
            who(version.proposed_by),
            cells.when(version.proposed_at),
            who(version.decided_by) if version.decided_at else formats.NOTHING,
            formats.moment(version.in_force_since),
            str(after.number) if after else formats.NOTHING,
        ],
        url=reverse("targeting:policy_version", args=[version.number]),
        tone="warn" if version.state == State.PROPOSED else "",
    )


def state_badge(version: PolicyVersion) -> str:
    return cells.badge(capfirst(str(version.get_state_display())), TONES[State(version.state)])


def who(user: User | None) -> str:
    return user.username if user else _("the house")


def existing(request: HttpRequest, number: int) -> PolicyVersion:
    found = queries.version(request.user, number)
    if found is None:
        raise Http404
    return found


@requires("targeting.read")
@require_GET
def version(request: HttpRequest, number: int) -> HttpResponse:
    """`?against=` names another version to compare with than the one that it changes."""
    return page(request, existing(request, number))


def page(
    request: HttpRequest, found: PolicyVersion, remark_form: RemarkForm | None = None
) -> HttpResponse:
    """One version; `remark_form` is a step that could not be taken, shown again."""
    user = request.user
    against = _against(request, found)
    content = found.as_policy
    context = {
        "version": found,
        "state": state_badge(found),
        "who": who(found.proposed_by),
        "decider": who(found.decided_by),
        "against": against,
        "changes": change_table(against.as_policy, content) if against else None,
        "others": queries.versions(user, queries.Wanted()).exclude(pk=found.pk),
        "figures": _figure_table(content),
        "tried": _tried(user, found),
        "standing": standing(user, proposal_of(found)),
        "may_propose": may_propose_policy(user)
        and found.state not in (State.PROPOSED, State.ACTIVE),
        "remark_form": remark_form or RemarkForm(),
    }
    status = 400 if remark_form else 200
    return render(request, "targeting/policy/version.html", context, status=status)


def _against(request: HttpRequest, found: PolicyVersion) -> PolicyVersion | None:
    return queries.named(request.user, request.GET.get("against", "")) or found.base


def change_table(old: SelectionPolicy, new: SelectionPolicy) -> Table:
    """A row for each figure that differs."""
    columns = [Column(_("Figure")), Column(_("Before"), "number"), Column(_("Now"), "number")]
    rows = [
        Row([name_of(c.path), written(c.path, c.old), written(c.path, c.new)])
        for c in changes(old, new)
    ]
    return Table(columns, rows)


def _figure_table(policy: SelectionPolicy) -> Table:
    columns = [Column(_("Figure")), Column(_("Value"), "number")]
    return Table(
        columns,
        [Row([name_of(path), written(path, v)]) for path, v in figures(policy).items()],
    )


def _tried(user: User, found: PolicyVersion) -> dict[str, Any] | None:
    """What the trial said on which the proposal rests; `job` while it can be opened."""
    told = found.tried
    if told is None:
        return None
    return {
        "since": parse_date(told["since"]),
        "until": parse_date(told["until"]),
        "stats": stats_of(told["all"]),
        "job": trial(user, found.trial) if found.trial else None,
        "capacity": [
            (control, formats.percent(share, 0)) for control, share in told["capacity"].items()
        ],
        "of_another": found.base is not None and told["policy"] != found.base.digest,
    }


@requires("targeting.read")
@require_GET
def file(request: HttpRequest, number: int) -> HttpResponse:
    """A version as a file, to be kept under version control or proposed again elsewhere."""
    text = write_policy(request.user, existing(request, number))
    return file_answer(f"policy-{number}.toml", text, TOML)


@requires("targeting.export")
@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The versions that match, as CSV."""
    rows = queries.exported(request.user, HistoryForm(request.GET).wanted())
    return csv_answer("selection-policy.csv", rows)
