"""Computing columns: of many rows with all cores, of a handful in this thread.

The figures are the same. For a handful, handing each expression to another thread costs more than
the expression, most of all on a server whose cores are busy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

HANDFUL = 512


def select(frame: pl.DataFrame, expressions: Iterable[pl.Expr]) -> pl.DataFrame:
    """`frame.select`."""
    few = frame.height <= HANDFUL
    return frame.select_seq(expressions) if few else frame.select(expressions)


def with_columns(frame: pl.DataFrame, expressions: Iterable[pl.Expr]) -> pl.DataFrame:
    """`frame.with_columns`."""
    few = frame.height <= HANDFUL
    return frame.with_columns_seq(expressions) if few else frame.with_columns(expressions)
