"""How well a description fits its code, learnt from what was declared before and nothing else.

A word or piece g speaks for heading h by the logarithm of how much more often h is declared where g
stands: ln[(c(g,h) + s P(h)) / ((c(g) + s) P(h))], with c counts of items, P(h) the share of h in all
items, s = 2 items of doubt (pointwise mutual information, smoothed towards the prior; Church and
Hanks 1990). The log-odds of h are ln P(h) plus what speaks for it; pieces repeat what their word
says, so each counts a third. Headings that nothing speaks for keep their share P(h), so that the
probabilities of all headings add up to one.

The counts add up over days; what is looked up is made of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import csr_matrix

from tidewaiter.engine.records.lake import hash64
from tidewaiter.engine.risk.descriptions.grams import GRAMS, grams

DAYS = 730  # what was declared before that is forgotten, prices too
DOUBT = 2.0
SHARE = 0.35
HEADINGS = 16  # kept of each word or piece: those it speaks for most
LEAST_SEEN = 2  # a word or piece seen once with a heading says nothing yet
TEXTS_AT_ONCE = 1 << 16

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fit:
    """Per text and declared heading: probabilities (NaN: not known), and the place of the likeliest
    other heading in `Descriptions.codes`."""

    declared: Floats
    other: Floats
    heading: Ints


@dataclass(frozen=True)
class Descriptions:
    """`headings`: key (hash of the code), heading (as a number), items; sorted by key. `pairs`: gram,
    row of `headings`, count, weight; sorted by gram and row."""

    headings: pl.DataFrame
    pairs: pl.DataFrame

    @classmethod
    def of(cls, headings: pl.DataFrame, said: pl.DataFrame) -> Descriptions:
        """From `headings_and_said`."""
        key = hash64(_code(pl.col("heading"))).alias("key")
        headings = headings.select(key, "heading", "items").sort("key")
        place = headings.select("heading").with_row_index("row")
        numbered = said.join(place, on="heading").select(
            "gram", pl.col("row").cast(pl.Int64), "count"
        )
        return cls(headings, _weighed(numbered, headings))

    def fit(self, texts: pl.Series, headings: Ints) -> Fit:
        """`headings`: hashes of the codes declared."""
        keys, count = self.headings["key"].to_numpy(), len(texts)
        if not len(keys) or not count:
            unknown = np.full(count, np.nan)
            return Fit(unknown, unknown, np.zeros(count, dtype=np.int64))
        place = np.minimum(np.searchsorted(keys, headings), len(keys) - 1)
        known = keys[place] == headings
        said = self._said(texts)
        text = np.repeat(np.arange(count), np.diff(said.indptr))
        odds = said.data + self._log_prior[said.indices]
        level = _best(odds, text, count)
        some = np.isfinite(level)
        level[~some] = 0.0
        mass = np.exp(odds - level[text])
        spoken = np.bincount(text, self._prior[said.indices], count)
        whole = np.bincount(text, mass, count) + (1 - spoken).clip(0) * np.exp(-level)
        mine = known[text] & (said.indices == place[text])
        own = np.exp(self._log_prior[place] - level)  # where nothing speaks for it
        own[text[mine]] = mass[mine]
        rival = np.where(mine, -np.inf, odds)
        second = _best(rival, text, count)
        heading = np.full(count, len(keys))
        best = np.flatnonzero((rival == second[text]) & np.isfinite(rival))[::-1]
        heading[text[best]] = said.indices[best]
        other = np.where(heading < len(keys), np.exp(second - level) / whole, np.nan)
        return Fit(np.where(some & known, own / whole, np.nan), other, heading)

    def _said(self, texts: pl.Series) -> csr_matrix:
        """Texts × headings: what speaks for each."""
        found = grams(texts)
        parts = (np.ones(len(found.numbers)), found.numbers, found.start)
        return csr_matrix(parts, shape=(len(texts), GRAMS)) @ self._weights

    @cached_property
    def codes(self) -> pl.Series:
        """Of the headings, and a missing one at the end."""
        codes = self.headings.select(_code(pl.col("heading"))).to_series()
        return codes.append(pl.Series([None], dtype=pl.String))

    @cached_property
    def _prior(self) -> Floats:
        items = self.headings["items"].to_numpy()
        shares: Floats = items / max(items.sum(), 1)
        return shares

    @cached_property
    def _log_prior(self) -> Floats:
        return np.log(self._prior)

    @cached_property
    def _weights(self) -> csr_matrix:
        """Grams × headings."""
        gram = self.pairs["gram"].to_numpy()
        start = np.searchsorted(gram, np.arange(GRAMS + 1)).astype(np.int32)
        parts = (self.pairs["weight"].to_numpy(), self.pairs["row"].to_numpy(), start)
        return csr_matrix(parts, shape=(GRAMS, len(self.headings)))


def headings_and_said(declarations: pl.LazyFrame, as_of: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of items with the columns description and heading declared in the DAYS before `as_of`: heading
    (as a number), items; and gram, heading, count of the items with that word or piece."""
    texts = (
        declarations.filter(pl.col("declaration_date") >= as_of - timedelta(days=DAYS))
        .select("description", heading=pl.col("heading").cast(pl.Int64, strict=False))
        .drop_nulls()
        .group_by("description", "heading")
        .agg(pl.len().cast(pl.Int64).alias("count"))
        .collect(engine="streaming")
    )
    headings = texts.group_by("heading").agg(pl.col("count").sum().alias("items"))
    return headings, _counted(texts)


def _code(heading: pl.Expr) -> pl.Expr:
    return heading.cast(pl.String).str.zfill(4)


def _best(odds: Floats, text: Ints, count: int) -> Floats:
    """Highest of each text, -inf where there is none; `text` ascends."""
    best = np.full(count, -np.inf)
    if len(text):
        first = np.flatnonzero(np.r_[True, np.diff(text) > 0])
        best[text[first]] = np.maximum.reduceat(odds, first)
    return best


def _counted(texts: pl.DataFrame) -> pl.DataFrame:
    """gram, heading, count: items with a gram under a heading; from description, heading, count."""
    by = ("gram", "heading")
    parts = [pl.DataFrame(schema=dict.fromkeys([*by, "count"], pl.Int64))]
    for chunk in texts.iter_slices(TEXTS_AT_ONCE):
        found = grams(chunk["description"])
        many = np.diff(found.start)
        long = pl.DataFrame(
            {
                "gram": found.numbers,
                "heading": np.repeat(chunk["heading"].to_numpy(), many),
                "count": np.repeat(chunk["count"].to_numpy(), many),
            }
        )
        parts.append(long.group_by(by).agg(pl.col("count").sum()))
    return pl.concat(parts).group_by(by).agg(pl.col("count").sum())


def _weighed(counted: pl.DataFrame, headings: pl.DataFrame) -> pl.DataFrame:
    """The pairs that are looked up."""
    items = headings["items"]
    prior = (items / max(items.sum(), 1)).gather(counted["row"]).alias("prior")
    seen, total = pl.col("count"), pl.col("count").sum().over("gram")
    weight = ((seen + DOUBT * pl.col("prior")) / ((total + DOUBT) * pl.col("prior"))).log()
    return (
        counted.with_columns(prior)
        .with_columns((weight * SHARE).alias("weight"))
        .filter((pl.col("count") >= LEAST_SEEN) & (pl.col("weight") > 0))
        .sort("gram", "weight", "row", descending=[False, True, False])
        .filter(pl.int_range(pl.len()).over("gram") < HEADINGS)
        .sort("gram", "row")
        .select(pl.col("gram", "row").cast(pl.Int32), "count", "weight")
    )
