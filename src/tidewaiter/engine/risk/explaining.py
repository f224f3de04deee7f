"""Writing the reasons of many rows at once as JSON."""

from __future__ import annotations

import json
from functools import cache
from string import Formatter
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from tidewaiter.engine.risk.language import tree
from tidewaiter.engine.risk.reasons import PROFILE, catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidewaiter.engine.risk.profiles import ProfileSet

MOST_REASONS = 6
LEAST_WEIGHT = 0.05  # log-odds
SIGNIFICANT = 6
LONG = {"row": pl.UInt32(), "weight": pl.Float64(), "json": pl.String()}

Floats = npt.NDArray[np.float64]


def heaviest(weights: Floats) -> Floats:
    """The few heaviest of each row, zero elsewhere. Equal weights: the earlier column."""
    kept = np.where(weights < LEAST_WEIGHT, 0.0, weights)
    if kept.shape[1] > MOST_REASONS:
        ranked = np.argsort(-kept, axis=1, kind="stable")
        np.put_along_axis(kept, ranked[:, MOST_REASONS:], 0.0, axis=1)
    return kept


@cache
def _facts_json(code: str) -> pl.Expr:
    return pl.struct(catalogue()[code].facts).struct.json_encode().alias(code)


def of_facts(facts: pl.DataFrame, codes: Sequence[str], weights: Floats) -> pl.DataFrame:
    """Every reason that has weight, in long form: row, weight, json. weights: rows × codes."""
    kept = heaviest(weights)
    facts = facts.with_columns(pl.selectors.float().round_sig_figs(SIGNIFICANT))
    used = np.flatnonzero(kept.any(axis=0))
    written = facts.select(_facts_json(codes[number]) for number in used)
    parts = [pl.DataFrame(schema=LONG)]
    for number in used:
        rows = np.flatnonzero(kept[:, number]).astype(np.uint32)
        code = codes[number]
        parts.append(_objects(code, rows, kept[rows, number], written[code].gather(rows)))
    return pl.concat(parts)


def of_profiles(
    facts: pl.DataFrame,
    profiles: ProfileSet,
    rows: npt.NDArray[np.int32],
    hits: npt.NDArray[np.int32],
) -> pl.DataFrame:
    """The profiles hit, with the facts their condition names, in the same long form."""
    parts = [pl.DataFrame(schema=LONG)]
    facts = facts.with_columns(pl.selectors.float().round_sig_figs(SIGNIFICANT))
    for number in np.unique(hits):
        profile = profiles.profiles[number]
        at = rows[hits == number].astype(np.uint32)
        words = pl.lit(profile.reason or profile.title).alias("reason")
        named = pl.struct(words, *_named(profiles, number))
        told = facts[at].select(named.struct.json_encode()).to_series()
        weight = np.full(len(at), float(profile.weight))
        parts.append(_objects(PROFILE + profile.code, at, weight, told))
    return pl.concat(parts)


def _named(profiles: ProfileSet, number: int) -> list[str]:
    """The facts that a profile's condition or its reason names."""
    reason = profiles.profiles[number].reason
    told = {name for _, name, _, _ in Formatter().parse(reason) if name}
    names = tree.columns(profiles.conditions[number]) | told
    return sorted(names)


def _objects(
    code: str, rows: npt.NDArray[np.uint32], weights: Floats, facts: pl.Series
) -> pl.DataFrame:
    frame = pl.DataFrame({"row": rows, "weight": weights, "facts": facts})
    whole = pl.concat_str(
        pl.lit(f'{{"code":{json.dumps(code)},"facts":'),
        "facts",
        pl.lit(',"weight":'),
        pl.col("weight").round(4).cast(pl.String),
        pl.lit("}"),
    )
    return frame.select("row", "weight", whole.alias("json"))


def arrays(reasons: pl.DataFrame, height: int) -> pl.Series:
    """One JSON array a row, heaviest first; `[]` where a row has no reasons."""
    joined = (
        reasons.sort("row", "weight", descending=[False, True], maintain_order=True)
        .group_by("row", maintain_order=True)
        .agg(pl.col("json").str.join(","))
        .select("row", pl.concat_str(pl.lit("["), "json", pl.lit("]")).alias("json"))
    )
    rows = pl.DataFrame({"row": pl.int_range(height, dtype=pl.UInt32, eager=True)})
    told = rows.join(joined, on="row", how="left", maintain_order="left")
    return told["json"].fill_null("[]").alias("reasons")
