"""Background work of the targeting desk: what has come in is assessed, the nights are for learning."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tidewaiter.desks.targeting.actions.assessing import assess_window
from tidewaiter.desks.targeting.actions.baselines import build_baselines
from tidewaiter.desks.targeting.actions.challenging import follow_challengers
from tidewaiter.desks.targeting.actions.learning import train
from tidewaiter.desks.targeting.actions.overrides import settle_overrides
from tidewaiter.desks.targeting.actions.past import keep_past, last_declared
from tidewaiter.desks.targeting.actions.profiles import end_the_ended
from tidewaiter.desks.targeting.actions.selecting import select_days
from tidewaiter.desks.targeting.actions.shadow import follow_shadows
from tidewaiter.desks.targeting.actions.studies import work_out
from tidewaiter.desks.targeting.actions.whatif import KIND as WHAT_IF
from tidewaiter.desks.targeting.actions.whatif import compute
from tidewaiter.desks.targeting.models import Study
from tidewaiter.engine.risk.models import TooFewOutcomes
from tidewaiter.engine.risk.selection import SelectionPolicy
from tidewaiter.platform.accounts.models import User
from tidewaiter.platform.accounts.queries import operator
from tidewaiter.platform.chance.actions import day_key, reveal_past_days
from tidewaiter.platform.jobs.registry import job

if TYPE_CHECKING:
    from tidewaiter.platform.jobs.progress import Progress


# Every recorded message asks for it; the schedule takes what came in another way.
@job(
    "targeting.run",
    title=_("Assess and select what has come in"),
    cron="*/5 * * * *",
    merges=True,
)
def run(progress: Progress) -> dict[str, Any]:
    assessed = assess_window(operator(), None, None, progress)
    selected = select_days(operator(), None, progress)
    return {
        "items": assessed.items,
        "declarations": selected.declarations,
        "orders": selected.orders,
    }


@job("targeting.baselines", title=_("Baselines as of today"), cron="10 1 * * *")
def baselines(progress: Progress) -> dict[str, Any]:
    built = build_baselines(operator(), timezone.localdate(), steps=progress)
    return {"version": built.version, "declarations": built.declarations}


@job("targeting.chance", title=_("Tomorrow's key, yesterday's revealed"), cron="0 12 * * *")
def chance(progress: Progress) -> dict[str, Any]:
    progress.check()
    day_key(timezone.localdate() + timedelta(days=1))
    return {"revealed": reveal_past_days()}


@job("targeting.train", title=_("Train a challenger"), cron="0 4 * * 0", attempts=1)
def learn(progress: Progress, officer: int | None = None) -> dict[str, Any]:
    """officer: who asked for it, and so may not promote it; None: the schedule."""
    actor = operator() if officer is None else User.objects.get(pk=officer)
    try:
        trained = train(actor, steps=progress)
    except TooFewOutcomes as error:
        progress.log(str(error))
        return {"trained": None}
    return {"trained": trained.version, "metrics": trained.metrics}


@job("targeting.challengers", title=_("Score the days by the challengers, too"), cron="20 5 * * *")
def challengers(progress: Progress) -> dict[str, Any]:
    return {"items": follow_challengers(progress)}


@job("targeting.overrides", title=_("Carry out approved overrides"), cron="*/10 * * * *")
def overrides(progress: Progress) -> dict[str, Any]:
    """Those that a dying process left undone."""
    progress.check()
    return {"overrides": settle_overrides()}


@job(WHAT_IF, title=_("Try a selection policy on the last month"), attempts=1)
def what_if(
    progress: Progress, officer: int, policy: str, capacity: dict[str, float]
) -> dict[str, Any]:
    """policy: as TOML. capacity: control and the share of its minutes that there would be."""
    actor = User.objects.get(pk=officer)
    tried = SelectionPolicy.from_toml(policy)
    return compute(actor, tried, capacity, progress.job_id, progress)


@job("targeting.past", title=_("Keep the facts of the last month"), cron="40 1 * * *", merges=True)
def past(progress: Progress) -> dict[str, Any]:
    """So that a profile is tried at once, and its hits counted while it is typed."""
    until = last_declared(operator().scope())
    if until is None:
        return {"months": 0}
    return {"months": len(keep_past(until - timedelta(days=31), until, progress))}


@job("targeting.study", title=_("Answer a question to the past"), attempts=2)
def study(progress: Progress, study: int) -> dict[str, Any]:
    asked = Study.objects.select_related("asked_by").get(pk=study)
    work_out(asked, progress)
    return {"study": asked.pk}


@job(
    "targeting.shadow", title=_("Judge what came in by the profiles in shadow"),
    cron="*/5 * * * *", merges=True,
)  # fmt: skip
def shadow(progress: Progress) -> dict[str, Any]:
    return {"hits": follow_shadows(progress)}


@job("targeting.profiles", title=_("Retire profiles whose last day is over"), cron="5 0 * * *")
def profiles(progress: Progress) -> dict[str, Any]:
    ended = end_the_ended(operator(), timezone.localdate())
    for code in ended:
        progress.log(code)
    return {"retired": ended}
