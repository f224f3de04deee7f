"""What a model sees of the facts: stationary figures only, each belonging to one reason."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from tidewaiter.engine.risk.baselines import HISTORIES, PEERS
from tidewaiter.engine.risk.columns import select
from tidewaiter.engine.risk.indicators import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Iterable

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


@dataclass(frozen=True, slots=True)
class Feature:
    """`reason`: the code of the indicator or history whose sentence explains it."""

    name: str
    expression: pl.Expr
    reason: str


def _history_features() -> Iterable[Feature]:
    for history in HISTORIES:
        if not history.outcomes:
            continue
        name, reason = history.name, f"{history.name}_history"
        yield Feature(f"{name}_hit_rate", pl.col(f"{name}_hit_rate"), reason)
        yield Feature(f"{name}_recent_hit_rate", pl.col(f"{name}_recent_hit_rate"), reason)
        support = pl.col(f"{name}_controls").clip(upper_bound=MOST_CONTROLS)
        yield Feature(f"{name}_support", support, reason)


def _peer_features() -> Iterable[Feature]:
    for peers in PEERS:
        reason = f"{peers.name}_z"
        for suffix in ("percentile", "peer_spread", "peer_level"):
            yield Feature(f"{peers.name}_{suffix}", pl.col(f"{peers.name}_{suffix}"), reason)


def _record_features() -> Iterable[Feature]:
    for name in ("value", "net_mass", "gross_mass", "quantity"):
        figure = pl.when(pl.col(name) > 0).then(pl.col(name).log())
        yield Feature(f"{name}_log", figure, "size")
    yield Feature("duty_rate", pl.col("duty_rate"), "duty_rate")


@cache
def features() -> tuple[Feature, ...]:
    """All features, in the order of the model's columns."""
    indicators = [
        Feature(i.code, pl.col(i.code), i.code) for i in CATALOGUE if i.code not in NOT_FEATURES
    ]
    return (*indicators, *_peer_features(), *_history_features(), *_record_features())


@cache
def _expressions() -> list[pl.Expr]:
    return [f.expression.cast(pl.Float32).alias(f"f{n}") for n, f in enumerate(features())]


def matrix(facts: pl.DataFrame) -> npt.NDArray[np.float32]:
    """Rows × features, missing as NaN."""
    return np.ascontiguousarray(select(facts, _expressions()).to_numpy(), dtype=np.float32)
