"""How good profiles and scores would have been on controls whose results are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tidewaiter.engine.risk.baselines.labels import labelled
from tidewaiter.engine.risk.measurement import order, wilson

if TYPE_CHECKING:
    from tidewaiter.engine.risk.profiles import ProfileSet

SHARES = (0.01, 0.02, 0.05, 0.1, 0.2)


def try_profiles(
    profiles: ProfileSet, facts: pl.DataFrame, outcomes: pl.DataFrame | pl.LazyFrame
) -> pl.DataFrame:
    """One row a profile: what it would have done on these facts.

    Columns: profile, items (hit), unknown (could not be judged), declarations (hit), controlled and
    finds (hit items with a known result, with a find), hit_rate with its 95 % Wilson interval (low,
    high), lift (hit rate over that of all controlled items), revenue (assessed on its finds), alone
    (finds that no other of these profiles hits).
    """
    hits = profiles.evaluate(facts)
    results = _results(facts, outcomes)
    found = np.nan_to_num(results["found"].cast(pl.Float64).to_numpy(), nan=-1.0)
    revenue = np.nan_to_num(results["revenue"].to_numpy())
    times_hit = np.bincount(hits.rows, minlength=facts.height)
    unknown = hits.counts()
    base = float((found == 1).sum() / max((found >= 0).sum(), 1))
    rows = []
    for number, code in enumerate(profiles.codes):
        mine = hits.rows[hits.profiles == number]
        controlled, finds = int((found[mine] >= 0).sum()), int((found[mine] == 1).sum())
        rate = wilson(finds, controlled)
        rows.append(
            {
                "profile": code,
                "items": len(mine),
                "unknown": unknown[code][1],
                "declarations": facts["declaration_id"].gather(mine).n_unique(),
                "controlled": controlled,
                "finds": finds,
                "hit_rate": rate.value,
                "low": rate.low,
                "high": rate.high,
                "lift": rate.value / base if base else float("nan"),
                "revenue": float(revenue[mine][found[mine] == 1].sum()),
                "alone": int(((found[mine] == 1) & (times_hit[mine] == 1)).sum()),
            }
        )
    return pl.DataFrame(rows)


def ranking(
    assessments: pl.DataFrame,
    outcomes: pl.DataFrame | pl.LazyFrame,
    *,
    by: str = "score",
    shares: tuple[float, ...] = SHARES,
) -> pl.DataFrame:
    """One row a share inspected, of the items whose result is known, the highest of `by` first.

    Columns: share, items, precision, recall, lift, revenue_share (of all revenue assessed). Items
    controlled because they scored high flatter the score: restrict outcomes to random controls
    (`selected_by` = random) for a fair figure.
    """
    results = _results(assessments, outcomes)
    known = results["found"].is_not_null()
    found = results.filter(known)["found"].cast(pl.Boolean).to_numpy()
    revenue = np.nan_to_num(results.filter(known)["revenue"].to_numpy())
    score = assessments.filter(known)[by].cast(pl.Float64).to_numpy()
    ranked = order(score)
    rows = []
    for share in shares:
        top = ranked[: max(1, round(len(ranked) * share))]
        hits = found[top].sum()
        precision = float(hits / len(top)) if len(top) else float("nan")
        rows.append(
            {
                "share": share,
                "items": len(top),
                "precision": precision,
                "recall": float(hits / max(found.sum(), 1)),
                "lift": precision / float(found.mean()) if found.any() else float("nan"),
                "revenue_share": float(revenue[top].sum() / max(revenue.sum(), 1e-9)),
            }
        )
    return pl.DataFrame(rows)


def _results(rows: pl.DataFrame, outcomes: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """found and revenue of each row, in order; missing where it was not controlled."""
    named = rows.select("declaration_id", "item_no")
    known = labelled(named.lazy(), outcomes.lazy())
    keys = ["declaration_id", "item_no"]
    return named.join(
        known.select(*keys, "found", "revenue"), on=keys, how="left", maintain_order="left"
    )
