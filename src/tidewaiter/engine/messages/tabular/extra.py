"""What no field takes is kept beside the record as a JSON object: column -> text as written."""

from __future__ import annotations

import polars as pl


def extra_column(frame: pl.DataFrame, unmapped: list[str]) -> pl.Series:
    """The object of each record without its empty cells; missing when nothing is left.

    It depends on the record alone, never on its neighbours, so that a record sent again compares
    equal.
    """
    kept = [name for name in unmapped if frame[name].null_count() < frame.height]
    if not kept:
        return pl.repeat(None, frame.height, dtype=pl.String, eager=True).alias("extra")
    plain = [
        pl.col(name) if _is_plain(frame[name].dtype) else pl.col(name).cast(pl.String)
        for name in kept
    ]
    text = pl.struct(plain).struct.json_encode()
    if any(frame[name].null_count() for name in kept):
        # A quote that ends a key is never escaped and always followed by a colon; inside a value
        # every quote is escaped. So this removes whole empty members only.
        text = text.str.replace_all(r'"(?:[^"\\]|\\.)*":null,?', "").str.replace(r",\}$", "}")
        text = pl.when(text != "{}").then(text)
    return frame.select(extra=text).to_series()


def _is_plain(dtype: pl.DataType) -> bool:
    return dtype in (pl.String, pl.Boolean) or dtype.is_numeric() or dtype.is_nested()
