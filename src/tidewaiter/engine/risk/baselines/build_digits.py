"""Digit tests of each importer's amounts, from counts that add up over days.

Amounts that people make up have other digits than amounts that arise from trade: a first digit d is
expected in log10(1 + 1/d) of them, a second digit d in the sum over k = 1..9 of
log10(1 + 1/(10 k + d)) (Benford 1938; Nigrini 2012). The figure is the mean absolute deviation of
the observed shares from these, in percentage points, less what chance alone gives for so many
amounts, the mean of sqrt(2 p (1 - p) / (pi n)) (excess MAD: Barney and Schulzke 2016). Nigrini's
limits of non-conformity are 1.5 points for first and 1.2 for second digits.

The law holds for diverse amounts only (Cerioli et al., PNAS 2019): a test needs at least LEAST
amounts of at least 10 that spread over an order of magnitude (standard deviation of the common
logarithm of at least LEAST_SPREAD); otherwise there is none.
"""

from __future__ import annotations

import math

import polars as pl

from tidewaiter.engine.risk.baselines.keys import NO_KEY, PRICE, Key, positive

KEY = Key("digits", ("importer",))
FACTS = ("importer_first_digits", "importer_second_digits")
LEAST = 250
LEAST_SPREAD = 0.4
STEPS = 1 << 10  # logarithms are summed in steps of 2^-10: exact in any order
FIRST = {d: math.log10(1 + 1 / d) for d in range(1, 10)}
SECOND = {d: sum(math.log10(1 + 1 / (10 * k + d)) for k in range(1, 10)) for d in range(10)}


def counts(declarations: pl.LazyFrame) -> pl.DataFrame:
    """By importer: `amounts`, `first_1` … `first_9`, `second_0` … `second_9`, `log_sum`,
    `log_squares`.

    declarations: `with_keys`.
    """
    log = positive(PRICE).log10()
    # A power is not exact: 90 must not become 89.999 and lose both its digits.
    leading = (10.0 ** (log - log.floor() + 1) + 1e-9).floor().clip(10, 99).cast(pl.Int64)
    steps = (log * STEPS).round().cast(pl.Int64)
    return (
        declarations.with_columns(KEY.number().alias("key"))
        .filter((pl.col("key") != NO_KEY) & (positive(PRICE) >= 10))
        .select("key", leading.alias("leading"), steps.alias("steps"))
        .group_by("key")
        .agg(
            pl.len().cast(pl.Int64).alias("amounts"),
            *_counts(pl.col("leading") // 10, "first", FIRST),
            *_counts(pl.col("leading") % 10, "second", SECOND),
            pl.col("steps").sum().alias("log_sum"),
            (pl.col("steps") * pl.col("steps")).sum().alias("log_squares"),
        )
        .collect(engine="streaming")
    )


def tests(counts: pl.DataFrame) -> pl.DataFrame:
    """The counts, by key, and what they say: FACTS (NaN: no test)."""
    excess = (_excess("first", FIRST), _excess("second", SECOND))
    return counts.sort("key").with_columns(
        pl.when(_can_be_tested()).then(test).otherwise(math.nan).alias(fact)
        for fact, test in zip(FACTS, excess, strict=True)
    )


def _counts(digit: pl.Expr, name: str, law: dict[int, float]) -> list[pl.Expr]:
    return [(digit == d).sum().cast(pl.Int64).alias(f"{name}_{d}") for d in law]


def _can_be_tested() -> pl.Expr:
    amounts = pl.col("amounts")
    mean = pl.col("log_sum") / amounts
    variance = (pl.col("log_squares") / amounts - mean * mean) / STEPS**2
    return (amounts >= LEAST) & (variance >= LEAST_SPREAD**2)


def _excess(name: str, law: dict[int, float]) -> pl.Expr:
    """Excess mean absolute deviation in percentage points."""
    amounts = pl.col("amounts")
    total: pl.Expr = pl.lit(0.0)
    for d, p in law.items():
        chance = (2 * p * (1 - p) / (math.pi * amounts)).sqrt()
        total = total + (pl.col(f"{name}_{d}") / amounts - p).abs() - chance
    return 100 * total / len(law)
