"""What a ranking would have caught in the real traffic, had its best few been inspected and no others.

Nobody knows the truth about what was not controlled, so finds are weighted as in `traffic`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engine.risk.measurement.intervals import CONFIDENCE, UNKNOWN, Interval
from tidewaiter.engine.risk.measurement.ranking import SHARES
from tidewaiter.engine.risk.measurement.traffic import (
    CHANCE,
    LEAST_CONTROLS,
    LEAST_FINDS,
    OUTSIDE,
    share_of,
    spread,
    weigh,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Inspected:
    """The best `share` of the traffic. precision: of it non-compliant; recall: of all non-compliant
    in it; revenue: of all revenue at stake in it; lift: precision over that of chance.
    controls: declarations; minutes: of work, at the mean of what such controls took."""

    share: float
    precision: Interval
    recall: Interval
    revenue: Interval
    lift: Interval
    controls: float
    minutes: float


def inspected(
    controls: pl.DataFrame,
    traffic: pl.DataFrame,
    rank: str,
    shares: Sequence[float] = SHARES,
    confidence: float = CONFIDENCE,
) -> list[Inspected]:
    """One for each share.

    controls: part, probability, found, revenue, minutes, and `rank`: the place of the declaration in
    all traffic, in (0, 1], the best first; missing where it was not ranked. traffic: part, declarations.
    UNKNOWN where fewer than LEAST_CONTROLS by chance, or LEAST_FINDS of them finds, can tell.
    """
    weighed = weigh(controls.filter(pl.col(rank).is_not_null()), traffic, [])
    size = float(traffic.filter(pl.col("part") != OUTSIDE)["declarations"].sum() or 0)
    by_chance = weighed.filter(pl.col("part") == CHANCE)
    told = by_chance.height >= LEAST_CONTROLS and by_chance["found"].sum() >= LEAST_FINDS
    return [_inspected(weighed, rank, share, size, confidence, told=told) for share in shares]


def _inspected(
    weighed: pl.DataFrame, rank: str, share: float, size: float, level: float, *, told: bool
) -> Inspected:
    best, found = pl.col(rank) <= share, pl.col("found")
    money = pl.col("revenue").fill_null(0.0)
    recall = _share(weighed.filter(found), best, pl.lit(1.0), level) if told else UNKNOWN
    top = weighed.filter(best)
    minutes = float(top["minutes"].mean() or 0.0)  # type: ignore[arg-type]
    return Inspected(
        share=share,
        precision=_share(top, found, pl.lit(1.0), level) if told else UNKNOWN,
        recall=recall,
        revenue=_share(weighed.filter(money > 0), best, money, level) if told else UNKNOWN,
        lift=recall.scaled(1 / share),
        controls=share * size,
        minutes=share * size * minutes,
    )


def _share(rows: pl.DataFrame, what: pl.Expr, amount: pl.Expr, level: float) -> Interval:
    """Weighted share of the rows' amount that lies where `what` holds."""
    w, q = pl.col("weight") * amount, spread(pl.col("weight")) * amount**2
    sums = rows.select(
        w.sum().alias("stand"),
        w.filter(what).sum().alias("w"),
        q.sum().alias("q"),
        q.filter(what).sum().alias("q_what"),
        what.sum().cast(pl.Float64).alias("count"),
    )
    if not sums["stand"][0]:
        return UNKNOWN
    # Relative to the sum of the weights, whatever its unit.
    scale = rows.height / sums["stand"][0]
    sums = sums.with_columns(pl.col("stand", "w") * scale, pl.col("q", "q_what") * scale**2)
    bounds = share_of(sums, "w", "q_what", "count", level)
    return Interval(*(float(side[0]) for side in bounds))
