"""Chance that anybody can check: a keyed hash instead of a random number generator.

The number of a record is read from HMAC-SHA256(day key, record id), so it is the same in the nightly
batch, on the online path and in the hands of an auditor. The SHA-256 of the day key is published
before the day begins and the key after it ends: nobody can foresee a pick, nobody can add or drop one.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import overload

import polars as pl
import polars_hash  # noqa: F401  registers the `chash` namespace on expressions

HEX_DIGITS = 13  # 52 bits: every value is exact in a double
SCALE = 2.0**-52


def new_key() -> str:
    """A day key: 32 random bytes in hexadecimal."""
    return secrets.token_hex(32)


def commitment(key: str) -> str:
    """What is published before the day: SHA-256 of the key's text, in hexadecimal."""
    return hashlib.sha256(key.encode()).hexdigest()


def digest(ids: pl.Expr, key: str) -> pl.Expr:
    """HMAC-SHA256 of each id in hexadecimal; the HMAC key is the key's text in UTF-8."""
    hashed: pl.Expr = ids.cast(pl.String).chash.hmac_sha256(key=key)  # type: ignore[attr-defined]
    return hashed


def number(digests: pl.Expr) -> pl.Expr:
    """The first 52 bits of digests as a number in [0, 1)."""
    bits = digests.str.slice(0, HEX_DIGITS).str.to_integer(base=16, dtype=pl.Int64)
    return bits.cast(pl.Float64) * SCALE


def tie(digests: pl.Expr) -> pl.Expr:
    """The next 52 bits as an integer: breaks ties, independent of `number`."""
    return digests.str.slice(HEX_DIGITS, HEX_DIGITS).str.to_integer(base=16, dtype=pl.Int64)


@overload
def draw(ids: pl.Expr, key: str) -> pl.Expr: ...
@overload
def draw(ids: pl.Series, key: str) -> pl.Series: ...
def draw(ids: pl.Expr | pl.Series, key: str) -> pl.Expr | pl.Series:
    """The number in [0, 1) of each record id under a key; a missing id has none."""
    if isinstance(ids, pl.Series):
        return ids.to_frame("id").select(number(digest(pl.col("id"), key)).alias(ids.name))[
            ids.name
        ]
    return number(digest(ids, key))


def draw_one(record_id: str, key: str) -> float:
    """`draw` for a single record, without a frame."""
    digits = hmac.new(key.encode(), record_id.encode(), hashlib.sha256).hexdigest()
    return int(digits[:HEX_DIGITS], 16) * SCALE


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an auditor found: ids picked without a right to it, ids due and not picked."""

    added: list[str]
    dropped: list[str]
    key_matches: bool

    @property
    def holds(self) -> bool:
        return self.key_matches and not self.added and not self.dropped


def verify(ids: pl.Series, picked: pl.Series, *, key: str, rate: float, published: str) -> Verdict:
    """Recompute the picks of a day from its revealed key.

    `ids` is the whole traffic of the day, `picked` the ids that were said to be picked at random,
    `published` the commitment that was public before the day.
    """
    frame = pl.DataFrame({"id": ids.cast(pl.String)}).unique()
    due = frame.filter(draw(pl.col("id"), key) < rate)["id"]
    said = picked.cast(pl.String).unique()
    return Verdict(
        added=sorted(said.filter(~said.is_in(due.implode())).to_list()),
        dropped=sorted(due.filter(~due.is_in(said.implode())).to_list()),
        key_matches=hmac.compare_digest(commitment(key), published),
    )
