from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures import trade
from tidewaiter.engine.records import OUTCOMES
from tidewaiter.engine.risk.baselines import Baselines
from tidewaiter.engine.risk.facts import compute_facts

if TYPE_CHECKING:
    from pathlib import Path

AS_OF = trade.FIRST_DAY + timedelta(days=80)
DECLARED = trade.declarations()
KNOWN = trade.outcomes(DECLARED)
BASELINES = Baselines.build(DECLARED.lazy(), KNOWN.lazy(), AS_OF)
LATER = DECLARED.filter(pl.col("declaration_date") >= AS_OF)
FACTS = compute_facts(LATER, BASELINES)


def test_changing_the_future_changes_nothing() -> None:
    """Rows declared on the day or later, and results known on it or later, are invisible."""
    future = pl.col("declaration_date") >= AS_OF
    mutated = DECLARED.with_columns(
        customs_value=pl.when(future)
        .then(pl.col("customs_value") * 1000)
        .otherwise("customs_value"),
        importer=pl.when(future).then(pl.lit("SOMEBODY")).otherwise("importer"),
        hs=pl.when(future).then(pl.lit("999999")).otherwise("hs"),
    )
    unknown_yet = pl.col("known_on") >= AS_OF
    learnt = KNOWN.with_columns(
        found=pl.when(unknown_yet).then(~pl.col("found")).otherwise("found"),
        revenue=pl.when(unknown_yet).then(1e9).otherwise("revenue"),
    )
    earlier_declared = KNOWN.filter(unknown_yet & (pl.col("declaration_date") < AS_OF))
    assert earlier_declared.height > 0
    again = Baselines.build(mutated.lazy(), learnt.lazy(), AS_OF)
    assert again.version == BASELINES.version
    assert compute_facts(LATER, again).equals(FACTS)


def test_changing_the_past_changes_something() -> None:
    mutated = DECLARED.with_columns(pl.col("customs_value") * 2)
    assert Baselines.build(mutated.lazy(), KNOWN.lazy(), AS_OF).version != BASELINES.version


def test_order_of_rows_does_not_matter() -> None:
    shuffled = DECLARED.sample(fraction=1, shuffle=True, seed=1)
    mixed = KNOWN.sample(fraction=1, shuffle=True, seed=2)
    assert Baselines.build(shuffled.lazy(), mixed.lazy(), AS_OF).version == BASELINES.version


def test_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    BASELINES.save(tmp_path)
    loaded = Baselines.load(tmp_path)
    assert loaded.version == BASELINES.version
    assert loaded.as_of == AS_OF
    assert compute_facts(LATER, loaded).equals(FACTS)


def test_other_formats_are_refused_with_a_remedy(tmp_path: Path) -> None:
    BASELINES.save(tmp_path)
    manifest = tmp_path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"format":2', '"format":0'))
    with pytest.raises(ValueError, match="build them again"):
        Baselines.load(tmp_path)


def test_history_counts_what_was_declared_and_found_before() -> None:
    row = FACTS.row(0, named=True)
    mine = DECLARED.filter(
        (pl.col("importer") == row["importer"]) & (pl.col("declaration_date") < AS_OF)
    )
    recent = mine.filter(pl.col("declaration_date") >= AS_OF - timedelta(days=30))
    results = KNOWN.filter(pl.col("known_on") < AS_OF).join(mine, on="declaration_id", how="semi")
    assert row["importer_items"] == mine.height
    assert row["importer_items_30d"] == recent.height
    assert row["importer_value_30d"] == pytest.approx(
        recent["customs_value"].sum(), abs=mine.height
    )
    assert row["importer_first_seen"] == mine["declaration_date"].min()
    assert row["importer_controls"] == results.height
    assert row["importer_finds"] == results["found"].sum()


