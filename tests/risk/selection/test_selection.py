"""Selection keeps its promises whatever the traffic, the profiles and the capacity."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.risk.selection.builders import (
    AT,
    DAYS,
    KEYS,
    OFFICES,
    POLICY,
    PROFILES,
    capacities,
    row,
    run,
    traffic,
)
from tidewaiter.engine.records import SELECTIONS
from tidewaiter.engine.risk import chance
from tidewaiter.engine.risk.selection import (
    LaneRule,
    SelectionPolicy,
    select_one,
    typical,
)


def hits(entry, *codes):
    return bool(set(entry["profiles"]) & set(codes))


@given(st.lists(row, max_size=60), capacities)
@settings(max_examples=40, deadline=None)
def test_promises(rows, entries):
    frame = traffic(rows)
    result = run(frame, entries)
    selected = result.rows
    assert dict(selected.schema) == dict(SELECTIONS.incoming)
    assert selected["declaration_id"].to_list() == frame["declaration_id"].to_list()
    both = frame.select("declaration_id", "profiles").join(
        selected.drop("items", "office"), on="declaration_id", maintain_order="left"
    )
    for entry in both.iter_rows(named=True):
        number = chance.draw_one(entry["declaration_id"], KEYS[entry["declaration_date"]])
        step = entry["selected_by"].split(":")[0]
        # every mandatory declaration is selected, nothing else is called mandatory
        assert (step == "mandatory") == hits(entry, "M1", "M2")
        # the random share is exactly the set of the keyed hash
        assert (step == "random") == (number < 0.15 and step not in ("mandatory", "rate"))
        assert 0 <= entry["selection_probability"] <= 1
        assert (entry["lane"] == "green") == (step == "none") == (entry["controls"] == [])
        if step in ("mandatory", "value"):
            assert entry["selection_probability"] == 1
        if step == "none":
            missed = 0.85 * (0.7 if hits(entry, "R1") else 1) * (0.5 if hits(entry, "R2") else 1)
            assert entry["selection_probability"] == pytest.approx(1 - missed)
    assert_capacity_kept(result, entries)


def assert_capacity_kept(result, entries):
    """Value picks use only what mandatory and chance left of each capacity."""
    for office, control, minutes in entries:
        for day in DAYS:
            there = result.rows.filter(
                (pl.col("office") == office)
                & (pl.col("declaration_date") == day)
                & pl.col("controls").list.contains(control)
            )
            items = pl.col("items").fill_null(1).clip(1, POLICY.most_items)
            used = POLICY.minutes_of(control) * (1 + 0.25 * (items - 1))
            by_value = there.filter(pl.col("selected_by") == "value").height
            total = there.select(used.sum()).item()
            assert by_value == 0 or total <= minutes + 1e-6


@given(st.lists(row, min_size=2, max_size=40), capacities, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_changes_nothing(rows, entries, random):
    frame = traffic(rows)
    order = list(range(frame.height))
    random.shuffle(order)
    one, other = run(frame, entries), run(frame[order], entries)
    assert_frame_equal(one.rows.sort("declaration_id"), other.rows.sort("declaration_id"))
    assert_frame_equal(one.cutoffs, other.cutoffs)
    assert_frame_equal(one.workload, other.workload)


@given(st.lists(row, min_size=1, max_size=30), row, capacities)
@settings(max_examples=40, deadline=None)
def test_one_more_declaration_removes_no_forced_and_no_chance_pick(rows, more, entries):
    def early(selected):
        steps = selected.filter(~pl.col("selected_by").is_in(["value", "none"]))
        return dict(steps.select("declaration_id", "selected_by").iter_rows())

    before = early(run(traffic(rows), entries).rows)
    after = early(run(traffic([*rows, more]), entries).rows)
    assert before.items() <= after.items()


@given(row, st.floats(0, 50), st.booleans())
@settings(max_examples=40, deadline=None)
def test_one_at_a_time_draws_as_the_batch_does(entry, cut, is_open):
    frame = traffic([entry])
    declared = frame.row(0, named=True)
    cutoffs = {(entry["office"] or "", "red"): cut} if is_open else {}
    one = select_one(
        declared, profiles=PROFILES, policy=POLICY, day_key=KEYS[entry["declaration_date"]],
        cutoffs=cutoffs, run_id="run", at=AT,
    )  # fmt: skip
    closed = [(office, rule.control, 0.0) for office in OFFICES for rule in POLICY.lanes]
    batch = run(frame, closed).rows.row(0, named=True)
    assert set(one) == set(batch)
    if one["selected_by"] == "value":
        assert one["selection_probability"] == 1
        size = 60 * (1 + 0.25 * (min(entry["items"] or 1, 9) - 1))
        assert entry["expected_value"] / size >= cut
    elif entry["office"]:
        assert {**one, "selection_probability": 0} == {**batch, "selection_probability": 0}


def test_probabilities_weigh_the_truth_without_bias():
    """Horvitz-Thompson over 2,000 days of the same traffic meets the true total, with value,
    select rates and chance mixed."""
    rng = np.random.default_rng(7)
    n, days = 120, 2000
    day = traffic(
        {
            "declaration_date": DAYS[0],
            "office": OFFICES[i % 2],
            "items": int(rng.integers(1, 6)),
            "expected_value": float(rng.choice([0, 10, 10, 20, 35, 60])),
            "profiles": [
                c for c, p in (("M1", 0.03), ("R1", 0.2), ("R2", 0.1)) if rng.random() < p
            ],
        }
        for i in range(n)
    )
    dates = pl.date_range(DAYS[0], DAYS[0] + timedelta(days - 1), eager=True)
    frame = day.drop("declaration_date").join(
        pl.DataFrame({"declaration_date": dates}), how="cross"
    )
    frame = frame.with_columns(pl.format("{}/{}", "declaration_id", "declaration_date").alias("id"))
    frame = frame.drop("declaration_id").rename({"id": "declaration_id"})
    fraud = pl.Series(rng.random(n) < 0.2 + 0.004 * day["expected_value"].to_numpy())
    truth = pl.DataFrame({"d": day["declaration_id"], "fraud": fraud})
    entries = [
        ("XT001", "physical", 700.0),
        ("XT001", "scanner", 60.0),
        ("XT002", "physical", 500.0),
    ]
    selected = run(frame, entries, keys={d: f"key of {d}" for d in dates}).rows
    estimates = (
        selected.filter(pl.col("lane") != "green")
        .with_columns(d=pl.col("declaration_id").str.split("/").list.first())
        .join(truth, on="d")
        .group_by("declaration_date")
        .agg(total=(pl.col("fraud") / pl.col("selection_probability")).sum())["total"]
    )
    assert len(estimates) == days
    assert estimates.std() > 1
    assert abs(estimates.mean() - fraud.sum()) < 4 * estimates.std() / days**0.5


def test_lanes_fill_in_order_with_the_best_value_first():
    rows = [
        {
            "declaration_date": DAYS[0],
            "office": "XT001",
            "items": 1,
            "expected_value": v,
            "profiles": [],
        }
        for v in (5.0, 50.0, 40.0, 30.0, 20.0, 0.0)
    ]
    policy = SelectionPolicy(
        lanes=tuple(replace(r, random_rate=0.0, expected_rate=0.0) for r in POLICY.lanes)
    )
    entries = [
        ("XT001", "physical", 125.0),
        ("XT001", "scanner", 15.0),
        ("XT001", "documentary", 45.0),
    ]
    result = run(traffic(rows), entries, policy=policy)
    assert result.rows["lane"].to_list() == ["yellow", "red", "red", "orange", "yellow", "green"]
    cuts = dict(result.cutoffs.select("lane", "value_per_minute").iter_rows())
    assert cuts.pop("blue") is None
    assert cuts == pytest.approx({"red": 40 / 60, "orange": 2.0, "yellow": 0.25})
    assert typical(result.cutoffs)["XT001", "blue"] == float("inf")


def test_more_items_make_a_control_dearer():
    rows = [
        {
            "declaration_date": DAYS[0],
            "office": "XT001",
            "items": n,
            "expected_value": v,
            "profiles": [],
        }
        for n, v in ((9, 100.0), (1, 60.0))
    ]
    policy = SelectionPolicy(lanes=(LaneRule("red", "physical"),))
    assert run(traffic(rows), [("XT001", "physical", 60.0)], policy=policy).rows["lane"].to_list() == [
        "green", "red",
    ]  # fmt: skip


def test_mandatory_beyond_capacity_is_selected_and_reported():
    rows = [
        {
            "declaration_date": DAYS[0],
            "office": "XT001",
            "items": 1,
            "expected_value": 9.0,
            "profiles": ["M2"],
        }
    ] * 3
    result = run(traffic(rows), [("XT001", "physical", 60.0)])
    assert result.rows["selected_by"].to_list() == ["mandatory:M2"] * 3
    assert result.workload.filter(control="physical").select("minutes", "over").row(0) == (
        180.0,
        120.0,
    )


def test_the_most_intrusive_mandatory_profile_leads_and_all_controls_are_kept():
    rows = [
        {
            "declaration_date": DAYS[0],
            "office": "XT001",
            "items": 1,
            "expected_value": 0.0,
            "profiles": ["M1", "M2"],
        }
    ]
    picked = run(traffic(rows)).rows.row(0, named=True)
    assert (picked["lane"], picked["selected_by"]) == ("red", "mandatory:M2")
    assert picked["controls"] == ["physical", "documentary", "sampling"]


def test_without_capacity_the_expected_rate_limits_a_lane():
    rows = [
        {
            "declaration_date": DAYS[0],
            "office": "XT001",
            "items": 1,
            "expected_value": float(i),
            "profiles": [],
        }
        for i in range(1, 1001)
    ]
    policy = SelectionPolicy(lanes=(LaneRule("red", "physical", expected_rate=0.05),))
    selected = run(traffic(rows), policy=policy).rows
    assert selected["lane"].to_list() == ["green"] * 950 + ["red"] * 50


def test_a_control_must_be_worth_its_minutes():
    rows = [
        {
            "declaration_date": DAYS[0],
            "office": "XT001",
            "items": 1,
            "expected_value": v,
            "profiles": [],
        }
        for v in (61.0, 59.0)
    ]
    policy = SelectionPolicy(
        lanes=(LaneRule("red", "physical", expected_rate=1.0),), cost_per_minute=1.0
    )
    assert run(traffic(rows), policy=policy).rows["lane"].to_list() == ["red", "green"]


def test_what_cannot_be_selected_says_why():
    rows = [
        {
            "declaration_date": DAYS[0],
            "office": "XT001",
            "items": 1,
            "expected_value": 1.0,
            "profiles": [],
        }
    ] * 2
    frame = traffic(rows)
    with pytest.raises(ValueError, match="no day key for 2026-03-01"):
        run(frame, keys={})
    with pytest.raises(ValueError, match="occurs twice"):
        run(pl.concat([frame, frame]))
    with pytest.raises(ValueError, match="several currencies"):
        run(frame.with_columns(currency=pl.Series(["EUR", "USD"])))
