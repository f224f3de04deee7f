"""What a model sees of the facts: stationary figures only, each belonging to one reason."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from tidewaiter.engine.risk.baselines import HISTORIES, PEERS
from tidewaiter.engine.risk.columns import Computed
from tidewaiter.engine.risk.indicators import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_CONTROLS = 60.0  # support beyond this says nothing new, and grows with time
NOT_FEATURES = {"value_per_kg", "value_per_unit"}  # in money per unit: the peers' ratio says it


@dataclass(frozen=True, slots=True)
class Feature:
    """`fact`: the column it is made of, as it stands if there is no `expression`; `most`: it is cut
    there. `reason`: the code of the indicator or history whose sentence explains it."""

    name: str
    fact: str
    reason: str
    expression: pl.Expr | None = None
    most: float = np.inf


def _history_features() -> Iterable[Feature]:
    for history in HISTORIES:
        if not history.outcomes:
            continue
        name, reason = history.name, f"{history.name}_history"
        yield Feature(f"{name}_hit_rate", f"{name}_hit_rate", reason)
        yield Feature(f"{name}_recent_hit_rate", f"{name}_recent_hit_rate", reason)
        yield Feature(f"{name}_support", f"{name}_controls", reason, most=MOST_CONTROLS)


def _peer_features() -> Iterable[Feature]:
    for peers in PEERS:
        reason = f"{peers.name}_z"
        for suffix in ("percentile", "peer_spread", "peer_level"):
            yield Feature(f"{peers.name}_{suffix}", f"{peers.name}_{suffix}", reason)


def _record_features() -> Iterable[Feature]:
    for name in ("value", "net_mass", "gross_mass", "quantity"):
        figure = pl.when(pl.col(name) > 0).then(pl.col(name).log())
        yield Feature(f"{name}_log", name, "size", figure)
    yield Feature("duty_rate", "duty_rate", "duty_rate")


@cache
def features() -> tuple[Feature, ...]:
    """All features, in the order of the model's columns."""
    indicators = [Feature(i.code, i.code, i.code) for i in CATALOGUE if i.code not in NOT_FEATURES]
    return (*indicators, *_peer_features(), *_history_features(), *_record_features())


@dataclass(frozen=True, slots=True)
class _Layout:
    """`facts`: columns taken as they stand, or written over by `computed` at `places`."""

    facts: list[str]
    computed: Computed
    places: list[int]
    most: npt.NDArray[np.float32]


@cache
def _layout() -> _Layout:
    made = [(n, f.expression) for n, f in enumerate(features()) if f.expression is not None]
    return _Layout(
        [f.fact for f in features()],
        Computed(expression.alias(f"f{n}") for n, expression in made),
        [n for n, _ in made],
        np.array([f.most for f in features()], dtype=np.float32),
    )


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
    made = {indicator.code: indicator.expression for indicator in CATALOGUE}
    waiting, seen = {fact}, set[str]()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        if name in made:
            waiting |= set(made[name].meta.root_names()) - seen
    return seen


def matrix(facts: pl.DataFrame) -> npt.NDArray[np.float32]:
    """Rows × features, missing as NaN. Most are facts as they stand, and cost no computing."""
    layout = _layout()
    columns = facts[sorted(set(layout.facts))]
    place = {name: n for n, name in enumerate(columns.columns)}
    rows = columns.to_numpy()[:, [place[name] for name in layout.facts]].astype(np.float32)
    rows[:, layout.places] = layout.computed.of(facts).to_numpy()
    return np.ascontiguousarray(np.minimum(rows, layout.most))
