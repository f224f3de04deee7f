"""What a model sees of the facts: stationary figures only, each belonging to one reason."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tidewaiter.engine.risk.baselines import HISTORIES, PEERS
from tidewaiter.engine.risk.baselines.comparisons import FIRSTS, SHARES, SURGES
from tidewaiter.engine.risk.columns import to_matrix
from tidewaiter.engine.risk.indicators import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

MOST_CONTROLS = 60.0  # support beyond this says nothing new, and grows with time
NOT_FEATURES = {
    "value_per_kg",  # in money per unit: the peers' ratio says it
    "value_per_unit",
    "preference_saving",  # in money: duty rates and value say it
    "importer_record",  # the hit rates are features themselves
    "supplier_record",
    "importer_never_controlled",  # controls only grow; the support of the hit rate says it
    "importer_first_digits",  # known from 250 amounts on: being known would mean being old
    "importer_second_digits",
    "counterflow_items",  # counts that only grow; see counterflow_value_per_kg_z
    "counterparty_items",
    "importer_silent_days",  # grows with the age of the baselines, which differs from day to day
}


# All else alike, goods declared more cheaply are not less suspect, and neither is a trader of whom
# controls have found more. Dear goods are: by value_excess_z, which has no such bound.
CHEAPER_IS_WORSE = ("value_per_kg", "value_per_unit")
TRADERS = ("importer", "declarant", "supplier", "carrier")


@dataclass(frozen=True, slots=True)
class Feature:
    """What is made of one fact: cut at `most`, and its logarithm (missing from zero down) if `log`.

    `reason`: the code of the indicator or history whose sentence explains it. `sense`: 1 where a
    higher figure never lowers the probability, -1 where it never raises it, 0 where both may be.
    """

    name: str
    fact: str
    reason: str
    most: float = math.inf
    log: bool = False
    sense: int = 0


def _history_features() -> Iterable[Feature]:
    for history in HISTORIES:
        if not history.outcomes:
            continue
        name, reason = history.name, f"{history.name}_history"
        sense = 1 if name in TRADERS else 0
        for rate in (f"{name}_hit_rate", f"{name}_recent_hit_rate"):
            yield Feature(rate, rate, reason, sense=sense)
        if history.changing:
            rate = f"{name}_current_hit_rate"
            yield Feature(rate, rate, reason, sense=sense)
        yield Feature(f"{name}_support", f"{name}_controls", reason, most=MOST_CONTROLS)


def _peer_features() -> Iterable[Feature]:
    for peers in PEERS:
        reason = f"{peers.name}_z"
        for suffix in ("percentile", "peer_spread", "peer_level"):
            name = f"{peers.name}_{suffix}"
            yield Feature(name, name, reason, sense=_sense_of_price(name))


def _sense_of_price(code: str) -> int:
    """-1 for a unit value set against its peers, else 0."""
    places = {
        f"{name}_{place}" for name in CHEAPER_IS_WORSE for place in ("ratio", "z", "percentile")
    }
    return -1 if code in places else 0


def _record_features() -> Iterable[Feature]:
    for name in ("value", "net_mass", "gross_mass", "quantity"):
        yield Feature(f"{name}_log", name, "size", log=True)
    yield Feature("duty_rate", "duty_rate", "duty_rate")


@cache
def features() -> tuple[Feature, ...]:
    """All features, in the order of the model's columns."""
    indicators = [
        Feature(i.code, i.code, i.code, sense=_sense_of_price(i.code))
        for i in CATALOGUE
        if i.code not in NOT_FEATURES
    ]
    return (*indicators, *_peer_features(), *_history_features(), *_record_features())


@cache
def steady_features() -> tuple[str, ...]:
    """Features whose distribution stays the same while the traffic does: those of the record, and its
    place among its peers.

    The others are figures of a history or of a peer group: they move with every new baseline, and a
    group of thousands moves as one.
    """
    groups = tuple(f"{history.name}_" for history in HISTORIES)
    names = [
        feature.name
        for feature in features()
        if not any(root.startswith(groups) for root in _roots(feature.fact))
    ]
    return tuple(name for name in names if not name.endswith(("_peer_level", "_peer_spread")))


def _roots(fact: str) -> set[str]:
    """Names of all columns that a fact is computed from, however indirectly."""
    made = {i.code: i.expression.meta.root_names() for i in CATALOGUE if i.expression is not None}
    made |= {name: list(sides) for name, sides in {**SHARES, **SURGES, **FIRSTS}.items()}
    waiting, seen = {fact}, set[str]()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        if name in made:
            waiting |= set(made[name]) - seen
    return seen


@cache
def _places() -> dict[str, list[int]]:
    """Numbers of the columns by what is done with them."""
    kinds = {indicator.code: indicator.kind for indicator in CATALOGUE}
    flags = [kinds.get(f.fact) == "flag" for f in features()]
    return {
        "flags": [n for n, flag in enumerate(flags) if flag],
        "figures": [n for n, flag in enumerate(flags) if not flag],
        "cut": [n for n, f in enumerate(features()) if math.isfinite(f.most)],
        "logs": [n for n, f in enumerate(features()) if f.log],
    }


def matrix(facts: pl.DataFrame) -> npt.NDArray[np.float32]:
    """Rows × features, missing as NaN."""
    made, places = features(), _places()
    rows = np.empty((facts.height, len(made)))
    for kind in ("flags", "figures"):
        rows[:, places[kind]] = to_matrix(facts[[made[n].fact for n in places[kind]]])
    for n in places["cut"]:
        np.minimum(rows[:, n], made[n].most, out=rows[:, n])
    for n in places["logs"]:
        figure = np.ascontiguousarray(rows[:, n])
        rows[:, n] = np.log(np.where(figure > 0, figure, np.nan))
    return rows.astype(np.float32)
