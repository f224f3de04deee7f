"""Trying a profile on the past: what it hits, what of that is known, what work it makes."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl
from django.utils import timezone

from tidewaiter.desks.control.queries import capacity_frame
from tidewaiter.desks.targeting.actions.lists import current_lists
from tidewaiter.desks.targeting.actions.past import keep_past, window
from tidewaiter.desks.targeting.actions.policy import current_policy
from tidewaiter.desks.targeting.actions.profiles import active_profile_set
from tidewaiter.engine.risk.backtest import backtest, listing
from tidewaiter.engine.risk.language.tree import And
from tidewaiter.engine.risk.past import matched, matching
from tidewaiter.engine.risk.profiles import ProfileSet
from tidewaiter.engine.risk.schema import SCHEMA
from tidewaiter.engine.risk.suggesting import thresholds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tidewaiter.desks.targeting.models import Study
    from tidewaiter.engine.risk.backtest import Backtest, Tally
    from tidewaiter.engine.risk.language import Condition
    from tidewaiter.engine.risk.measurement import Interval
    from tidewaiter.engine.risk.past import Window
    from tidewaiter.engine.risk.profiles import Profile
    from tidewaiter.engine.risk.selection import SelectionPolicy
    from tidewaiter.engine.risk.suggesting import Threshold
    from tidewaiter.platform.jobs.steps import Steps

LISTED = 200_000  # items of the list for export
ITEMS = "items.parquet"


def run_backtest(study: Study, folder: Path, steps: Steps) -> dict[str, Any]:
    """The answer as plain values; the items hit go into a file of the folder."""
    past = window(
        study.scope, study.since, study.until, keep_past(study.since, study.until, steps), steps
    )
    if not past.parts:
        return {"items": 0}
    lists = current_lists()
    judged = ProfileSet([study.as_profile], SCHEMA, lists)
    (condition,) = judged.conditions
    others = other_conditions(study.as_profile.code)

    def tell(done: int) -> None:
        steps.check()
        steps.update(done, len(past.parts), past.parts[done].folder.name[:7])

    found = backtest(past, condition, others, lists, tell)
    items = list(_listed(past, condition, others))
    pl.concat(items).write_parquet(folder / ITEMS)
    parts = condition.parts if study.as_profile.scope() and isinstance(condition, And) else ()
    own, scope = (parts[-1], parts[:-1]) if parts else (condition, ())
    swept = thresholds(past, own, scope, lists) if found.ours.items else []
    return {
        **_plain(found),
        "work": _work(found, study.as_profile),
        "thresholds": [_threshold(one) for one in swept],
        "listed": sum(frame.height for frame in items),
    }


def other_conditions(code: str) -> dict[str, Condition]:
    """What is in force today, but for this profile."""
    active = active_profile_set(timezone.localdate())
    pairs = zip(active.codes, active.conditions, strict=True)
    return {other: condition for other, condition in pairs if other != code}


def _listed(
    past: Window, condition: Condition, others: dict[str, Condition]
) -> Iterator[pl.DataFrame]:
    """The items hit, from the newest month back, as many as are listed."""
    left, lists = LISTED, current_lists()
    asked = matching.asked([condition, *others.values()], lists)
    for part in reversed(past.parts):
        rows, *theirs = matching.hits(part, asked, lists)
        match = matched(part, rows, past.inside(part), theirs)
        kept = matching.Matched(part, match.rows[-left:], match.others[-left:])
        yield listing(kept, past)
        left -= len(kept.rows)
        if not left:
            return


def _plain(found: Backtest) -> dict[str, Any]:
    return {
        "items": found.items,
        "controlled": found.controlled,
        "base": interval_values(found.base),
        "ours": _tally(found.ours),
        "alone": _tally(found.alone),
        "unjudged": found.unjudged,
        "daily": _rows(found.daily),
        "overlap": [
            [one.code, one.hits, one.shared]
            for one in sorted(found.overlap, key=lambda o: (-o.shared, o.code))
        ],
        "examples": _rows(found.examples),
    }


def _threshold(one: Threshold) -> dict[str, Any]:
    points = [
        [p.value, p.hits, p.controlled, p.finds, *interval_values(p.precision)] for p in one.points
    ]
    return asdict(one) | {"points": points}


def _tally(tally: Tally) -> dict[str, Any]:
    return asdict(tally) | {
        "unknown": tally.unknown,
        "precision": interval_values(tally.precision),
        "revenue": interval_values(tally.revenue),
    }


def interval_values(interval: Interval) -> list[float | None]:
    return [None if math.isnan(f) else f for f in (interval.value, interval.low, interval.high)]


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    days = frame.with_columns(pl.col(pl.Date).dt.strftime("%Y-%m-%d"))
    return days.with_columns(pl.col(pl.Float64).fill_nan(None)).to_dicts()


def _work(found: Backtest, profile: Profile) -> dict[str, Any]:
    """Minutes that the declarations hit would have taken beyond what was controlled anyway, by day
    and by office, beside the capacity for the profile's control."""
    policy = current_policy()
    control = _control(profile, policy)
    each = policy.minutes_of(control) * (1.0 if profile.mandatory else profile.select_rate or 1.0)
    capacity = capacity_frame().filter(pl.col("control") == control)
    load = found.load.with_columns(minutes=pl.col("extra") * each)
    days = load.group_by("day").agg(pl.col("minutes").sum()).sort("day")
    offices = (
        load.group_by("office")
        .agg(
            pl.col("declarations", "extra").sum(),
            minutes=pl.col("minutes").sum() / pl.lit(max(days.height, 1)),
            most=pl.col("minutes").max(),
        )
        .join(capacity.select("office", capacity="minutes_per_day"), on="office", how="left")
        .sort("minutes", descending=True)
    )
    room = capacity.join(offices, on="office", how="semi")["minutes_per_day"].sum()
    work = {"control": control, "capacity": room, "minutes_each": each}
    return work | {"days": _rows(days), "offices": _rows(offices)}


def _control(profile: Profile, policy: SelectionPolicy) -> str:
    """The control of the profile's lane, or of the first one."""
    lanes = {rule.lane: rule.control for rule in policy.lanes}
    return lanes.get(profile.lane, policy.lanes[0].control)
