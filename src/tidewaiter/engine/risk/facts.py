"""Facts: everything that profiles, models and officers can know about a goods item.

Made in stages, each from what stands before it: record columns, the parts of keys, baselines,
indicators. Every stage looks at one row alone, so that five rows online and five million in a
batch get the same bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.engine.risk.baselines.keys import FIGURES, KEY_COLUMNS
from tidewaiter.engine.risk.columns import Computed, from_matrix
from tidewaiter.engine.risk.indicators import BY_CODE, CATALOGUE

if TYPE_CHECKING:
    from tidewaiter.engine.risk.baselines import Baselines


@dataclass(frozen=True, slots=True)
class _Wave:
    """Indicators that can be computed together: figures, and flags."""

    figures: list[str]
    flags: list[str]
    computed: Computed

    @classmethod
    def of(cls, made: dict[str, pl.Expr]) -> _Wave:
        flags = [code for code in made if BY_CODE[code].kind == "flag"]
        figures = [code for code in made if code not in flags]
        typed = [made[code].cast(pl.Float64).alias(code) for code in figures]
        return cls(figures, flags, Computed([*typed, *(made[code].alias(code) for code in flags)]))

    def columns(self, frame: pl.DataFrame) -> list[pl.DataFrame]:
        """NaN and infinities become missing: unknown stays unknown."""
        computed = self.computed.of(frame)
        figures = np.array(computed[self.figures].to_numpy(), dtype=np.float64)
        figures[~np.isfinite(figures)] = np.nan
        return [from_matrix(figures, self.figures), computed[self.flags]]


@cache
def _waves() -> list[_Wave]:
    """One indicator that names another stands in a later wave; some are made with the baselines."""
    waves: list[dict[str, pl.Expr]] = []
    place: dict[str, int] = {}
    for indicator in CATALOGUE:
        if indicator.expression is None:
            continue
        names = indicator.expression.meta.root_names()
        wave = max((place[name] + 1 for name in names if name in place), default=0)
        place[indicator.code] = wave
        if wave == len(waves):
            waves.append({})
        waves[wave][indicator.code] = indicator.expression
    return [_Wave.of(made) for made in waves]


@cache
def _parts() -> tuple[Computed, ...]:
    """What keys are made of, then the figures compared."""
    return tuple(
        Computed(expression.alias(name) for name, expression in made.items())
        for made in (KEY_COLUMNS, FIGURES)
    )


def conform(records: pl.DataFrame) -> pl.DataFrame:
    """All columns of the stream in its types, missing ones empty; others kept."""
    given = records.schema
    cast = pl.Schema({n: d for n, d in DECLARATIONS.schema.items() if given.get(n, d) != d})
    none = [
        pl.Series(name, [None], dtype).new_from_index(0, records.height)
        for name, dtype in DECLARATIONS.schema.items()
        if name not in given
    ]
    return (records.cast(cast) if cast else records).hstack(none)


def compute_facts(records: pl.DataFrame, baselines: Baselines) -> pl.DataFrame:
    """Records with their facts beside them, in the same order."""
    frame = conform(records)
    for part in _parts():
        frame = pl.concat([frame, part.of(frame)], how="horizontal")
    frame = pl.concat([frame, baselines.lookup(frame)], how="horizontal")
    for wave in _waves():
        frame = pl.concat([frame, *wave.columns(frame)], how="horizontal")
    return frame
