"""Assessing and selecting one declaration while its sender waits."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import polars as pl
from django.utils import timezone

from tidewaiter.desks.targeting.actions.baselines import baselines_for, build_baselines
from tidewaiter.desks.targeting.actions.pinning import pin
from tidewaiter.desks.targeting.actions.policy import current_policy
from tidewaiter.desks.targeting.models import SelectionRun
from tidewaiter.desks.targeting.queries.before import traders_before
from tidewaiter.desks.targeting.words import Words
from tidewaiter.engine.risk.pins import assessed_rows
from tidewaiter.engine.risk.selection import Trader, select_one
from tidewaiter.engine.risk.value import by_declaration
from tidewaiter.platform.accounts.queries import operator
from tidewaiter.platform.chance.actions import day_key

if TYPE_CHECKING:
    from datetime import date

    from tidewaiter.engine.risk.pins import Pinned
    from tidewaiter.engine.risk.selection import Cutoffs, SelectionPolicy

FRESH = 2.0  # seconds for which a server process trusts what it has loaded
ONLINE = "online"

_loaded: dict[date, tuple[float, Pinned, SelectionPolicy, Cutoffs, str, dict[str, Trader]]] = {}


def assess_and_select(items: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, Any], Words]:
    """The assessments (for the lake, version 1) and the selection of one declaration's items, and
    the words for its reasons.

    items: columns of DECLARATIONS.incoming, all of one declaration; nothing is written.
    """
    day = items["declaration_date"][0]
    pins, policy, cutoffs, key, traders = _in_force(day)
    new = {"version": 1, "month": day.strftime("%Y-%m"), "was": 0}
    rows = items.hstack(
        [pl.Series(name, [one]).new_from_index(0, items.height) for name, one in new.items()]
    )
    at = timezone.now()
    assessments = assessed_rows(rows, pins, at)
    selection = select_one(
        by_declaration(assessments).row(0, named=True),
        profiles=pins.profiles,
        policy=policy,
        day_key=key,
        cutoffs=cutoffs,
        run_id=ONLINE,
        at=at,
        trader=_trader(traders, items["importer"][0]),
    )
    return assessments, selection, Words(pins.profiles.profiles)


def _trader(traders: dict[str, Trader], importer: str | None) -> Trader | None:
    """A trader that nothing is known of has declared nothing; without a name there is no trader."""
    return traders.get(importer, Trader()) if importer else None


def _in_force(day: date) -> tuple[Pinned, SelectionPolicy, Cutoffs, str, dict[str, Trader]]:
    """What decides today, looked up at most every two seconds; what the days before say of traders,
    once for a day and policy."""
    now = time.monotonic()
    held = _loaded.get(day)
    if held is None or now - held[0] > FRESH:
        version = (baselines_for(day) or build_baselines(operator(), day)).version
        policy = current_policy()
        known = held is not None and held[2].version == policy.version
        traders = held[5] if held is not None and known else _traders(day, policy)
        held = (now, pin(day, version), policy, last_cutoffs(), day_key(day), traders)
        _loaded.clear()
        _loaded[day] = held
    return held[1:]


def _traders(day: date, policy: SelectionPolicy) -> dict[str, Trader]:
    return {name: Trader(*known) for name, *known in traders_before(day, policy).iter_rows()}


def last_cutoffs() -> Cutoffs:
    """What the last selection of a whole day took as its least value per minute."""
    run = (
        SelectionRun.objects.exclude(done_at=None).exclude(cutoffs={}).order_by("-done_at").first()
    )
    if run is None:
        return {}
    return {
        (office, lane): value if value is not None else float("inf")
        for office, lanes in run.cutoffs.items()
        for lane, value in lanes.items()
    }
