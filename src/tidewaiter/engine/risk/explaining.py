"""Writing the reasons of many rows at once as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, lru_cache
from string import Formatter
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl
import polars.selectors as cs
import pyarrow as pa
import pyarrow.compute as pc

from tidewaiter.engine.risk.columns import select
from tidewaiter.engine.risk.language import tree
from tidewaiter.engine.risk.reasons import PROFILE, catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidewaiter.engine.risk.profiles import ProfileSet
    from tidewaiter.engine.risk.profiles.profile import Profile

MOST_REASONS = 6
LEAST_WEIGHT = 0.05  # log-odds
SIGNIFICANT = 6
_TEXT = pa.large_string()

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Hits:
    """Pairs of row and profile number."""

    rows: Indices
    profiles: Indices


@dataclass(frozen=True, slots=True)
class _Json:
    """Writes the facts of one reason as JSON; `names` of the columns it reads."""

    expression: pl.Expr
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Told:
    """Reasons told: column of the written facts, row, and log-odds added."""

    columns: npt.NDArray[np.intp]
    rows: npt.NDArray[np.intp]
    weights: Floats


def reasons(
    facts: pl.DataFrame,
    rows: npt.NDArray[np.intp],
    profiles: ProfileSet,
    hits: Hits,
    codes: Sequence[str],
    weights: Floats,
) -> pl.Series:
    """One JSON array of {code, facts, weight} for each of the `rows` of the facts, heaviest first.

    hits: by place among `rows`. weights: rows × codes, the log-odds that each reason adds.
    """
    kept = heaviest(weights)
    used = np.flatnonzero(kept.any(axis=0))
    hit = np.unique(hits.profiles)
    jsons = [_facts_json(codes[n]) for n in used.tolist()] + [
        _profile_json(profiles.profiles[n], profiles.conditions[n]) for n in hit.tolist()
    ]
    if not jsons:
        return pl.Series("reasons", ["[]"], dtype=pl.String).new_from_index(0, len(rows))
    needed = facts[sorted(frozenset[str]().union(*(json.names for json in jsons)))]
    chosen = pl.lit(pl.Series(rows))
    figures = cs.float().gather(chosen).round_sig_figs(SIGNIFICANT)
    rounded = select(needed, [figures, (~cs.float()).gather(chosen)])
    written = select(rounded, [json.expression for json in jsons])
    return _arrays(written, _told(kept[:, used], profiles, hits, hit))


def heaviest(weights: Floats) -> Floats:
    """The few heaviest of each row, zero elsewhere. Equal weights: the earlier column."""
    kept = np.where(weights < LEAST_WEIGHT, 0.0, weights)
    many = np.flatnonzero((kept > 0).sum(axis=1) > MOST_REASONS)
    ranked = np.argsort(-kept[many], axis=1, kind="stable")
    kept[many[:, np.newaxis], ranked[:, MOST_REASONS:]] = 0.0
    return kept


@cache
def _facts_json(code: str) -> _Json:
    return _json(code, catalogue()[code].facts)


@lru_cache(maxsize=10_000)
def _profile_json(profile: Profile, condition: tree.Condition) -> _Json:
    """The officer's sentence, and the facts that it or the condition names."""
    words = pl.lit(profile.reason or profile.title).alias("reason")
    names = tree.columns(condition) | {
        name for _, name, _, _ in Formatter().parse(profile.reason) if name
    }
    return _json(PROFILE + profile.code, [words, *[pl.col(name) for name in sorted(names)]])


def _json(code: str, facts: Sequence[pl.Expr]) -> _Json:
    expression = pl.struct(facts).struct.json_encode().alias(code)
    return _Json(expression, frozenset(expression.meta.root_names()))


def _told(kept: Floats, profiles: ProfileSet, hits: Hits, hit: Indices) -> _Told:
    """What is told of which row: facts by columns of `kept`, then profiles in the order of `hit`."""
    columns, rows = np.nonzero(kept.T)
    weight = profiles.figures.weight
    order = np.argsort(hits.profiles, kind="stable")
    return _Told(
        np.concatenate([columns, kept.shape[1] + np.searchsorted(hit, hits.profiles[order])]),
        np.concatenate([rows, hits.rows[order]]),
        np.concatenate([kept[rows, columns], weight[hits.profiles[order]]]),
    )


def _arrays(written: pl.DataFrame, told: _Told) -> pl.Series:
    """One array a row, heaviest first; equal weights in the order told."""
    order = np.lexsort((-told.weights, told.rows))
    columns, rows = told.columns[order], told.rows[order]
    heads = pa.array([f'{{"code":{json.dumps(code)},"facts":' for code in written.columns], _TEXT)
    facts = pl.concat(written.get_columns()).to_arrow()
    weights = pl.Series(np.round(told.weights[order], 4)).cast(pl.String).to_arrow()
    told_of = _joined(
        heads.take(columns), facts.take(columns * written.height + rows), ',"weight":', weights, "}"
    )
    # They stand by row already: where each row's begin is all that joining them takes.
    begins = np.searchsorted(rows, np.arange(written.height + 1))
    lists = pc.binary_join(pa.LargeListArray.from_arrays(begins, told_of), _text(","))
    return pl.Series("reasons", _joined("[", lists, "]"))


def _joined(*parts: pa.Array | str) -> pa.Array:
    """Texts put together, entry by entry; by Arrow, for which a handful needs no plan."""
    texts = [_text(part) if isinstance(part, str) else part.cast(_TEXT) for part in parts]
    return pc.binary_join_element_wise(*texts, _text(""))


def _text(text: str) -> pa.Scalar:
    return pa.scalar(text, _TEXT)
