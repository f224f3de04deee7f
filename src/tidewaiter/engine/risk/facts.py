"""Facts: everything that profiles, models and officers can know about a goods item.

Made in stages, each from what stands before it: record columns, the parts of keys, baselines,
indicators. Every stage looks at one row alone, so that five rows online and five million in a
batch get the same bits.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.engine.risk.baselines.keys import FIGURES, KEY_COLUMNS
from tidewaiter.engine.risk.columns import with_columns
from tidewaiter.engine.risk.indicators import CATALOGUE

if TYPE_CHECKING:
    from tidewaiter.engine.risk.baselines import Baselines


@cache
def _parts() -> tuple[list[pl.Expr], ...]:
    """What keys are made of, then the figures compared."""
    return tuple([e.alias(name) for name, e in made.items()] for made in (KEY_COLUMNS, FIGURES))


@cache
def _stages() -> tuple[list[pl.Expr], ...]:
    """Indicators in waves: one that names another stands in a later wave."""
    waves: list[list[pl.Expr]] = []
    made: dict[str, int] = {}
    for indicator in CATALOGUE:
        if indicator.expression is None:
            continue
        names = indicator.expression.meta.root_names()
        wave = max((made[name] + 1 for name in names if name in made), default=0)
        made[indicator.code] = wave
        if wave == len(waves):
            waves.append([])
        waves[wave].append(_clean(indicator.expression, indicator.kind).alias(indicator.code))
    return tuple(waves)


def _clean(expression: pl.Expr, kind: str) -> pl.Expr:
    """NaN and infinities become missing: unknown stays unknown."""
    if kind == "flag":
        return expression
    figure = expression.cast(pl.Float64)
    return pl.when(figure.is_finite()).then(figure)


def conform(records: pl.DataFrame) -> pl.DataFrame:
    """All columns of the stream in its types, missing ones empty; others kept."""
    given = records.schema
    mended = [
        (pl.col(name) if name in given else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in DECLARATIONS.schema.items()
        if given.get(name) != dtype
    ]
    return with_columns(records, mended) if mended else records


def compute_facts(records: pl.DataFrame, baselines: Baselines) -> pl.DataFrame:
    """Records with their facts beside them, in the same order."""
    frame = conform(records)
    for part in _parts():
        frame = with_columns(frame, part)
    frame = pl.concat([frame, baselines.lookup(frame)], how="horizontal")
    for wave in _stages():
        frame = with_columns(frame, wave)
    return frame
