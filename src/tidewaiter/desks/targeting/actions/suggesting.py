"""What the past suggests about the profiles, and drafts made of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from tidewaiter.desks.targeting.actions.backtesting import interval_values
from tidewaiter.desks.targeting.actions.lists import current_lists
from tidewaiter.desks.targeting.actions.past import keep_past, window
from tidewaiter.desks.targeting.actions.profiles import active_profile_set
from tidewaiter.desks.targeting.actions.profiles.life import save_draft
from tidewaiter.desks.targeting.models import RiskProfile, Study
from tidewaiter.engine.risk.language import parse
from tidewaiter.engine.risk.past import matching
from tidewaiter.engine.risk.profiles import Profile
from tidewaiter.engine.risk.schema import SCHEMA
from tidewaiter.engine.risk.suggesting import grow, standings
from tidewaiter.engine.risk.suggesting.growing import facts_to_grow_from
from tidewaiter.platform.pages import formats

if TYPE_CHECKING:
    from pathlib import Path

    from tidewaiter.desks.targeting.models import ProfileVersion
    from tidewaiter.engine.risk.past import Window
    from tidewaiter.engine.risk.suggesting import Grown
    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.jobs.steps import Steps

MOST = 60_000  # controlled items that conditions are grown from


def run_suggestions(study: Study, _folder: Path, steps: Steps) -> dict[str, Any]:
    """The answer as plain values."""
    past = window(
        study.scope, study.since, study.until, keep_past(study.since, study.until, steps), steps
    )
    if not past.parts:
        return {"items": 0}
    active = active_profile_set(timezone.localdate())
    conditions = dict(zip(active.codes, active.conditions, strict=True))
    steps.check()
    steps.update(0, 3, _("profiles in force"))
    items, base, standing = standings(past, conditions, active.lists)
    steps.check()
    steps.update(1, 3, _("controlled items"))
    controlled = _controlled(past)
    steps.check()
    steps.update(2, 3, _("new conditions"))
    split, later, grown = grow(controlled)
    return {
        "items": items,
        "base": interval_values(base),
        "profiles": [asdict(s) | {"precision": interval_values(s.precision)} for s in standing],
        "grown": [_grown(one, past) for one in grown],
        "split": split.isoformat() if split else "",
        "later": interval_values(later),
        "controlled": controlled.height,
    }


def _controlled(past: Window) -> pl.DataFrame:
    """Facts of controlled items with `day` and `found`; of many, every so many-th."""
    known = []
    for part in past.parts:
        found = part.results(past.results[part.folder.name]).found
        known.append((past.inside(part) & (found >= 0)).nonzero()[0].astype("int32"))
    step = max(1, -(-sum(map(len, known)) // MOST))
    names = facts_to_grow_from()
    frames = []
    for part, rows in zip(past.parts, known, strict=True):
        chosen = rows[part.declaration[rows] % step == 0]
        beside = matching.traffic(part, chosen, past.results[part.folder.name])
        facts = part.frame(names, chosen)
        frames.append(facts.with_columns(day=beside["day"], found=beside["found"]))
    return pl.concat(frames)


def _grown(one: Grown, past: Window) -> dict[str, Any]:
    """With the items it hits in the whole window."""
    condition = parse(one.condition, SCHEMA, current_lists())
    hits = sum(
        int(past.inside(part)[matching.evaluated(part, [condition], {})[0]].sum())
        for part in past.parts
    )
    return asdict(one) | {"later": interval_values(one.later), "hits": hits}


def draft_of(actor: User, study: Study, place: int) -> ProfileVersion:
    """A draft of a condition that was grown, with its figures as what changes and why.

    Raises Denied, ValidationError.
    """
    grown = (study.result or {}).get("grown", [])
    if not 0 <= place < len(grown):
        raise ValidationError(_("There is no such suggestion."))
    one = grown[place]
    code = f"GROWN-{study.pk}-{place + 1}"
    if RiskProfile.objects.filter(code=code).exists():
        raise ValidationError(_("There is a profile {code} already.").format(code=code))
    figures = {
        "finds": one["later_finds"], "controlled": one["later_controlled"],
        "since": formats.day(study.since), "until": formats.day(study.until),
        "precision": formats.interval(*one["later"]),
    }  # fmt: skip
    why = _(
        "Grown from finds of %(since)s to %(until)s. On the later days, which it had not seen: "
        "%(finds)s finds in %(controlled)s controls, %(precision)s."
    )
    profile = Profile(
        code, title_of(one["condition"]), one["condition"],
        offices=tuple(sorted(study.scope.codes)),
    )  # fmt: skip
    return save_draft(actor, profile, change=why % figures, seen="")


def title_of(condition: str) -> str:
    """The facts of a condition in words, as a title to begin with."""
    names = [name for name in SCHEMA if f"{name} " in f"{condition} "]
    labels = [_(SCHEMA[name].label) for name in names if SCHEMA[name].label]
    return ", ".join(labels)[:200] or condition[:200]
