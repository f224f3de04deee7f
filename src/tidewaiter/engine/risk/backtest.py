"""What a profile would have done in the past: hits, finds among them, work, overlap with others.

Facts are those of their day (see `past`): baselines that knew nothing of it. Outcomes are what is
known today, for that is what the past is judged by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tidewaiter.engine.risk.measurement import Interval, bootstrap, wilson
from tidewaiter.engine.risk.past import matching

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from tidewaiter.engine.risk.language import Condition
    from tidewaiter.engine.risk.past import Matched, Window

EXAMPLES = 20  # of each kind: something found, nothing found, nobody looked
SHOWN = (
    "declaration_id", "item_no", "declaration_date", "office", "importer", "hs", "description",
    "origin", "customs_value", "currency",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tally:
    """Goods items and what is known of them. `precision`: finds among the controlled, with Wilson's
    interval; `revenue`: assessed in finds, with a bootstrap interval."""

    items: int
    declarations: int
    controlled: int
    finds: int
    unselected: int
    precision: Interval
    revenue: Interval

    @property
    def unknown(self) -> int:
        """Nobody looked."""
        return self.items - self.controlled


@dataclass(frozen=True, slots=True, eq=False)
class Overlap:
    """Another profile: its hits in the window, and those that it shares."""

    code: str
    hits: int
    shared: int


@dataclass(frozen=True, slots=True, eq=False)
class Backtest:
    """items: goods items in the window; `base`: finds among all its controlled ones.

    ours: what the profile hits; alone: the part of it that no other profile hits; unjudged: items
    for which a fact was missing. daily: day, hits, declarations, extra (declarations for which no
    control was asked at the time), controlled, finds. load: day, office, declarations, extra.
    examples: columns SHOWN with found, revenue, selected, others.
    """

    items: int
    base: Interval
    controlled: int
    ours: Tally
    alone: Tally
    unjudged: int
    daily: pl.DataFrame
    load: pl.DataFrame
    overlap: list[Overlap]
    examples: pl.DataFrame


def backtest(
    window: Window,
    condition: Condition,
    others: Mapping[str, Condition],
    lists: Mapping[str, frozenset[str]],
    tell: Callable[[int], None] = lambda _done: None,
) -> Backtest:
    """condition: with the profile's scope. others: by code. tell: is told each part that is done."""
    items = controlled = finds = unjudged = 0
    found: list[Matched] = []
    asked = matching.asked([condition, *others.values()], lists)
    overlap = np.zeros((len(others), 2), np.int64)
    for done, part in enumerate(window.parts):
        tell(done)
        inside = window.inside(part)
        ours, *theirs = matching.hits(part, asked, lists)
        found.append(matching.matched(part, ours, inside, theirs))
        mask = np.zeros(part.rows, np.bool_)
        mask[found[-1].rows] = True
        shared = [(int(inside[rows].sum()), int(mask[rows].sum())) for rows in theirs]
        overlap += np.array(shared, np.int64).reshape(-1, 2)
        known = part.results(window.results[part.folder.name]).found[inside]
        items += len(known)
        controlled += int((known >= 0).sum())
        finds += int((known > 0).sum())
        unjudged += int(inside[matching.unjudged(part, condition, lists)].sum())
    hit = _traffic(window, found)
    return Backtest(
        items=items,
        base=wilson(finds, controlled),
        controlled=controlled,
        ours=tally(hit),
        alone=tally(hit.filter(~pl.col("others"))),
        unjudged=unjudged,
        daily=_daily(hit),
        load=_load(hit),
        overlap=[
            Overlap(code, int(hits), int(shared))
            for code, (hits, shared) in zip(others, overlap, strict=True)
            if shared
        ],
        examples=_examples(window, found),
    )


def _traffic(window: Window, found: Sequence[Matched]) -> pl.DataFrame:
    return pl.concat(
        matching.traffic(m.part, m.rows, window.results[m.part.folder.name]).with_columns(
            others=pl.Series(m.others)
        )
        for m in found
    )


def tally(hit: pl.DataFrame) -> Tally:
    """hit: declaration, found, revenue, selected, one row an item."""
    known = hit["found"].drop_nulls()
    finds = int(known.sum())
    revenue = hit.filter(pl.col("found"))["revenue"].drop_nulls().to_numpy()
    return Tally(
        items=hit.height,
        declarations=hit["declaration"].n_unique(),
        controlled=len(known),
        finds=finds,
        unselected=hit.filter(~pl.col("selected"))["declaration"].n_unique(),
        precision=wilson(finds, len(known)),
        revenue=_total(revenue, len(known)),
    )


def _total(revenue: NDArray[np.float64], controls: int) -> Interval:
    """What the finds of some controls brought in all."""
    if not controls:
        return Interval(0.0, 0.0, 0.0)
    each = bootstrap(revenue, controls, draws=400)
    return Interval(each.value * controls, each.low * controls, each.high * controls)


def _daily(hit: pl.DataFrame) -> pl.DataFrame:
    return hit.group_by("day").agg(
        hits=pl.len(),
        declarations=pl.col("declaration").n_unique(),
        extra=_extra(),
        controlled=pl.col("found").is_not_null().sum(),
        finds=pl.col("found").sum(),
    ).sort("day")  # fmt: skip


def _load(hit: pl.DataFrame) -> pl.DataFrame:
    return hit.group_by("day", "office").agg(
        declarations=pl.col("declaration").n_unique(), extra=_extra()
    ).sort("day", "office")  # fmt: skip


def _extra() -> pl.Expr:
    return pl.col("declaration").filter(~pl.col("selected")).n_unique()


def _examples(window: Window, found: Sequence[Matched]) -> pl.DataFrame:
    """The latest of each kind."""
    wanted = {True: EXAMPLES, False: EXAMPLES, None: EXAMPLES}
    chosen: list[pl.DataFrame] = []
    for match in reversed(found):
        rows = _some(match, window, wanted)
        if len(rows.rows):
            chosen.append(listing(rows, window))
    if not chosen:
        return pl.DataFrame()
    return pl.concat(chosen).sort("found", "revenue", descending=True, nulls_last=True)


def _some(match: Matched, window: Window, wanted: dict[bool | None, int]) -> Matched:
    """The last rows of each kind of which some are still wanted."""
    known = match.part.results(window.results[match.part.folder.name]).found[match.rows]
    places: list[NDArray[np.intp]] = [np.empty(0, np.intp)]
    for kind, code in ((True, 1), (False, 0), (None, -1)):
        these = np.flatnonzero(known == code)[-wanted[kind] :] if wanted[kind] else places[0]
        wanted[kind] -= len(these)
        places.append(these)
    picked = np.sort(np.concatenate(places))
    return matching.Matched(match.part, match.rows[picked], match.others[picked])


def listing(match: Matched, window: Window) -> pl.DataFrame:
    """The items hit in one part: columns SHOWN, found, revenue, selected, others."""
    results = window.results[match.part.folder.name]
    beside = matching.traffic(match.part, match.rows, results).select(
        "found", "revenue", "selected", others=pl.Series(match.others)
    )
    return pl.concat([match.part.frame(SHOWN, match.rows), beside], how="horizontal")
