"""What baselines put rows together by: the parts of keys, their hashes, the figures compared."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from tidewaiter.engine.records.lake import hash64

if TYPE_CHECKING:
    from collections.abc import Sequence

NO_KEY = 0  # where a part of the key is missing; a hash that is 0 by chance counts as missing, too
THRESHOLDS = (150.0, 1_000.0, 10_000.0)  # amounts at which duty relief or formality changes
JUST_UNDER = 0.05
SANE = (1e-12, 1e18)  # smallest and largest figure that is compared
HS6 = pl.coalesce(pl.col("hs6"), pl.col("hs").str.slice(0, 6))
_INVOICED = pl.when(pl.col("invoice_currency") == pl.col("currency")).then(pl.col("invoice_value"))
VALUE = pl.coalesce("customs_value", "statistical_value", _INVOICED)
MASS = pl.coalesce("net_mass", "gross_mass")
GRAMS = (MASS * 1000).round().cast(pl.Int64, strict=False)
PRICE = pl.coalesce("invoice_value", VALUE)  # the amount that somebody wrote, whatever the money
_EXPORT = pl.col("direction") == "export"
Keys = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]


def positive(expression: pl.Expr) -> pl.Expr:
    """The figure where it is a finite number above zero, else missing."""
    return pl.when(expression.is_between(0, math.inf, closed="none")).then(expression)


def over(above: pl.Expr, below: pl.Expr) -> pl.Expr:
    """A ratio of two figures above zero, else missing; what no goods can have counts as missing."""
    sane = above.is_between(*SANE) & below.is_between(*SANE)  # false for NaN and infinities, too
    return pl.when(sane).then(above / below)


def just_under(value: pl.Expr) -> pl.Expr:
    """Whether an amount lies up to 5 % below a threshold."""
    return pl.any_horizontal(
        value.is_between(t * (1 - JUST_UNDER), t, closed="left") for t in THRESHOLDS
    )


KEY_COLUMNS: dict[str, pl.Expr] = {
    "chapter": HS6.str.slice(0, 2),
    "heading": HS6.str.slice(0, 4),
    "subheading": HS6,
    "commodity": pl.coalesce("hs", "hs6"),
    "supplier": pl.coalesce("seller", "exporter"),
    "value": VALUE,
    "mass": MASS,
    "grams": GRAMS,
    "unit": pl.col("quantity_unit").fill_null(""),
    "flow": pl.col("direction").fill_null("import"),
    "opposite": pl.when(_EXPORT).then(pl.lit("import")).otherwise(pl.lit("export")),
    "own_party": pl.when(_EXPORT).then("exporter").otherwise("importer"),
    "foreign_party": pl.when(_EXPORT)
    .then(pl.coalesce("buyer", "importer"))
    .otherwise(pl.coalesce("seller", "exporter")),
    "partner_country": pl.when(_EXPORT).then("destination_country").otherwise("dispatch_country"),
}
"""Columns that keys and facts are made of, beside those declared."""

FIGURES: dict[str, pl.Expr] = {
    "value_per_kg": over(VALUE, MASS),
    "value_per_unit": over(VALUE, pl.col("quantity")),
    "mass_per_unit": over(MASS, pl.col("quantity")),
    "mass_per_package": over(pl.coalesce("gross_mass", "net_mass"), pl.col("packages")),
    "gross_net_ratio": over(pl.col("gross_mass"), pl.col("net_mass")),
    "invoice_factor": over(pl.col("customs_value"), pl.col("invoice_value")),
}
"""Figures above zero that are compared with those of like goods, on the log scale."""

MEASURED: dict[str, pl.Expr] = {
    "has_documents": (pl.col("documents").list.len() > 0).fill_null(value=False).cast(pl.Float64),
    "has_previous": (pl.col("previous_documents").list.len() > 0)
    .fill_null(value=False)
    .cast(pl.Float64),
    "round_price": (PRICE % 100 == 0).cast(pl.Float64),
    "under_threshold": just_under(VALUE).cast(pl.Float64),
}
"""What baselines keep means of, beside columns declared; no fact of a row itself."""


def with_keys(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Add everything that baselines are built from."""
    made = {**KEY_COLUMNS, **MEASURED, **FIGURES}
    return frame.with_columns(expression.alias(name) for name, expression in made.items())


@dataclass(frozen=True, slots=True)
class Key:
    """What rows are put together by; without a part that is not optional there is no key."""

    name: str
    columns: tuple[str, ...]
    optional: tuple[str, ...] = ()

    def number(self) -> pl.Expr:
        """64-bit key of a row with `with_keys`, NO_KEY where there is none."""
        hashes = [hash_of(column).fill_null(NO_KEY) for column in self.columns]
        total = pl.lit(0, dtype=pl.Int64)
        for part, factor in zip(hashes, _FACTORS, strict=False):
            total = total + part * pl.lit(factor, dtype=pl.Int64)
        needed = [
            part == NO_KEY
            for column, part in zip(self.columns, hashes, strict=True)
            if column not in self.optional
        ]
        return pl.when(~pl.any_horizontal(needed)).then(total).otherwise(NO_KEY)


class Asking:
    """Many keys of the same rows at once: sums of products modulo 2^64 of the hashes of their parts,
    which cost far less than writing and hashing the parts as one text."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self.parts = sorted({column for key in keys for column in key.columns})
        self._count = len(keys)
        self._steps = [
            self._step([(n, key) for n, key in enumerate(keys) if place < len(key.columns)], place)
            for place in range(max(len(key.columns) for key in keys))
        ]

    def _step(self, keys: Sequence[tuple[int, Key]], place: int) -> tuple[Numbers, Numbers, Mask]:
        """Of the keys that have a part in this place: their numbers, those of the part, and whether
        there is no key without it."""
        columns = [key.columns[place] for _, key in keys]
        needed = [c not in key.optional for c, (_, key) in zip(columns, keys, strict=True)]
        parts = [self.parts.index(column) for column in columns]
        return np.array([n for n, _ in keys]), np.array(parts), np.array(needed)[:, np.newaxis]

    def of(self, hashes: Keys) -> Keys:
        """`Key.number`, keys × rows, from the hashes of `parts` (NO_KEY: missing), parts × rows."""
        total = np.zeros((self._count, hashes.shape[1]), dtype=np.int64)
        none = np.zeros(total.shape, dtype=bool)
        for (keys, parts, needed), factor in zip(self._steps, _FACTORS, strict=False):
            hashed = hashes[parts]
            total[keys] += hashed * factor
            none[keys] |= (hashed == NO_KEY) & needed
        total[none] = NO_KEY
        return total


def hash_of(column: str) -> pl.Expr:
    return hash64(pl.col(column).cast(pl.String))


# Odd numbers without pattern, so that the same code in two places of a key differs.
_FACTORS = (
    -0x61C8864680B583EB, 0x2545F4914F6CDD1D, 0x369DEA0F31A53F85, -0x5DBC6F8C6B2D1A4F,
    0x27BB2EE687B0B0FD, 0x1D8E4E27C47D124F, -0x14480AC5D92B9C1D,
)  # fmt: skip
