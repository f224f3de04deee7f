"""Text against code: facts of each row from what descriptions were learnt to mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tidewaiter.engine.risk.baselines.keys import NO_KEY, Asking, Key

if TYPE_CHECKING:
    from tidewaiter.engine.risk.baselines.keys import Keys
    from tidewaiter.engine.risk.descriptions import Descriptions

KEY = Key("description", ("description", "heading"))
_ASKED = Asking([KEY])
FIT, OTHER_FIT, OTHER = "description_fit", "description_other_fit", "description_other_heading"


def lookup(learnt: Descriptions, records: pl.DataFrame, hashes: dict[str, Keys]) -> list[pl.Series]:
    """Per cent of the declared heading and of the likeliest other one, and that one's code.
    Equal pairs of text and heading are judged once."""
    (pairs,) = _ASKED.of(np.array([hashes[part] for part in _ASKED.parts]))
    _, first, again = np.unique(pairs, return_index=True, return_inverse=True)
    fit = learnt.fit(records["description"][first], hashes["heading"][first])
    figures = np.where(pairs == NO_KEY, np.nan, 100 * np.array([fit.declared, fit.other])[:, again])
    other = np.where(pairs == NO_KEY, len(learnt.codes) - 1, fit.heading[again])
    return [
        pl.Series(FIT, figures[0], nan_to_null=True),
        pl.Series(OTHER_FIT, figures[1], nan_to_null=True),
        learnt.codes[other].rename(OTHER),
    ]
