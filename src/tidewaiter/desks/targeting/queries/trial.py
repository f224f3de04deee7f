"""Trying a condition on the last month while it is written, from the kept facts of past days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tidewaiter.desks.targeting.actions.lists import current_lists, lists_for
from tidewaiter.desks.targeting.actions.past import keep_past, last_declared, newest_kept, window
from tidewaiter.desks.targeting.window import within
from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.engine.risk.backtest import tally
from tidewaiter.engine.risk.language.batch import Coded
from tidewaiter.engine.risk.past import matching, traffic
from tidewaiter.engine.risk.profiles import ProfileSet
from tidewaiter.engine.risk.schema import SCHEMA
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from datetime import date

    from tidewaiter.engine.risk.language import Condition
    from tidewaiter.engine.risk.language.batch import Rows
    from tidewaiter.engine.risk.past import Part, Window
    from tidewaiter.engine.risk.profiles import Profile
    from tidewaiter.platform.accounts.models import User

DAYS = 30
MOST = 120_000  # items whose facts are computed while an officer waits
EXAMPLES = 8
OFTEN_MISSING = 0.2
SHOWN = [
    "declaration_id", "item_no", "declaration_date", "office", "importer", "hs", "origin",
    "customs_value", "currency",
]  # fmt: skip


class NotKeptYet(LookupError):
    """There are too many items to compute their facts at once: a job has to do it first."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a profile would have found. `missing`: label and share of facts that are often missing.
    `controlled`, `found`: outcomes known of the items it hits."""

    since: date
    until: date
    items: int
    hits: int
    declarations: int
    unknown: int
    controlled: int
    found: int
    missing: list[tuple[str, float]]
    examples: list[dict[str, Any]]

    @property
    def a_day(self) -> float:
        """Declarations hit a day."""
        return self.declarations / ((self.until - self.since).days + 1)


@dataclass(frozen=True, slots=True)
class Glance:
    """How many items of the kept month a profile hits, out of how many."""

    hits: int
    items: int


def trial(user: User, profile: Profile) -> Trial | None:
    """Judge the last month of the offices that the officer sees; None without traffic or with a
    condition that cannot be read. Raises Denied, NotKeptYet.
    """
    check(user, "profiles.read")
    judged = ProfileSet([profile], SCHEMA, lists_for(user))
    span = _last_month(user)
    if span is None or not judged.profiles:
        return None
    past = _window(user, *span)
    (condition,) = judged.conditions
    rows = _rows(past, condition)
    hit = pl.concat(
        traffic(part, found, past.results[part.folder.name]) for part, found in rows.items()
    )
    counts = tally(hit)
    unknown = sum(
        int(past.inside(part)[matching.unjudged(part, condition, judged.lists)].sum())
        for part in past.parts
    )
    examples = [part.frame(SHOWN, found[-EXAMPLES:]) for part, found in rows.items() if len(found)]
    return Trial(
        since=past.since,
        until=past.until,
        items=_items(past),
        hits=counts.items,
        declarations=counts.declarations,
        unknown=unknown,
        controlled=counts.controlled,
        found=counts.finds,
        missing=_often_missing(past, judged.columns),
        examples=pl.concat(examples).tail(EXAMPLES).to_dicts() if examples else [],
    )


def glance(user: User, profile: Profile) -> Glance | None:
    """The count alone, quick enough for while an officer types, from what is kept in memory; None
    while nothing is kept of the last month. Raises Denied.
    """
    check(user, "profiles.read")
    judged = ProfileSet([profile], SCHEMA, lists_for(user))
    span = _last_month(user)
    past = newest_kept(user.scope(), *span) if span else None
    if past is None or not judged.profiles:
        return None
    rows = _rows(past, judged.conditions[0])
    return Glance(sum(map(len, rows.values())), _items(past))


def _last_month(user: User) -> tuple[date, date] | None:
    """The last days that something was declared on at the officer's offices."""
    until = last_declared(user.scope())
    return (until - timedelta(days=DAYS - 1), until) if until else None


def _window(user: User, since: date, until: date) -> Window:
    """What is kept of these days; few items are brought up to date first."""
    declared = lake().scan(DECLARATIONS).filter(within(since.replace(day=1), until))
    if declared.select(pl.len()).collect().item() <= MOST:
        return window(user.scope(), since, until, keep_past(since, until))
    kept = newest_kept(user.scope(), since, until)
    if kept is None:
        raise NotKeptYet
    return window(user.scope(), since, until, [part.folder for part in kept.parts])


def _rows(past: Window, condition: Condition) -> dict[Part, Rows]:
    """The rows hit inside the window, by part."""
    found = {}
    for part in past.parts:
        (rows,) = matching.evaluated(part, [condition], current_lists())
        found[part] = rows[past.inside(part)[rows]]
    return found


def _items(past: Window) -> int:
    return sum(int(past.inside(part).sum()) for part in past.parts)


def _often_missing(past: Window, names: frozenset[str]) -> list[tuple[str, float]]:
    """Facts of the condition that many items of the window lack."""
    missing, items = dict.fromkeys(sorted(names), 0), max(_items(past), 1)
    for part in past.parts:
        inside = past.inside(part)
        for name in missing:
            column = part.column(name)
            lacks = column.codes == column.missing if isinstance(column, Coded) else np.isnan(column.data)  # fmt: skip
            missing[name] += int(lacks[inside].sum())
    shares = {name: count / items for name, count in missing.items()}
    return [(SCHEMA[n].label or n, share) for n, share in shares.items() if share > OFTEN_MISSING]
