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
from tidewaiter.engine.risk.baselines.keys import KEY_COLUMNS
from tidewaiter.engine.risk.columns import Computed, from_matrix
from tidewaiter.engine.risk.indicators import CATALOGUE

if TYPE_CHECKING:
    from tidewaiter.engine.risk.baselines import Baselines
    from tidewaiter.engine.risk.indicators import Indicator


@dataclass(frozen=True, slots=True)
class _Wave:
    """Indicators that can be computed together: figures, and flags."""

    names: list[str]
    figures: Computed
    flags: Computed

    @classmethod
    def of(cls, indicators: list[Indicator]) -> _Wave:
        figures = [i for i in indicators if i.kind != "flag"]
        flags = [i for i in indicators if i.kind == "flag"]
        return cls(
            [i.code for i in figures],
            Computed(i.expression.cast(pl.Float64).alias(i.code) for i in figures),
            Computed(i.expression.alias(i.code) for i in flags),
        )

    def columns(self, frame: pl.DataFrame) -> list[pl.Series]:
        """NaN and infinities become missing: unknown stays unknown."""
        figures = np.array(self.figures.of(frame).to_numpy(), dtype=np.float64, order="F")
        figures[~np.isfinite(figures)] = np.nan
        return [*from_matrix(figures, self.names), *self.flags.of(frame)]


@cache
def _waves() -> list[_Wave]:
    """One indicator that names another stands in a later wave."""
    waves: list[list[Indicator]] = []
    made: dict[str, int] = {}
    for indicator in CATALOGUE:
        names = indicator.expression.meta.root_names()
        wave = max((made[name] + 1 for name in names if name in made), default=0)
        made[indicator.code] = wave
        if wave == len(waves):
            waves.append([])
        waves[wave].append(indicator)
    return [_Wave.of(indicators) for indicators in waves]


@cache
def _key_columns() -> Computed:
    return Computed(expression.alias(name) for name, expression in KEY_COLUMNS.items())


def conform(records: pl.DataFrame) -> pl.DataFrame:
    """All columns of the stream in its types, missing ones empty; others kept."""
    given = records.schema
    mended = [
        (pl.col(name) if name in given else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in DECLARATIONS.schema.items()
        if given.get(name) != dtype
    ]
    return records.with_columns(mended) if mended else records


def compute_facts(records: pl.DataFrame, baselines: Baselines) -> pl.DataFrame:
    """Records with their facts beside them, in the same order."""
    frame = conform(records)
    frame = pl.concat([frame, _key_columns().of(frame)], how="horizontal")
    frame = pl.concat([frame, baselines.lookup(frame)], how="horizontal")
    for wave in _waves():
        frame = pl.concat([frame, pl.DataFrame(wave.columns(frame))], how="horizontal")
    return frame
