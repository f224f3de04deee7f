"""Writing the reasons of many rows at once as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from string import Formatter
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from tidewaiter.engine.risk.language import tree
from tidewaiter.engine.risk.reasons import PROFILE, catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tidewaiter.engine.risk.profiles import ProfileSet

MOST_REASONS = 6
LEAST_WEIGHT = 0.05  # log-odds
SIGNIFICANT = 6

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Hits:
    """Pairs of row and profile number."""

    rows: Indices
    profiles: Indices


@dataclass(frozen=True, slots=True)
class _Told:
    """Rows that share a reason: their weights, and its facts as JSON."""

    code: str
    rows: npt.NDArray[np.intp]
    weights: Floats
    facts: pl.Series


def reasons(
    facts: pl.DataFrame, profiles: ProfileSet, hits: Hits, codes: Sequence[str], weights: Floats
) -> pl.Series:
    """One JSON array of {code, facts, weight} a row, heaviest first.

    hits: by row. weights: rows × codes, the log-odds that each reason adds.
    """
    kept = heaviest(weights)
    used = [int(n) for n in np.flatnonzero(kept.any(axis=0))]
    hit = [int(n) for n in np.unique(hits.profiles)]
    expressions = [_facts_json(codes[n]) for n in used] + [_profile_json(profiles, n) for n in hit]
    if not expressions:
        return pl.Series("reasons", ["[]"], dtype=pl.String).new_from_index(0, facts.height)
    needed = dict.fromkeys(name for e in expressions for name in e.meta.root_names())
    schema = facts.schema
    rounded = facts.lazy().select(_rounded(schema[name], name) for name in needed)
    written = rounded.select(expressions).collect()
    told = [*_of_facts(written, codes, kept, used), *_of_profiles(written, profiles, hits, hit)]
    return _arrays(told, facts.height)


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


def _profile_json(profiles: ProfileSet, number: int) -> pl.Expr:
    """The officer's sentence, and the facts that it or the condition names."""
    profile = profiles.profiles[number]
    words = pl.lit(profile.reason or profile.title).alias("reason")
    names = tree.columns(profiles.conditions[number]) | {
        name for _, name, _, _ in Formatter().parse(profile.reason) if name
    }
    whole = pl.struct(words, *[pl.col(name) for name in sorted(names)])
    return whole.struct.json_encode().alias(PROFILE + profile.code)


def _rounded(dtype: pl.DataType, name: str) -> pl.Expr:
    column = pl.col(name)
    return column.round_sig_figs(SIGNIFICANT) if dtype.is_float() else column


def _of_facts(
    written: pl.DataFrame, codes: Sequence[str], kept: Floats, used: list[int]
) -> Iterator[_Told]:
    for number in used:
        rows = np.flatnonzero(kept[:, number])
        code = codes[number]
        yield _Told(code, rows, kept[rows, number], written[code].gather(rows))


def _of_profiles(
    written: pl.DataFrame, profiles: ProfileSet, hits: Hits, hit: list[int]
) -> Iterator[_Told]:
    for number in hit:
        profile = profiles.profiles[number]
        rows = hits.rows[hits.profiles == number].astype(np.intp)
        code = PROFILE + profile.code
        yield _Told(
            code, rows, np.full(len(rows), float(profile.weight)), written[code].gather(rows)
        )


def _arrays(told: list[_Told], height: int) -> pl.Series:
    starts = pl.Series([f'{{"code":{json.dumps(t.code)},"facts":' for t in told], dtype=pl.String)
    which = np.repeat(np.arange(len(told)), [len(t.rows) for t in told])
    long = pl.DataFrame(
        {
            "row": np.concatenate([t.rows for t in told]),
            "weight": np.concatenate([t.weights for t in told]),
            "start": starts.gather(which),
            "facts": pl.concat([t.facts.alias("facts") for t in told]),
        }
    )
    weight = pl.col("weight").round(4).cast(pl.String)
    whole = pl.concat_str("start", "facts", pl.lit(',"weight":'), weight, pl.lit("}"))
    joined = (
        long.lazy()
        .select("row", "weight", whole.alias("json"))
        .sort("row", "weight", descending=[False, True], maintain_order=True)
        .group_by("row", maintain_order=True)
        .agg(pl.col("json").str.join(","))
        .select("row", pl.concat_str(pl.lit("["), "json", pl.lit("]")).alias("json"))
        .collect()
    )
    empty = pl.Series("reasons", ["[]"], dtype=pl.String).new_from_index(0, height)
    return empty.scatter(joined["row"], joined["json"])
