"""Worklist, declarations, traders and overrides."""

from __future__ import annotations

from datetime import date
from itertools import count

from django.conf import settings

from tests.access.factories import FORMS, PURPOSED, shows
from tests.fixtures.traffic import append, assessment, item, selection
from tidewaiter.desks.targeting.actions import whatif
from tidewaiter.desks.targeting.actions.overrides import LANE
from tidewaiter.desks.targeting.models import Override, SavedView
from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, SELECTIONS
from tidewaiter.engine.risk.selection import SelectionPolicy
from tidewaiter.engine.risk.selection.writing import to_toml
from tidewaiter.platform.accounts.models import HeldRole, Office, User
from tidewaiter.platform.foureyes import actions as foureyes
from tidewaiter.platform.jobs.actions import enqueue
from tidewaiter.platform.jobs.models import Job
from tidewaiter.platform.jobs.steps import Unwatched

_number = count(1000)
# One declaration an office and home folder is enough, and writing the lake takes time.
_declared: dict[tuple[str, str], str] = {}
# The same holds for a trial of a policy.
_tried: dict[tuple[str, str], bytes] = {}


def declaration_of(office: str) -> str:
    place = (str(settings.HOME), office)
    if place not in _declared:
        declared = item(next(_number), office=office, importer=f"IMP-{office}")
        append(DECLARATIONS, [declared], f"declared {office}")
        append(ASSESSMENTS, [assessment(declared)], f"assessed {office}")
        append(SELECTIONS, [selection(declared)], f"selected {office}")
        _declared[place] = declared["declaration_id"]
    return _declared[place]


@shows(
    "targeting:declaration",
    "targeting:why_not",
    "targeting:propose_override",
    "api:get_assessment",
)
def declaration(office: str, officer: User) -> dict[str, object]:
    return {"declaration_id": declaration_of(office)}


PURPOSED["targeting:trader"] = lambda arguments: arguments["importer"]
FORMS["purpose:say"] = lambda office: purpose_for(f"IMP-{office}")


def purpose_for(person: str) -> dict[str, str]:
    """What the form of a purpose is given."""
    return {"kind": "investigation", "reference": "INV/7", "subject": person, "next": "/"}


@shows("api:get_trader", query="purpose=investigation&reference=INV/7")
@shows("targeting:trader")
def trader(office: str, officer: User) -> dict[str, object]:
    declaration_of(office)
    return {"importer": f"IMP-{office}"}


@shows("targeting:drop_view", sight="own")
def saved_view(office: str, officer: User) -> dict[str, object]:
    view, _made = SavedView.objects.get_or_create(owner=officer, name=f"view of {office}")
    return {"pk": view.pk}


@shows("targeting:approve_override", "targeting:refuse_override")
def override(office: str, officer: User) -> dict[str, object]:
    return {"pk": _override(office, officer).pk}


@shows("targeting:withdraw_override", sight="own")
def own_override(office: str, officer: User) -> dict[str, object]:
    return {"pk": _override(office, officer).pk}


@shows(
    "targeting:what_if_trial", "targeting:what_if_export", "targeting:what_if_policy", sight="own"
)
def trial_of_a_policy(office: str, officer: User) -> dict[str, object]:
    """A trial that is done: its job as the worker leaves it."""
    declaration_of(office)
    policy = SelectionPolicy()
    job = enqueue(
        whatif.KIND, actor=officer, officer=officer.pk, policy=to_toml(policy), capacity={}
    )
    place = (str(settings.HOME), office)
    if place in _tried:
        whatif.kept_at(job.pk).write_bytes(_tried[place])
    else:
        worker = User.objects.create(username="trier-of-policies")
        worker.offices.add(Office.objects.get_or_create(code=office)[0])
        HeldRole.objects.create(user=worker, role="analyst")
        whatif.compute(worker, policy, {}, job.pk, Unwatched())
        worker.delete()  # the lists of accounts are the same, whether this was computed or kept
        _tried[place] = whatif.kept_at(job.pk).read_bytes()
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE)
    return {"pk": job.pk}


def _override(office: str, officer: User) -> Override:
    made = Override.objects.create(
        declaration_id=f"26XT{next(_number)}", declaration_date=date(2026, 3, 1), office=office,
        lane_before="green", selected_before="none", lane="red", proposed_by=officer,
        reason="A letter of last week names the seller.",
    )  # fmt: skip
    foureyes.propose(
        officer, LANE, made.declaration_id, offices=[office], reason=made.reason,
        details={"override": made.pk},
    )  # fmt: skip
    return made
