"""The new statistics: blind to the future, alike for few rows and many, and right."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from tests.risk.indicators.trade_with_past import AS_OF, BASELINES, DECLARED, KNOWN
from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.engine.risk.baselines import Baselines
from tidewaiter.engine.risk.baselines.build_digits import FIRST, LEAST, SECOND
from tidewaiter.engine.risk.facts import compute_facts
from tidewaiter.engine.risk.indicators import CATALOGUE

MIDDLE = AS_OF - timedelta(days=40)
LATER = DECLARED.filter(pl.col("declaration_date") >= MIDDLE)
EARLIER = Baselines.build(DECLARED.lazy(), KNOWN.lazy(), MIDDLE)
FACTS = compute_facts(LATER, EARLIER)


def test_no_later_column_changes_an_earlier_fact() -> None:
    """Every declared column of the day and after is another one: no fact of any item changes."""
    future = pl.col("declaration_date") >= MIDDLE
    others = {
        name: pl.when(future).then(pl.lit("ELSE")).otherwise(name)
        if dtype == pl.String
        else pl.when(future).then(pl.col(name).fill_null(7.0) * 99.0 + 1.0).otherwise(name)
        for name, dtype in DECLARATIONS.schema.items()
        if dtype in (pl.String, pl.Float64) and name != "declaration_id"
    }
    mutated = DECLARED.with_columns(expr.alias(name) for name, expr in others.items())
    unknown_yet = pl.col("known_on") >= MIDDLE
    learnt = KNOWN.with_columns(found=pl.col("found") ^ unknown_yet)
    again = Baselines.build(mutated.lazy(), learnt.lazy(), MIDDLE)
    assert again.version == EARLIER.version
    assert compute_facts(LATER, again).equals(FACTS)
    known = [i.code for i in CATALOGUE if FACTS[i.code].null_count() < FACTS.height]
    assert len(known) > 95


@pytest.mark.parametrize(("start", "size"), [(0, 1), (3, 5), (40, 7), (100, 300)])
def test_few_rows_get_the_bits_of_many(start: int, size: int) -> None:
    assert compute_facts(LATER[start : start + size], EARLIER).equals(FACTS[start : start + size])


def test_digits_agree_with_a_direct_count() -> None:
    mine = DECLARED.filter(pl.col("importer") == "MADE-UP")["invoice_value"].to_numpy()
    assert len(mine) >= LEAST
    written = [f"{value:e}" for value in mine]
    for law, digit, column in (
        (FIRST, 0, "importer_first_digits"),
        (SECOND, 2, "importer_second_digits"),
    ):
        shares = {d: np.mean([text[digit] == str(d) for text in written]) for d in law}
        excess = np.mean(
            [
                abs(shares[d] - p) - np.sqrt(2 * p * (1 - p) / (np.pi * len(mine)))
                for d, p in law.items()
            ]
        )
        row = DECLARED.filter(pl.col("importer") == "MADE-UP").head(1)
        assert compute_facts(row, BASELINES)[column].item() == pytest.approx(100 * excess)
    assert sum(FIRST.values()) == pytest.approx(1)
    assert sum(SECOND.values()) == pytest.approx(1)


def test_distance_from_ones_own_prices_agrees_with_numpy() -> None:
    mine = DECLARED.filter(pl.col("importer") == "BAD")
    logs = np.log((mine["customs_value"] / mine["net_mass"]).to_numpy())
    row = compute_facts(mine.head(1), BASELINES).row(0, named=True)
    assert row["importer_commodity_value_per_kg_usual"] == pytest.approx(
        np.exp(logs.mean()), rel=0.002
    )
    z = (logs[0] - logs.mean()) / max(logs.std(), 0.05)
    assert row["importer_commodity_value_per_kg_z"] == pytest.approx(z, abs=0.03)