def test_peers_agree_with_numpy() -> None:
    """Median within a bin's width of the exact one; percentile within one bin's share."""
    row = FACTS.filter(pl.col("value_per_kg_peer_level") == 0).row(0, named=True)
    peers = DECLARED.filter(
        (pl.col("hs") == row["hs"])
        & (pl.col("origin") == row["origin"])
        & (pl.col("declaration_date") < AS_OF)
    )
    prices = (peers["customs_value"] / peers["net_mass"]).to_numpy()
    assert row["value_per_kg_peers"] == len(prices)
    assert row["value_per_kg_peer_median"] == pytest.approx(np.median(prices), rel=0.03)
    logs = np.log(prices)
    mad = np.median(np.abs(logs - np.median(logs)))
    assert row["value_per_kg_peer_spread"] == pytest.approx(mad / 0.6745, abs=0.03)
    share = 100 * (prices < row["value_per_kg"]).mean()
    assert row["value_per_kg_percentile"] == pytest.approx(share, abs=6)


def test_too_few_peers_back_off_to_wider_groups() -> None:
    rare = LATER.head(1).with_columns(origin=pl.lit("ZZ"))
    row = compute_facts(rare, BASELINES).row(0, named=True)
    assert row["value_per_kg_peer_level"] == 1
    assert row["value_per_kg_peers"] > 100
    unknown = rare.with_columns(hs=pl.lit("019999"), hs6=pl.lit("019999"))
    row = compute_facts(unknown, BASELINES).row(0, named=True)
    assert row["value_per_kg_peer_median"] is None
    assert row["value_per_kg_z"] is None


def test_one_price_repeated_is_recovered_and_has_no_spread() -> None:
    fixed = DECLARED.with_columns(customs_value=pl.col("net_mass") * 7.5)
    facts = compute_facts(LATER, Baselines.build(fixed.lazy(), KNOWN.lazy(), AS_OF))
    assert facts["value_per_kg_peer_median"].to_numpy() == pytest.approx(7.5, rel=1e-6)
    assert facts["value_per_kg_z"].null_count() == facts.height


def test_never_seen_is_zero_and_no_key_is_unknown() -> None:
    rows = LATER.head(2).with_columns(
        importer=pl.Series(["NEVER SEEN", None]), seller=pl.lit(None, dtype=pl.String)
    )
    seen, keyless = compute_facts(rows, BASELINES).iter_rows(named=True)
    assert (seen["importer_items"], seen["importer_controls"]) == (0, 0)
    assert seen["importer_first_seen"] is None
    assert keyless["importer_items"] is None
    assert keyless["importer_hit_rate"] is None
    assert seen["importer_supplier_items"] is None


def test_a_result_for_the_whole_declaration_counts_for_each_of_its_items() -> None:
    two = pl.concat(
        [DECLARED.head(1), DECLARED.head(1).with_columns(item_no=pl.lit(2, dtype=pl.Int64))]
    )
    whole = OUTCOMES.conform(
        pl.DataFrame(
            {"declaration_id": ["D000000"], "item_no": [0], "control_ref": ["C"], "found": [True],
             "known_on": [trade.FIRST_DAY], "revenue": [100.0]}
        )
    )  # fmt: skip
    baselines = Baselines.build(two.lazy(), whole.lazy(), AS_OF)
    row = compute_facts(DECLARED.head(1), baselines).row(0, named=True)
    assert (row["importer_controls"], row["importer_finds"]) == (2, 2)


def test_nothing_known_gives_facts_all_the_same() -> None:
    facts = compute_facts(LATER, Baselines.empty(AS_OF))
    assert facts.height == LATER.height
    assert facts["importer_items"].sum() == 0
    assert facts["value_per_kg_peer_median"].null_count() == facts.height


@settings(max_examples=20, deadline=None)
@given(st.integers(0, LATER.height - 1), st.integers(1, 40))
def test_a_few_rows_get_the_bits_that_the_batch_gets(start: int, size: int) -> None:
    assert compute_facts(LATER[start : start + size], BASELINES).equals(FACTS[start : start + size])


def test_a_later_day_knows_more() -> None:
    later = Baselines.build(DECLARED.lazy(), KNOWN.lazy(), date(2025, 1, 1))
    assert sum(later.histories["importer"].frame["items"]) == DECLARED.height
    assert sum(BASELINES.histories["importer"].frame["items"]) < DECLARED.height
