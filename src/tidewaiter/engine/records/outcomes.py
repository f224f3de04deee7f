"""Which results of controls are new."""

from __future__ import annotations

import polars as pl

from tidewaiter.engine.records.lake import record_key
from tidewaiter.engine.records.streams import OUTCOMES
from tidewaiter.engine.records.versions import UNKNOWN_MONTH

# What a result says; a later one about the same control that says something else supersedes.
_SAID = ("known_on", "found", "severity", "risk_area", "revenue")
RESULT = ("key", "version", *_SAID)


def new_outcomes(frame: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Outcomes that say something new, with key, version and month.

    frame: columns of OUTCOMES.incoming. known: the columns RESULT of the facts in force.
    """
    rows = frame.with_columns(
        key=record_key(*OUTCOMES.natural_key),
        month=pl.coalesce("declaration_date", "known_on")
        .dt.strftime("%Y-%m")
        .fill_null(UNKNOWN_MONTH),
    ).unique("key", keep="last", maintain_order=True)
    before = known.rename({name: f"{name}_before" for name in RESULT if name != "key"})
    rows = rows.join(before, on="key", how="left", maintain_order="left")
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_before")) for name in _SAID)
    seen = pl.col("version_before").is_not_null()
    return rows.filter(~(seen & same)).with_columns(
        version=pl.col("version_before").fill_null(0) + 1
    )
