"""Whether a profile by itself would have asked for a control: for profiles that are only watched."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engine.risk import chance
from tidewaiter.engine.risk.selection.policy import GREEN, WHOLE
from tidewaiter.engine.risk.selection.traffic import random_ids, size, weight

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from tidewaiter.engine.risk.selection.online import Cutoffs
    from tidewaiter.engine.risk.selection.picks import SelectingProfile
    from tidewaiter.engine.risk.selection.policy import SelectionPolicy


def would_select(
    declarations: pl.DataFrame,
    profile: SelectingProfile,
    policy: SelectionPolicy,
    cutoffs: Cutoffs,
    day_keys: Mapping[date, str],
) -> pl.Series:
    """For declarations that it hits (as `select` takes them, valued with its weight): would it as
    a mandatory profile, its keyed hash, or the value against the last cut-offs have picked it?"""
    if profile.mandatory and profile.lane != GREEN:
        return pl.repeat(value=True, n=declarations.height, eager=True)
    rows = declarations.with_row_index("row").with_columns(
        would=_by_value(policy, cutoffs), profile=pl.lit(profile.code)
    )
    if not profile.select_rate or profile.lane == GREEN:
        return rows["would"]
    drawn = [
        day.with_columns(
            would=pl.col("would") | (chance.draw(random_ids(), day_keys[on]) < profile.select_rate)
        )
        for (on,), day in rows.partition_by("declaration_date", as_dict=True).items()
    ]
    return pl.concat([rows.clear(), *drawn]).sort("row")["would"]


def _by_value(policy: SelectionPolicy, cutoffs: Cutoffs) -> pl.Expr:
    value = (
        pl.col("expected_value").fill_null(0.0)
        * weight(policy)
        / size(pl.col("items"), policy)
        * WHOLE
    )
    taken = []
    for rule in policy.lanes:
        least = {office: limit for (office, lane), limit in cutoffs.items() if lane == rule.lane}
        per_minute = value / policy.minutes_of(rule.control)
        limit = pl.col("office").fill_null("").replace_strict(
            least, default=float("inf"), return_dtype=pl.Float64
        )  # fmt: skip
        taken.append((per_minute >= limit) & (per_minute > policy.cost_per_minute))
    return reduce(pl.Expr.or_, taken)
