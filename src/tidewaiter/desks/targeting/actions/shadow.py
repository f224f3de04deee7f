"""Profiles in shadow: judged on whatever is assessed, online or in a batch, and deciding nothing.

They are judged afterwards, by a job of their own, with the facts that the assessment had: what
decides never meets them, so no assessment differs by a bit.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import TYPE_CHECKING

import polars as pl
from django.utils import timezone

from tidewaiter.desks.targeting.actions.online import last_cutoffs
from tidewaiter.desks.targeting.actions.pinning import pinned
from tidewaiter.desks.targeting.actions.policy import current_policy
from tidewaiter.desks.targeting.models import ProfileVersion
from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, SHADOW
from tidewaiter.engine.records.lake import record_key
from tidewaiter.engine.risk.assess import assess
from tidewaiter.engine.risk.facts import compute_facts
from tidewaiter.engine.risk.profiles import ProfileSet
from tidewaiter.engine.risk.schema import SCHEMA
from tidewaiter.engine.risk.selection.would import would_select
from tidewaiter.engine.risk.value import by_declaration
from tidewaiter.platform.chance.actions import day_keys
from tidewaiter.platform.jobs.steps import Unwatched
from tidewaiter.platform.lock import only_one
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidewaiter.desks.targeting.actions.pinning import Pinned
    from tidewaiter.platform.jobs.steps import Steps

AT_ONCE = 50_000
ASSESSED = ["key", "version", "declaration_version", "declaration_id", "item_no", "run_id", "month"]


def follow_shadows(steps: Steps | None = None) -> int:
    """Judge what was assessed since last time by the profiles in shadow; the number of hits.

    A run that was killed is repeated by the next one, which records nothing twice.
    """
    steps = steps or Unwatched()
    with only_one("shadow"):
        waiting = defaultdict(list)
        for version in ProfileVersion.objects.filter(state=ProfileVersion.State.SHADOW):
            waiting[version.shadow_seen].append(version)
        now = lake().version(ASSESSMENTS)
        return sum(
            _follow(versions, seen, now, steps) for seen, versions in waiting.items() if seen != now
        )


def _follow(versions: list[ProfileVersion], seen: int, now: int, steps: Steps) -> int:
    fresh = _fresh(versions, seen, now)
    frames = list(_hits(versions, fresh, steps))
    if frames:
        lake().append(SHADOW, frames, cause=f"shadow:{uuid.uuid4()}")
    ProfileVersion.objects.filter(pk__in=[v.pk for v in versions]).update(shadow_seen=now)
    return sum(frame.height for frame in frames)


def _fresh(versions: list[ProfileVersion], seen: int, now: int) -> pl.DataFrame:
    """Assessments that came into the lake after its version `seen`, made since the shadow began."""
    began = pl.col("assessed_at") >= min(version.shadow_from for version in versions)
    rows = lake().scan(ASSESSMENTS, now).filter(began).select(ASSESSED)
    if not lake().readable(ASSESSMENTS, seen):  # masked since: all are looked at again
        return rows.collect(engine="streaming")
    before = lake().scan(ASSESSMENTS, seen).filter(began).select("key", "version")
    return rows.join(before, on=["key", "version"], how="anti").collect(engine="streaming")


def _hits(
    versions: list[ProfileVersion], fresh: pl.DataFrame, steps: Steps
) -> Iterator[pl.DataFrame]:
    """SHADOW rows of what is new, a run of assessments after the other."""
    done = 0
    for (run, month), part in fresh.partition_by("run_id", "month", as_dict=True).items():
        pins = pinned(str(run))
        for rows in part.iter_slices(AT_ONCE):
            steps.check()
            declared = declared_then(rows, str(month))
            facts = compute_facts(declared, pins.baselines)
            for version in versions:
                yield from _of_version(version, facts, declared, pins)
            done += rows.height
            steps.update(done, fresh.height, f"{month}")


def declared_then(rows: pl.DataFrame, month: str) -> pl.DataFrame:
    """The declared items as they were when they were assessed."""
    wanted = rows.select("key", version="declaration_version").lazy()
    found = lake().scan(DECLARATIONS).filter(pl.col("month") == month)
    return found.join(wanted, on=["key", "version"], how="semi").collect(engine="streaming")


def _of_version(
    version: ProfileVersion, facts: pl.DataFrame, declared: pl.DataFrame, pins: Pinned
) -> Iterator[pl.DataFrame]:
    judged = ProfileSet([version.as_profile], SCHEMA, pins.lists)
    hits = judged.evaluate(facts, unknown=False)
    hit = declared[hits.rows].select("declaration_id", "item_no", "declaration_date", "office", "month")  # fmt: skip
    if hit.is_empty():
        return
    rows = hit.join(_would(version, hit, declared, pins), on="declaration_id", how="left")
    rows = rows.with_columns(
        profile=pl.lit(judged.codes[0]),
        profile_version=pl.lit(version.number, dtype=pl.Int64),
        run_id=pl.lit(pins.digest),
        judged_at=pl.lit(timezone.now()),
        version=pl.lit(1, dtype=pl.Int64),
    ).with_columns(key=record_key(*SHADOW.natural_key))
    known = lake().scan(SHADOW).filter(
        (pl.col("profile") == judged.codes[0]) & pl.col("key").is_in(rows["key"].implode())
    )  # fmt: skip
    new = rows.join(known.select("key").collect(), on="key", how="anti").unique("key")
    if not new.is_empty():
        yield SHADOW.conform(new)


def _would(
    version: ProfileVersion, hit: pl.DataFrame, declared: pl.DataFrame, pins: Pinned
) -> pl.DataFrame:
    """declaration_id, would_select of the declarations hit: assessed as if the version were in
    force beside the others, and thrown away."""
    profile = version.as_profile
    others = [one for one in pins.profiles.given if one.code != profile.code]
    whole = declared.join(hit, on="declaration_id", how="semi")
    assessed = assess(
        whole,
        profiles=ProfileSet([*others, profile], SCHEMA, pins.lists),
        lists=pins.lists,
        baselines=pins.baselines,
        model=pins.model,
        currency=pins.currency,
        run_id=pins.digest,
        at=timezone.now(),
    )
    each = by_declaration(assessed)
    days = each["declaration_date"].unique() if profile.select_rate else ()
    keys = day_keys(days)
    would = would_select(each, profile, current_policy(), last_cutoffs(), keys)
    return each.select("declaration_id", would_select=would)
