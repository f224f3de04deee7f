"""The picks that do not fill lanes by value: mandatory profiles, select rates, the random share, the
share of unseen traders, and profiles whose matches have waited long enough.

A frame of picks has the columns row, step, lane (index in the policy), controls, selected_by.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Protocol

import polars as pl

from tidewaiter.engine.risk import chance
from tidewaiter.engine.risk.selection.policy import GREEN
from tidewaiter.engine.risk.selection.traffic import WAITING, random_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tidewaiter.engine.risk.selection.policy import SelectionPolicy
    from tidewaiter.engine.risk.selection.traffic import Terms

MANDATORY, RATE, RANDOM, UNSEEN = "mandatory", "rate", "random", "unseen"
AFTER, VALUE, LIMIT, NONE = "after", "value", "limit", "none"
CANCELLED = "cancelled"  # the declaration was, after its selection
BY_CHANCE = (RATE, RANDOM, UNSEEN)


class SelectingProfile(Protocol):
    """What selection needs of a risk profile."""

    @property
    def code(self) -> str: ...
    @property
    def mandatory(self) -> bool: ...
    @property
    def lane(self) -> str | None: ...
    @property
    def controls(self) -> Sequence[str]: ...
    @property
    def select_rate(self) -> float | None: ...


class SelectingProfiles(Protocol):
    """What selection needs of a set of risk profiles."""

    @property
    def profiles(self) -> Iterable[SelectingProfile]: ...


def selecting(profiles: SelectingProfiles, policy: SelectionPolicy) -> pl.DataFrame:
    """The profiles that select by themselves: profile, mandatory, rate (0: only after waiting), lane,
    controls.

    A profile without a lane of the policy works in the policy's first lane, so that nothing
    mandatory is lost; one whose lane is green only scores.
    """
    lanes = {rule.lane: index for index, rule in enumerate(policy.lanes)}
    rows = []
    for profile in profiles.profiles:
        rate = 1.0 if profile.mandatory else (profile.select_rate or 0.0)
        waits = profile.code in policy.select_after
        if (rate > 0 or waits) and profile.lane != GREEN:
            lane = lanes.get(profile.lane or "", 0)
            own = policy.lanes[lane].control
            controls = [own, *(c for c in profile.controls if c != own)]
            rows.append((profile.code, profile.mandatory, rate, lane, controls))
    schema = {
        "profile": pl.String(),
        "mandatory": pl.Boolean(),
        "rate": pl.Float64(),
        "lane": pl.Int64(),
        "controls": pl.List(pl.String()),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def matches(traffic: pl.DataFrame, choosing: pl.DataFrame) -> pl.DataFrame:
    """One row for each declaration and selecting profile that it hit."""
    hit = traffic.filter(pl.col("profiles").list.len() > 0)
    exploded = hit.select(
        "row", "declaration_id", "declaration_date", profile=pl.col("profiles")
    ).explode("profile")
    return exploded.unique(["row", "profile"]).join(choosing, on="profile")


def with_draws(rated: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """Adds `drawn`: whether the profile's keyed hash picks this match."""
    days = [
        day.with_columns(
            drawn=chance.draw(random_ids(), terms.key(day["declaration_date"][0])) < pl.col("rate")
        )
        for day in rated.partition_by("declaration_date")
    ]
    return pl.concat(days) if days else rated.with_columns(drawn=pl.lit(None, pl.Boolean))


def by_profile(found: pl.DataFrame, step: str) -> pl.DataFrame:
    """One pick a declaration: the most intrusive lane, then the first code; all their controls."""
    ordered = found.sort("row", "lane", "profile")
    firsts = ordered.group_by("row", maintain_order=True).agg(
        pl.col("lane").first(), pl.col("profile").first()
    )
    controls = (
        ordered.select("row", "controls")
        .explode("controls")
        .group_by("row", maintain_order=True)
        .agg(pl.col("controls").unique(maintain_order=True))
    )
    return firsts.join(controls, on="row").select(
        pl.col("row").cast(pl.UInt32),
        pl.lit(step).alias("step"),
        "lane",
        "controls",
        selected_by=pl.format("{}:{}", pl.lit(step), pl.col("profile")),
    )


def due(
    others: pl.DataFrame, found: pl.DataFrame, traffic: pl.DataFrame, terms: Terms
) -> pl.DataFrame:
    """One pick for each profile whose matches have waited: the best by value of the day's matches.

    found: all matches (see `matches`); others: those of declarations that no mandatory profile
    selects. What is due depends on the traffic and on days past, never on what chance picks today,
    so that the probabilities of chance stay what they are.
    """
    after = terms.policy.select_after
    waiting = terms.waiting if terms.waiting is not None else pl.DataFrame(schema=WAITING)
    waits = pl.DataFrame(
        {"profile": list(after), "most": list(after.values())},
        schema={"profile": pl.String, "most": pl.Int64},
    ).join(waiting, on="profile", how="left")
    day = ["declaration_date", "profile"]
    counted = found.join(waits, on="profile").with_columns(today=pl.len().over(day))
    owed = counted.filter(pl.col("matches").fill_null(0) + pl.col("today") >= pl.col("most"))
    served = owed.join(others, on="row", how="anti").select(day).unique()
    best = (
        owed.join(served, on=day, how="anti")
        .join(traffic.select("row", "value", "tie"), on="row")
        .sort(*day, "value", "tie", descending=[False, False, True, False])
        .unique(day, keep="first", maintain_order=True)
    )
    return by_profile(best, AFTER)


def at_random(traffic: pl.DataFrame, policy: SelectionPolicy) -> pl.DataFrame:
    """Every declaration whose number lies below the random rate."""
    rates = [rule.random_rate for rule in policy.lanes]
    return _drawn(traffic, "number", rates, RANDOM, policy)


def of_unseen(traffic: pl.DataFrame, policy: SelectionPolicy) -> pl.DataFrame:
    """Every declaration of an unseen trader whose own number lies below the unseen rate."""
    rates = [rule.unseen_rate for rule in policy.lanes]
    return _drawn(traffic.filter("unseen"), "unseen_number", rates, UNSEEN, policy)


def _drawn(
    traffic: pl.DataFrame, number: str, rates: list[float], step: str, policy: SelectionPolicy
) -> pl.DataFrame:
    """What is drawn into each lane; an authorised trader's comes into the mildest it is due."""
    uppers = list(accumulate(rates))
    passed = pl.sum_horizontal((pl.col(number) >= upper).cast(pl.Int64) for upper in uppers)
    picked = traffic.filter(pl.col(number).is_not_null()).select("row", "authorised", lane=passed)
    milder = pl.max_horizontal("lane", policy.authorised_from)
    lanes = picked.filter(pl.col("lane") < len(uppers)).select(
        "row", lane=pl.when("authorised").then(milder).otherwise("lane").cast(pl.Int64)
    )
    return lanes.join(standard_controls(policy), on="lane", how="left").select(
        "row", pl.lit(step).alias("step"), "lane", "controls", selected_by=pl.lit(step)
    )


def standard_controls(policy: SelectionPolicy) -> pl.DataFrame:
    """lane (index), controls."""
    return pl.DataFrame(
        {
            "lane": list(range(len(policy.lanes))),
            "controls": [[rule.control] for rule in policy.lanes],
        },
        schema={"lane": pl.Int64, "controls": pl.List(pl.String)},
    )
