"""How counts of some rows and of others become counts of all: whole numbers are summed, of first and
last days the least and the greatest count. So the order in which they are added cannot show."""

from __future__ import annotations

import polars as pl

KEYS = (
    "key",
    "day",
    "k0",
    "k1",
    "k2",
    "bin",
    "heading",
    "gram",
)  # columns that rows are put together by
FIRST, LAST = "first_day", "last_day"


def added(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Frames of the same columns, one row a combination of those among KEYS."""
    rows = pl.concat(frames)
    by = [name for name in rows.columns if name in KEYS]
    figures = [pl.col(name) for name in rows.columns if name not in KEYS]
    ends = {FIRST: pl.Expr.min, LAST: pl.Expr.max}
    return rows.group_by(by).agg(
        ends.get(figure.meta.output_name(), pl.Expr.sum)(figure) for figure in figures
    )


def less(frame: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    """The counts without those of rows that were among them; nothing is kept of what is gone
    altogether. Only for sums: nobody knows what the least of the others was."""
    taken = gone.with_columns(-pl.exclude(KEYS))
    figures = [name for name in frame.columns if name not in KEYS]
    return added([frame, taken]).filter(pl.any_horizontal(pl.col(figures) != 0))
