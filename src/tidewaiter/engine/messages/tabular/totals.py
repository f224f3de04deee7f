"""Recognising a totals row: a line that sums the others up and declares nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engine.messages.rules import TOTALS
from tidewaiter.engine.messages.tabular.tables import LINE

if TYPE_CHECKING:
    from tidewaiter.engine.messages.tabular.fields import Reader

_NUMBER = r"^[\s\d.,'()%€$£¥₩+-]+$"


def totals_rows(frame: pl.DataFrame, reader: Reader) -> pl.Series | None:
    """A mask of the totals rows, None when there are none.

    Such a row says "total" (in any of several languages), or holds nothing but numbers, and has
    neither a date nor a commodity code nor, unless it is that word, an identifier.
    """
    days, codes = reader.header_names("declaration_date"), reader.header_names("hs")
    keys = [*days, *codes]
    if not days or not all(frame[name].null_count() for name in days):
        return None
    empty = [
        pl.col(name).is_null() | _plainly(pl.col(name).cast(pl.String)).is_in(TOTALS)
        for name in keys
    ]
    candidates = frame.select(pl.all_horizontal(empty)).to_series()
    if not candidates.any():
        return None
    texts = frame.filter(candidates).drop(LINE).cast(pl.String)
    cells = texts.select(_plainly(pl.all()))
    says_total = pl.any_horizontal(pl.all().is_in(TOTALS))
    only_numbers = pl.all_horizontal(pl.all().str.contains(_NUMBER).fill_null(value=True))
    filled = pl.sum_horizontal(pl.all().is_not_null().cast(pl.UInt32))
    ids = reader.header_names("declaration_id")
    no_id = pl.all_horizontal(pl.col(ids).is_null()) if ids else pl.lit(value=True)
    found = cells.select(says_total | (only_numbers & no_id & (filled > 1))).to_series()
    if not found.any():
        return None
    rows = candidates.arg_true().filter(found)
    mask = pl.repeat(value=False, n=frame.height, dtype=pl.Boolean, eager=True)
    return mask.scatter(rows, True)  # noqa: FBT003  positional only in meaning


def _plainly(text: pl.Expr) -> pl.Expr:
    return text.str.strip_chars().str.strip_chars_end(":.").str.to_lowercase()
