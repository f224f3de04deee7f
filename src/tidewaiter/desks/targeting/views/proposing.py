"""Steps of the selection policy: another one is proposed, a second officer decides."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tidewaiter.desks.targeting.actions import policy as actions
from tidewaiter.desks.targeting.actions.whatif import finished_trial
from tidewaiter.desks.targeting.forms.policy import FiguresForm, ProposalForm
from tidewaiter.desks.targeting.forms.profiles import RemarkForm, UploadForm
from tidewaiter.desks.targeting.queries import policy as queries
from tidewaiter.desks.targeting.rights import may_propose_policy, must
from tidewaiter.desks.targeting.views.policy import change_table, existing, page
from tidewaiter.platform.accounts.access import requires

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse, QueryDict

    from tidewaiter.desks.targeting.actions.policy import Trial
    from tidewaiter.desks.targeting.models import PolicyVersion
    from tidewaiter.engine.risk.selection import SelectionPolicy

NUMBER = re.compile(r"[0-9]{1,18}")  # of a job


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a whole policy to propose comes from: a trial, or an earlier version."""

    policy: SelectionPolicy
    trial: Trial | None = None
    version: PolicyVersion | None = None


@requires("policy.propose")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """`trial`: propose what it tried; `version`: propose that one again; else change figures."""
    must(may_propose_policy(request.user), "policy.propose")
    given = request.POST if request.method == "POST" else request.GET
    now = actions.in_force()
    source = _source(request, given)
    proposal = ProposalForm(request.POST or None, initial=_initial(now, source))
    figures = None if source else FiguresForm(request.POST or None, now=now.as_policy)
    if proposal.is_bound and _whole(proposal, figures):
        policy = source.policy if source else figures.policy
        version = _propose(request, policy, proposal, source.trial if source else None)
        if version is not None:
            messages.success(request, _("Proposed. It counts when a second officer approves."))
            return redirect("targeting:policy_version", version.number)
    context = {
        "now": now,
        "source": source,
        "changes": change_table(now.as_policy, source.policy) if source else None,
        "form": proposal,
        "figures": figures,
        "waiting": queries.waiting(request.user),
    }
    wrong = proposal.errors or (figures is not None and figures.errors)
    return render(request, "targeting/policy/new.html", context, status=400 if wrong else 200)


def _whole(proposal: ProposalForm, figures: FiguresForm | None) -> bool:
    """Whether both forms can be used; each is looked at, so that both say what is wrong."""
    return all([proposal.is_valid(), figures is None or figures.is_valid()])


def _source(request: HttpRequest, given: QueryDict) -> _Source | None:
    number, version = given.get("trial", ""), given.get("version", "")
    if number:
        trial = finished_trial(request.user, int(number)) if NUMBER.fullmatch(number) else None
        if trial is None:
            raise Http404
        return _Source(trial.policy, trial=trial)
    if version:
        earlier = queries.named(request.user, version)
        if earlier is None:
            raise Http404
        return _Source(earlier.as_policy, version=earlier)
    return None


def _initial(now: PolicyVersion, source: _Source | None) -> dict[str, object]:
    earlier = source.version if source else None
    again = _("Back to version %(number)s: ") % {"number": earlier.number} if earlier else ""
    return {
        "seen": now.digest,
        "trial": source.trial.number if source and source.trial else None,
        "version": earlier.number if earlier else None,
        "reason": again,
        "legal_basis": earlier.legal_basis if earlier else "",
    }


def _propose(
    request: HttpRequest, policy: SelectionPolicy, form: ProposalForm, trial: Trial | None
) -> PolicyVersion | None:
    """The proposal; None when it cannot be, and the form says why."""
    given = form.cleaned_data
    try:
        return actions.propose(
            request.user, policy, reason=given["reason"], legal_basis=given["legal_basis"],
            trial=trial, seen=given["seen"] or None,
        )  # fmt: skip
    except ValidationError as error:
        form.add_error(None, error)
        return None


@requires("policy.propose")
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Propose what a file says."""
    must(may_propose_policy(request.user), "policy.propose")
    form, proposal = UploadForm(request.POST, request.FILES), ProposalForm(request.POST)
    if not (form.is_valid() and proposal.is_valid()):
        messages.error(request, _("Choose a TOML file, and say what changes and why."))
        return redirect("targeting:policy")
    given = proposal.cleaned_data
    try:
        text = form.cleaned_data["file"].read().decode("utf-8")
        version = actions.import_policy(
            request.user, text, reason=given["reason"], legal_basis=given["legal_basis"]
        )
    except UnicodeDecodeError:
        messages.error(request, _("The file is no text in UTF-8."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        return redirect("targeting:policy_version", version.number)
    return redirect("targeting:policy")


@requires("policy.approve")
@require_POST
def decide(request: HttpRequest, number: int) -> HttpResponse:
    agree = request.POST.get("agree") == "1"

    def act(version: PolicyVersion, remark: str) -> None:
        actions.decide(request.user, version, agree=agree, remark=remark)

    done = _("Version %(number)s is in force.") if agree else _("Version %(number)s is refused.")
    return _step(request, number, act, done)


@requires("policy.propose")
@require_POST
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    def act(version: PolicyVersion, _remark: str) -> None:
        actions.withdraw(request.user, version)

    return _step(request, number, act, _("The proposal is withdrawn."))


def _step(
    request: HttpRequest, number: int, act: Callable[[PolicyVersion, str], None], done: str
) -> HttpResponse:
    """Carry out a step; say what is wrong with it, if anything."""
    version = existing(request, number)
    form = RemarkForm(request.POST)
    if form.is_valid():
        try:
            act(version, form.cleaned_data["remark"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, done % {"number": number})
            return redirect("targeting:policy_version", number)
    return page(request, version, form)
