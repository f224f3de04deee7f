"""Facts: everything that profiles, models and officers can know about a goods item.

Made in stages, each from what stands before it: record columns, the parts of keys, baselines,
indicators. Every stage looks at one row alone, so that five rows online and five million in a
batch get the same bits.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.engine.risk.baselines.keys import FIGURES, KEY_COLUMNS
from tidewaiter.engine.risk.columns import Computed, from_matrix, to_matrix
from tidewaiter.engine.risk.indicators import BY_CODE, CATALOGUE

if TYPE_CHECKING:
    from tidewaiter.engine.risk.baselines import Baselines


@cache
def _indicators() -> tuple[list[str], list[str], Computed]:
    """Figures, flags, and all that computes them at once: none reads another. Some indicators are
    made with the baselines."""
    made = {i.code: i.expression for i in CATALOGUE if i.expression is not None}
    flags = [code for code in made if BY_CODE[code].kind == "flag"]
    figures = [code for code in made if code not in flags]
    typed = {code: made[code].cast(pl.Float64) for code in figures}
    return figures, flags, Computed(e.alias(code) for code, e in (made | typed).items())


@cache
def _parts() -> Computed:
    """What keys are made of, and the figures compared."""
    made = {**KEY_COLUMNS, **FIGURES}
    return Computed(expression.alias(name) for name, expression in made.items())


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
    frame = pl.concat([frame, _parts().of(frame)], how="horizontal")
    frame = pl.concat([frame, baselines.lookup(frame)], how="horizontal")
    return pl.concat([frame, *_indicated(frame)], how="horizontal")


def _indicated(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """Indicators of each row. NaN and infinities become missing: unknown stays unknown."""
    names, flags, computed = _indicators()
    found = computed.of(frame)
    given = found[names]
    figures = to_matrix(given)
    unknown = ~np.isfinite(figures)
    if np.count_nonzero(unknown) > sum(column.null_count() for column in given.get_columns()):
        given = from_matrix(np.where(unknown, np.nan, figures), names)
    return [given, found[flags]]
