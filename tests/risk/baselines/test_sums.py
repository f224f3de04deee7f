"""Baselines added up from day to day are those built from all rows, to the bit."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures import trade
from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.engine.risk.baselines import Baselines
from tidewaiter.engine.risk.baselines.parts import READ
from tidewaiter.engine.risk.baselines.sums import Sums, series

DAYS = 1_000  # more than prices are remembered
ROWS = trade.declarations(1_500, days=DAYS).with_columns(
    description=pl.format("cotton shirt of kind {}", pl.col("importer")),
    invoice_value=pl.col("customs_value") * 1.1,
    invoice_currency=pl.lit("USD"),
    incoterm=pl.lit("FOB"),
)
KNOWN = trade.outcomes(ROWS)
a_day = st.integers(1, DAYS + 800).map(lambda n: trade.FIRST_DAY + timedelta(days=n))


@settings(max_examples=6)
@given(st.lists(a_day, min_size=1, max_size=4, unique=True).map(sorted))
def test_of_a_series_of_days(days: list[date]) -> None:
    for baselines in series(ROWS.lazy(), KNOWN.lazy(), days):
        assert (
            baselines.version == Baselines.build(ROWS.lazy(), KNOWN.lazy(), baselines.as_of).version
        )


@settings(max_examples=4)
@given(st.integers(0, 1_000), a_day)
def test_in_whatever_order_rows_come(seed: int, as_of: date) -> None:
    random = Random(seed)  # noqa: S311  no secret
    past = ROWS.filter(pl.col("declaration_date") < as_of)
    lot = pl.Series([random.randrange(4) for _ in range(past.height)], dtype=pl.Int64)
    sums = Sums.nothing(as_of)
    for number in range(4):
        sums = sums.plus(past.filter(lot == number).select(READ), KNOWN.select("declaration_id"))
    assert (
        sums.baselines(KNOWN.lazy()).version
        == Baselines.build(ROWS.lazy(), KNOWN.lazy(), as_of).version
    )


def test_a_saved_sum_is_the_same(tmp_path) -> None:
    as_of = trade.FIRST_DAY + timedelta(days=500)
    past = ROWS.filter(pl.col("declaration_date") < as_of).select(READ)
    sums = Sums.nothing(as_of).plus(past, KNOWN.select("declaration_id"))
    sums.save(tmp_path)
    again = Sums.load(tmp_path, as_of)
    assert again.controlled.sort(READ[0]).equals(sums.controlled.sort(READ[0]))
    assert again.baselines(KNOWN.lazy()).version == sums.baselines(KNOWN.lazy()).version


def test_of_nothing() -> None:
    as_of = trade.FIRST_DAY
    none = DECLARATIONS.empty().lazy()
    (baselines,) = series(none, KNOWN.clear().lazy(), [as_of])
    assert baselines.version == Baselines.empty(as_of).version
