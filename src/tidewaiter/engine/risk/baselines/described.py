"""Text against code: facts of each row from what descriptions were learnt to mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tidewaiter.engine.records.lake import hash64
from tidewaiter.engine.risk.columns import select

if TYPE_CHECKING:
    from tidewaiter.engine.risk.descriptions import Descriptions

FACTS = ("description_fit", "description_other_fit", "description_other_heading")


def lookup(learnt: Descriptions, records: pl.DataFrame) -> pl.DataFrame:
    """Per cent of the declared heading and of the likeliest other one, and that one's code, from
    the columns description and heading. Equal pairs are judged once."""
    text, heading = pl.col("description"), pl.col("heading")
    pair = hash64(pl.concat_str(text, heading, separator="\x1f"))
    number = heading.cast(pl.Float64, strict=False)
    asked = select(records, [text, number, pair.fill_null(0).alias("pair")])
    pairs = asked["pair"].to_numpy()
    _, first, again = np.unique(pairs, return_index=True, return_inverse=True)
    once = asked[first]
    fit = learnt.fit(once["description"].fill_null(""), once["heading"].to_numpy())
    figures = np.array([100 * fit.declared, 100 * fit.other, fit.other_heading])[:, again]
    figures[:, pairs == 0] = np.nan
    frame = pl.DataFrame(dict(zip(FACTS, figures, strict=True)), nan_to_null=True)
    code = pl.col(FACTS[2]).cast(pl.Int64).cast(pl.String).str.zfill(4)
    return select(frame, [*FACTS[:2], code])
