"""The weekly loop: inspect a share of each week, learn only from what was inspected.

A faster stand-in for the house's model, because a loop of two years trains a thousand models: the
label-free facts are the engine's own, computed every four weeks from baselines without outcomes and
shared by all policies of a world; the hit rates of the engine's histories are counted here, week by
week, from what the policy itself inspected; the trees have the engine's parameters but fewer bins, a
fixed number of them, and are fitted every third week.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import lightgbm as lgb
import numpy as np
import polars as pl
from scipy.special import expit, logit

from tidewaiter.engine.records import OUTCOMES
from tidewaiter.engine.risk.baselines import HISTORIES, Baselines
from tidewaiter.engine.risk.baselines.keys import with_keys
from tidewaiter.engine.risk.facts import compute_facts, conform
from tidewaiter.engine.risk.models import unlearnt
from tidewaiter.engine.risk.models.features import features, matrix
from tidewaiter.engine.risk.models.training import PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

WARM = 6  # weeks at the beginning in which every policy picks at random, not counted
REFRESH = 4  # weeks for which the label-free baselines hold
EVERY = 3  # weeks between two trainings
TREES = 60
HALF_LIFE = 9.0  # weeks: the engine's 60 days
PRIOR = 8.0  # controls at the overall rate that each history starts with, as in the engine
LEAST_FINDS = 15
MOST = 40_000  # items that a model learns from, the latest: binds only where all outcomes are known
MEMBERS = 3  # trees of an ensemble whose spread is asked for


@dataclass(frozen=True)
class World:
    """Goods items in order of time, and the truth.

    facts: items × label-free features. codes: histories × items. header: declaration of each item,
    0, 1, 2, ...; week: of each declaration. findable: what a physical control of the item would
    find. plain: label-free log-odds.
    """

    name: str
    facts: NDArray[np.float32]
    codes: list[Ints]
    header: Ints
    week: Ints
    findable: NDArray[np.bool_]
    revenue: Floats
    plain: Floats

    @classmethod
    def of(
        cls, name: str, declarations: pl.DataFrame, findable: pl.Series, revenue: pl.Series
    ) -> World:
        """declarations: DECLARATIONS columns; the series are of the same rows."""
        order = (
            conform(declarations)
            .with_columns(_f=findable, _r=revenue)
            .sort("declaration_date", "declaration_id", "item_no")
        )
        truth, rows = order.select("_f", "_r"), order.drop("_f", "_r")
        first = rows["declaration_date"].min()
        days = (rows["declaration_date"] - first).dt.total_days().to_numpy()
        names = rows["declaration_id"].rle_id().to_numpy().astype(np.int64)
        firsts = np.r_[True, np.diff(names) > 0]
        free, plain = _label_free(rows, days // 7)
        return cls(
            name, free, _codes(rows), names, (days // 7)[firsts].astype(np.int64),
            truth["_f"].to_numpy(), truth["_r"].fill_null(0.0).to_numpy(), plain,
        )  # fmt: skip


def _label_free(rows: pl.DataFrame, week: Ints) -> tuple[NDArray[np.float32], Floats]:
    learnt = ("_hit_rate", "_support")
    keep = [n for n, f in enumerate(features()) if not f.name.endswith(learnt)]
    nothing, parts, plain = OUTCOMES.empty().lazy(), [], []
    for start in range(0, int(week.max()) + 1, REFRESH):
        inside = (week >= start) & (week < start + REFRESH)
        if not inside.any():
            continue
        since = rows["declaration_date"].min() + timedelta(weeks=start)
        facts = compute_facts(
            rows.filter(pl.Series(inside)), Baselines.build(rows.lazy(), nothing, since)
        )
        parts.append(matrix(facts)[:, keep])
        plain.append(unlearnt.says(facts).log_odds)
    return np.concatenate(parts), np.concatenate(plain)


def _codes(rows: pl.DataFrame) -> list[Ints]:
    keyed = with_keys(rows.lazy()).collect()
    codes = []
    for history in (h for h in HISTORIES if h.outcomes):
        numbers = keyed.select(history.key.number()).to_series()
        if numbers.n_unique() > 1:
            codes.append(np.unique(numbers.to_numpy(), return_inverse=True)[1].astype(np.int64))
    return codes


@dataclass
class Memory:
    """What a policy may know of the weeks behind it: finds among what it picked by rank and by
    exploration, what the model had promised of the first, and finds in the lower half of them."""

    exploited: list[float] = field(default_factory=list)
    promised: list[float] = field(default_factory=list)
    margin: list[float] = field(default_factory=list)
    explored: list[tuple[int, int]] = field(default_factory=list)

    def recent(self, values: list[float], weeks: int = 8) -> float:
        return float(np.mean(values[-weeks:])) if values else 0.0

    def explored_rate(self, weeks: int = 13) -> float:
        """Finds per exploring control lately, one find in twenty-five assumed beforehand."""
        finds, controls = np.sum(self.explored[-weeks:], axis=0) if self.explored else (0, 0)
        return float((finds + 1) / (controls + 25))


@dataclass(frozen=True)
class Strategy:
    """How a week's controls are chosen.

    share: of the controls that explore. explore: among what. rank: what the others are ranked by;
    `truth` and `known` are no policies but limits: perfect sight, and every past outcome known.
    """

    name: str
    share: Callable[[Memory], float] = lambda memory: 0.0  # noqa: ARG005
    explore: Literal["random", "spread", "unseen"] = "random"
    rank: Literal["mean", "thompson", "ucb", "truth", "known", "chance"] = "mean"

    @property
    def members(self) -> int:
        return MEMBERS if self.rank in ("thompson", "ucb") or self.explore == "spread" else 1


@dataclass(frozen=True)
class Result:
    """Shares over all counted weeks."""

    precision: float
    revenue: float
    explored: float


class _Counts:
    """Controls and finds of each history's keys, all and recent."""

    def __init__(self, world: World) -> None:
        self.world = world
        sizes = [int(codes.max()) + 1 for codes in world.codes]
        self.tables = [np.zeros((4, size)) for size in sizes]
        self.rate = 0.03

    def features(self, items: Ints) -> NDArray[np.float32]:
        made = []
        for codes, table in zip(self.world.codes, self.tables, strict=True):
            controls, finds, lately, hits = table[:, codes[items]]
            made += [
                (finds + PRIOR * self.rate) / (controls + PRIOR),
                (hits + PRIOR * self.rate) / (lately + PRIOR),
                np.minimum(controls, 60.0),
            ]
        return np.column_stack(made).astype(np.float32)

    def support(self, items: Ints) -> Floats:
        """Least known of an item: controls of its least controlled key among the coarse half."""
        known = [t[0, c[items]] for c, t in zip(self.world.codes, self.tables, strict=True)]
        return np.min(known[: len(known) // 2], axis=0)

    def learn(self, items: Ints) -> None:
        found = self.world.findable[items].astype(np.float64)
        for codes, table in zip(self.world.codes, self.tables, strict=True):
            where, size = codes[items], table.shape[1]
            controls, finds = np.bincount(where, minlength=size), np.bincount(where, found, size)
            table[2:] *= 0.5 ** (1 / HALF_LIFE)
            table[:] += np.stack([controls, finds, controls, finds])
        total = self.tables[0].sum(axis=1)
        self.rate = max((total[1] + 1) / (total[0] + 30), 0.005)


def run(world: World, strategy: Strategy, rate: float, seed: int) -> Result:
    """Two years, or what the world has, under one policy."""
    rng = np.random.default_rng([seed, 11])
    counts, memory = _Counts(world), Memory()
    seen_x: list[NDArray[np.float32]] = []
    seen_y: list[NDArray[np.bool_]] = []
    boosters: list[lgb.Booster] = []
    bounds = np.searchsorted(world.week, np.arange(int(world.week.max()) + 2))
    edges = np.searchsorted(world.header, bounds)
    tally = np.zeros(5)
    for week, (first, last) in enumerate(pairwise(bounds)):
        items = np.arange(edges[week], edges[week + 1])
        count = round(rate * (last - first))
        if not count:
            continue
        local = world.header[items] - first
        x = np.hstack([world.facts[items], counts.features(items)])
        if week % EVERY == 0 and seen_y and sum(y.sum() for y in seen_y) >= LEAST_FINDS:
            boosters = _fit(seen_x, seen_y, strategy.members, seed * 1000 + week)
        odds = _odds(boosters, x) if boosters else world.plain[items][None, :]
        scores = np.stack([_any(expit(o), local, last - first) for o in odds])
        truth = _any(world.findable[items].astype(float), local, last - first)
        unseen = -np.bincount(local, 1 / (1 + counts.support(items)), last - first)
        warm = week < WARM
        chosen, exploring = _choose(
            Strategy("warm", rank="chance") if warm and strategy.rank != "truth" else strategy,
            scores, truth, unseen, count, memory, rng,
        )  # fmt: skip
        taken = np.isin(local, chosen)
        learned = items if strategy.rank == "known" else items[taken]
        seen_x.append(x[learned - edges[week]])
        seen_y.append(world.findable[learned])
        counts.learn(learned)
        money = np.where(world.findable[items], world.revenue[items], 0.0)
        if not warm:
            _remember(memory, chosen, exploring, scores.mean(axis=0), truth)
            tally += (
                truth[chosen].sum(), count, money[taken].sum(), money.sum(), exploring.sum(),
            )  # fmt: skip
    return Result(tally[0] / tally[1], tally[2] / tally[3], tally[4] / tally[1])


def _fit(
    xs: list[NDArray[np.float32]], ys: list[NDArray[np.bool_]], members: int, seed: int
) -> list[lgb.Booster]:
    x, y = np.concatenate(xs)[-MOST:], np.concatenate(ys)[-MOST:]
    small = {"num_leaves": 7, "min_data_in_leaf": 20} if y.sum() < 500 else {}
    data = lgb.Dataset(x, y.astype(np.int8), free_raw_data=False)
    return [
        lgb.train(
            PARAMETERS | small | {"seed": seed + n, "num_threads": 1, "max_bin": 63}, data, TREES
        )
        for n in range(members)
    ]


def _odds(boosters: list[lgb.Booster], x: NDArray[np.float32]) -> Floats:
    return np.stack([np.asarray(b.predict(x, raw_score=True, num_threads=1)) for b in boosters])


def _any(item: Floats, local: Ints, size: int) -> Floats:
    """Probability that at least one item of each declaration is non-compliant."""
    return 1 - np.exp(np.bincount(local, np.log1p(-np.minimum(item, 1 - 1e-9)), size))


def _choose(
    strategy: Strategy, scores: Floats, truth: Floats, unseen: Floats, count: int,
    memory: Memory, rng: np.random.Generator,
) -> tuple[Ints, NDArray[np.bool_]]:  # fmt: skip
    """Declarations to inspect, and which of them explore."""
    size = scores.shape[1]
    mean, spread = scores.mean(axis=0), logit(np.clip(scores, 1e-6, 1 - 1e-6)).std(axis=0)
    rank = {
        "mean": mean,
        "known": mean,
        "chance": rng.random(size),
        "truth": truth,
        "thompson": logit(np.clip(mean, 1e-6, 1 - 1e-6)) + 2 * spread * rng.standard_normal(size),
        "ucb": logit(np.clip(mean, 1e-6, 1 - 1e-6)) + spread,
    }[strategy.rank]
    wanted = strategy.share(memory) * count
    explore = int(wanted) + int(rng.random() < wanted % 1)
    ranked = np.argsort(-rank, kind="stable")[: count - explore]
    rest = np.setdiff1d(np.arange(size), ranked)
    if strategy.explore == "random":
        picks = rng.choice(rest, explore, replace=False)
    else:
        least = -spread[rest] if strategy.explore == "spread" else unseen[rest]
        pool = rest[np.argsort(least, kind="stable")[: max(5 * explore, 1)]]
        picks = rng.choice(pool, min(explore, len(pool)), replace=False)
    chosen = np.concatenate([ranked, picks]).astype(np.int64)
    return chosen, np.arange(len(chosen)) >= len(ranked)


def _remember(
    memory: Memory, chosen: Ints, exploring: NDArray[np.bool_], mean: Floats, truth: Floats
) -> None:
    ranked = chosen[~exploring]
    if len(ranked):
        memory.exploited.append(float(truth[ranked].mean()))
        memory.promised.append(float(mean[ranked].mean()))
        memory.margin.append(float(truth[ranked[len(ranked) // 2 :]].mean()))
    memory.explored.append((int(truth[chosen[exploring]].sum()), int(exploring.sum())))
