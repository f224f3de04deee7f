"""Trying a profile on the last month before it bites.

The facts of the month are computed once and kept beside the lake, so that a trial reads only the
columns its condition names. In much traffic a share of the items is kept, chosen by record key.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from django.conf import settings

from tidewaiter.desks.targeting.actions.baselines import baselines_for, load_baselines
from tidewaiter.desks.targeting.actions.lists import current_lists
from tidewaiter.desks.targeting.window import within
from tidewaiter.engine.records import DECLARATIONS, OUTCOMES
from tidewaiter.engine.risk.facts import compute_facts, conform
from tidewaiter.engine.risk.profiles import ProfileSet
from tidewaiter.engine.risk.schema import SCHEMA
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.lock import only_one
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from datetime import date

    from tidewaiter.engine.risk.profiles import Profile
    from tidewaiter.platform.accounts.models import User

DAYS = 30
MOST = 120_000  # items kept for trials
AT_ONCE = 40_000
KEPT = 6  # windows: one for each set of offices that tries, and a few old ones
EXAMPLES = 8
OFTEN_MISSING = 0.2
SHOWN = [
    "declaration_id",
    "item_no",
    "declaration_date",
    "office",
    "importer",
    "hs",
    "origin",
    "customs_value",
    "currency",
]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a profile would have found. Counts are of the items looked at; one in `step` was.

    `missing`: label and share of facts that are often missing. `controlled`, `found`: outcomes
    known of the items it hits. `facts`: False while there are no baselines, so that only what was
    declared is known.
    """

    since: date
    until: date
    items: int
    step: int
    hits: int
    declarations: int
    unknown: int
    controlled: int
    found: int
    missing: list[tuple[str, float]]
    examples: list[dict[str, Any]]
    facts: bool

    @property
    def a_day(self) -> float:
        """Declarations hit a day, scaled to all traffic."""
        return self.declarations * self.step / ((self.until - self.since).days + 1)


def trial(user: User, profile: Profile) -> Trial | None:
    """Judge the last month of the offices that the officer sees; None without traffic or with a
    condition that cannot be read. Raises Denied.
    """
    check(user, "profiles.read")
    judged = ProfileSet([profile], SCHEMA, current_lists())
    window = _window(user)
    if window is None or not judged.profiles:
        return None
    kept = pl.scan_parquet(window.folder / "*.parquet")
    names = [
        n for n in dict.fromkeys([*SHOWN, *sorted(judged.columns)]) if n in kept.collect_schema()
    ]
    frame = kept.select(names).collect()
    hits = judged.evaluate(frame)
    found = frame[hits.rows]
    shares = frame.select(pl.col(sorted(judged.columns & set(names))).null_count() / pl.len())
    often = (
        [(n, s) for n, s in shares.row(0, named=True).items() if s > OFTEN_MISSING]
        if shares.width
        else []
    )
    return Trial(
        since=window.since,
        until=window.until,
        items=frame.height,
        step=window.step,
        hits=found.height,
        declarations=found["declaration_id"].n_unique(),
        unknown=len(hits.unknown_rows),
        missing=[(SCHEMA[name].label or name, share) for name, share in often],
        examples=found.select(SHOWN).head(EXAMPLES).to_dicts(),
        facts=window.facts,
        **_outcomes(found, window),
    )


@dataclass(frozen=True, slots=True)
class Glance:
    """How many items of the kept month a profile hits, out of how many."""

    hits: int
    items: int


def glance(user: User, profile: Profile) -> Glance | None:
    """The count alone, quick enough for while an officer types; None until the month's facts have
    been computed by a trial. Raises Denied.
    """
    check(user, "profiles.read")
    judged = ProfileSet([profile], SCHEMA, current_lists())
    window = _window(user, compute=False)
    if window is None or not judged.profiles:
        return None
    kept = pl.scan_parquet(window.folder / "*.parquet")
    names = [name for name in sorted(judged.columns) if name in kept.collect_schema()]
    frame = kept.select(names or ["item_no"]).collect()
    hits = judged.evaluate(frame, unknown=False)
    return Glance(len(hits.rows), frame.height)


@dataclass(frozen=True, slots=True)
class _Window:
    """The kept facts of a span of days: one item in `step`."""

    folder: Path
    since: date
    until: date
    step: int
    facts: bool


def _outcomes(found: pl.DataFrame, window: _Window) -> dict[str, int]:
    """How many of the items found were controlled, and in how many something was found."""
    hit = found.select("declaration_id", "item_no")
    known = (
        lake()
        .current(OUTCOMES, within(window.since, window.until))
        .select("declaration_id", "item_no", "found")
        .join(hit.lazy().select("declaration_id").unique(), on="declaration_id", how="semi")
        .collect()
    )
    whole = known.filter(pl.col("item_no") == 0).select("declaration_id", "found")
    each = hit.join(known, on=["declaration_id", "item_no"])
    both = pl.concat([each, hit.join(whole, on="declaration_id")])
    by_item = both.group_by("declaration_id", "item_no").agg(pl.col("found").any())
    return {"controlled": by_item.height, "found": int(by_item["found"].sum())}


def _window(user: User, *, compute: bool = True) -> _Window | None:
    """The facts of the officer's last month; if the lake has changed, computed anew or, without
    `compute`, none.
    """
    store, scope = lake(), user.scope()
    visible = store.scan(DECLARATIONS).filter(scope.frame())
    until = visible.select(pl.col("declaration_date").max()).collect().item()
    if until is None:
        return None
    since = until - timedelta(days=DAYS - 1)
    built = baselines_for(since)
    offices = "all" if scope.national else ",".join(sorted(scope.codes))
    identity = f"{store.version(DECLARATIONS)} {since} {until} {offices} {built and built.version}"
    name = hashlib.sha256(identity.encode()).hexdigest()[:32]
    home = Path(settings.HOME) / "risk" / "trial"
    found = next(home.glob(f"{name}-*"), None)
    if found is None and not compute:
        return None
    with only_one("trial"):
        found = next(home.glob(f"{name}-*"), None)
        if found is None:
            rows = store.current(DECLARATIONS, within(since, until)).filter(
                scope.frame() & (pl.col("function") != "cancellation")
            )
            found = _prepare(home, name, rows, built.version if built else "")
    return _Window(found, since, until, int(found.name.rpartition("-")[2]), built is not None)


def _prepare(home: Path, name: str, rows: pl.LazyFrame, baselines: str) -> Path:
    """Write the facts of a window; a folder has its name only when it is complete."""
    count = int(rows.select(pl.len()).collect().item())
    step = max(1, -(-count // MOST))
    half = home / "unfinished"
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    chosen = rows.filter(pl.col("key").reinterpret(signed=False) % step == 0)
    for number, part in enumerate(chosen.collect_batches(chunk_size=AT_ONCE)):
        facts = compute_facts(part, load_baselines(baselines)) if baselines else conform(part)
        columns = [column for column in SCHEMA if column in facts.columns]
        facts.select(columns).write_parquet(half / f"{number}.parquet", compression="lz4")
    if not any(half.iterdir()):
        conform(DECLARATIONS.empty()).write_parquet(half / "0.parquet")
    for old in sorted(home.glob("*-*"), key=lambda p: p.stat().st_mtime)[: -KEPT or None]:
        shutil.rmtree(old)
    return half.rename(home / f"{name}-{step}")
