"""What profiles in shadow hit, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, OUTCOMES, SELECTIONS, SHADOW
from tidewaiter.engine.risk.baselines.labels import labelled
from tidewaiter.engine.risk.measurement import Interval, wilson
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from tidewaiter.desks.targeting.models import ProfileVersion
    from tidewaiter.platform.accounts.models import User

LATEST = 50


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """Of the officer's offices, since the shadow began. items: assessed; hits: items; would:
    declarations a control would have been asked for; selected: those of them that one was asked
    for anyway; controlled, finds: items hit of which the outcome is known. latest: the last hits."""

    items: int
    hits: int
    declarations: int
    would: int
    selected: int
    controlled: int
    finds: int
    precision: Interval
    latest: pl.DataFrame


def watched(user: User, version: ProfileVersion) -> Watched | None:
    """None for a version that was never in shadow. Raises Denied."""
    check(user, "profiles.read")
    if version.shadow_from is None:
        return None
    scope = user.scope().frame()
    mine = (pl.col("profile") == version.profile.code) & (pl.col("profile_version") == version.number)  # fmt: skip
    hits = lake().scan(SHADOW).filter(mine & scope).collect()
    since = pl.col("assessed_at") >= version.shadow_from
    items = lake().scan(ASSESSMENTS).filter(since & scope).select(pl.col("key").n_unique())
    months = pl.col("month").is_in(hits["month"].unique().implode())
    chosen = lake().current(SELECTIONS, months).select("declaration_id", "lane", "selected_by")
    per_item = hits.join(chosen.collect(), on="declaration_id", how="left")
    each = per_item.unique("declaration_id")
    would = each.filter("would_select")
    first = hits["month"].min() or ""
    outcomes = lake().current(OUTCOMES, pl.col("month") >= first)
    known = labelled(per_item.lazy().select("declaration_id", "item_no"), outcomes)
    finds = int(known["found"].sum())
    return Watched(
        items=items.collect().item(),
        hits=hits.height,
        declarations=each.height,
        would=would.height,
        selected=would.filter(pl.col("lane").is_not_null() & (pl.col("lane") != "green")).height,
        controlled=known.height,
        finds=finds,
        precision=wilson(finds, known.height),
        latest=_latest(per_item, known),
    )


def _latest(hits: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    last = hits.sort("judged_at", "declaration_id", descending=True).head(LATEST)
    months = pl.col("month").is_in(last["month"].unique().implode())
    declared = (
        lake().current(DECLARATIONS, months)
        .select("declaration_id", "item_no", "importer", "hs", "origin")
        .join(last.lazy(), on=["declaration_id", "item_no"], how="semi").collect()
    )  # fmt: skip
    by = ["declaration_id", "item_no"]
    return last.join(declared, on=by, how="left", maintain_order="left").join(
        known.select(*by, "found"), on=by, how="left", maintain_order="left"
    )
