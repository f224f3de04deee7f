"""Challengers in shadow: they score what the model in force has scored, on days that neither learnt
from, and decide nothing. Once results of controls are known, both are compared on those days.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import structlog
from django.utils import timezone
from scipy.special import expit

from tidewaiter.desks.targeting.actions.learning import load_model, side_by_side
from tidewaiter.desks.targeting.actions.pinning import pinned
from tidewaiter.desks.targeting.actions.shadow import AT_ONCE, declared_then
from tidewaiter.desks.targeting.models import Pins, RiskModelVersion
from tidewaiter.desks.targeting.window import within
from tidewaiter.engine.records import ASSESSMENTS, CHALLENGES, OUTCOMES
from tidewaiter.engine.records.lake import record_key
from tidewaiter.engine.risk.baselines.labels import labelled
from tidewaiter.engine.risk.facts import compute_facts
from tidewaiter.engine.risk.measurement import compare
from tidewaiter.engine.risk.models.snapshots import LEAST_CLEAN, LEAST_FINDS
from tidewaiter.engine.risk.selection.picks import RANDOM
from tidewaiter.platform.jobs.steps import Unwatched
from tidewaiter.platform.lock import only_one
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tidewaiter.engine.risk.models import RiskModel
    from tidewaiter.platform.jobs.steps import Steps

DAYS = 60  # declared so long ago at most
MOST_CHALLENGERS = 3  # the newest
TOP = 0.05  # share of the traffic of which both choices are laid side by side
State = RiskModelVersion.State
log = structlog.get_logger()


def follow_challengers(steps: Steps | None = None) -> int:
    """Score what was assessed and not yet scored, and compare anew; the number of items scored.

    Killed and repeated, it records nothing twice.
    """
    steps = steps or Unwatched()
    with only_one("challenges"):
        last = _last_assessed()
        if last is None:
            return 0
        open_ones = RiskModelVersion.objects.filter(state=State.CHALLENGER)[:MOST_CHALLENGERS]
        return sum(_follow(one, last, steps) for one in open_ones)


def _last_assessed() -> date | None:
    return lake().scan(ASSESSMENTS).select(pl.col("declaration_date").max()).collect().item()


def _follow(challenger: RiskModelVersion, last: date, steps: Steps) -> int:
    try:
        model = load_model(challenger.version)
    except (FileNotFoundError, ValueError) as error:
        log.warning("challenger_unusable", version=challenger.version, error=str(error))
        return 0
    since = max(challenger.learned_until, last - timedelta(days=DAYS - 1))
    fresh = _fresh(challenger, since, last)
    frames = list(_scored(model, fresh, steps))
    if frames:
        lake().append(CHALLENGES, frames, cause=f"challenge:{uuid.uuid4()}")
    challenger.shadow = _compared(challenger, since, last)
    challenger.save(update_fields=["shadow"])
    return fresh.height


def _fresh(challenger: RiskModelVersion, since: date, last: date) -> pl.DataFrame:
    """Assessments of the days by models that had not learnt from them, not yet scored."""
    learnt = dict(RiskModelVersion.objects.values_list("version", "learned_until"))
    runs = [
        (digest, model, learnt[model])
        for digest, model in Pins.objects.exclude(model=challenger.version).values_list("digest", "model")
        if model in learnt
    ]  # fmt: skip
    by = pl.DataFrame(runs, {"run_id": pl.String, "champion": pl.String, "learnt": pl.Date}, orient="row")  # fmt: skip
    rows = (
        lake().current(ASSESSMENTS, within(since, last))
        .join(by.lazy(), on="run_id").filter(pl.col("declaration_date") >= pl.col("learnt"))
        .select(
            "key", "declaration_id", "item_no", "declaration_version", "run_id", "month", "champion",
            "currency", champion_probability="probability", champion_revenue="revenue_at_stake",
        )
        .with_columns(model=pl.lit(challenger.version))
        .with_columns(challenge=record_key(*CHALLENGES.natural_key))
    )  # fmt: skip
    known = lake().scan(CHALLENGES).filter(pl.col("model") == challenger.version)
    done = known.select(challenge="key")
    return rows.join(done, on="challenge", how="anti").collect(engine="streaming")


def _scored(model: RiskModel, fresh: pl.DataFrame, steps: Steps) -> Iterator[pl.DataFrame]:
    """CHALLENGES rows, with the facts that each assessment had."""
    done = 0
    for (run, month), part in fresh.partition_by("run_id", "month", as_dict=True).items():
        pins = pinned(str(run))
        for rows in part.iter_slices(AT_ONCE):
            steps.check()
            declared = declared_then(rows, str(month))
            says = model.says(compute_facts(declared, pins.baselines))
            own = declared.select("key", "declaration_date", "office", "month").with_columns(
                probability=pl.Series(expit(says.log_odds)),
                revenue_at_stake=pl.Series(says.revenue, nan_to_null=True),
            )
            beside = rows.drop("month").join(own, on="key").with_columns(
                key=pl.col("challenge"),
                judged_at=pl.lit(timezone.now()),
                version=pl.lit(1, dtype=pl.Int64),
            )  # fmt: skip
            yield CHALLENGES.conform(beside)
            done += rows.height
            steps.update(done, fresh.height, f"{model.version[:12]} {month}")


def _compared(challenger: RiskModelVersion, since: date, last: date) -> dict[str, Any] | None:
    """What both did on the days, as JSON; None while nothing is scored."""
    mine = within(since, last) & (pl.col("model") == challenger.version)
    rows = lake().scan(CHALLENGES).filter(mine).collect(engine="streaming")
    if rows.is_empty():
        return None
    outcomes = lake().current(OUTCOMES, pl.col("month") >= since.strftime("%Y-%m"))
    known = labelled(rows.lazy(), outcomes)
    chance = outcomes.filter(pl.col("selected_by") == RANDOM).select("declaration_id").collect()
    drawn = known.join(chance, on="declaration_id", how="semi")
    days = rows["declaration_date"]
    return {
        "since": days.min().isoformat(), "until": days.max().isoformat(),  # type: ignore[union-attr]
        "compared_at": timezone.now().isoformat(),
        "champions": rows["champion"].unique().sort().to_list(),
        "items": rows.height, "same_choice": _same_choice(rows),
        "controls": known.height, "finds": int(known["found"].sum()),
        "chance_controls": drawn.height, "chance_finds": int(drawn["found"].sum()),
        "all": _figures(known), "chance": _figures(drawn),
    }  # fmt: skip


def _same_choice(rows: pl.DataFrame) -> float:
    """Of the best TOP of the traffic by one model, the share that is so by the other, too."""
    most = max(1, int(rows.height * TOP))
    tops = [rows.sort(name, "key", descending=True)["key"].head(most) for name in _BOTH]
    return tops[0].is_in(tops[1].implode()).sum() / most


_BOTH = ("champion_probability", "probability")


def _figures(known: pl.DataFrame) -> dict[str, Any] | None:
    """Both models on these controls; None where there are too few. Finds: ranked by probability.
    Revenue: by probability × revenue at stake, as the value of a control goes."""
    found = known["found"].to_numpy()
    if found.sum() < LEAST_FINDS or (~found).sum() < LEAST_CLEAN:
        return None
    revenue = known["revenue"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    old, new = (known[name].to_numpy() for name in _BOTH)
    by_finds = side_by_side(compare(old, new, found))
    stakes = [
        np.nan_to_num(known[name].fill_null(0.0).to_numpy())
        for name in ("champion_revenue", "revenue_at_stake")
    ]
    by_money = side_by_side(compare(old * stakes[0], new * stakes[1], found, revenue))
    for side, figures in by_money.items():
        by_finds[side] |= {n: figure for n, figure in figures.items() if n.startswith("revenue")}
    return by_finds
