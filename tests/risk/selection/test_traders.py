"""What traders may count on: nobody is controlled without end, authorised ones less and milder."""

from dataclasses import replace
from datetime import time, timedelta

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
from tidewaiter.engine.risk.selection import (
    TRADERS,
    WAITING,
    Authorised,
    LaneRule,
    Shift,
    Trader,
    TraderLimit,
    select_one,
)

NAMES = ("A", "B", "C", "AEO")
LIMITED = replace(
    POLICY,
    lanes=tuple(
        replace(rule, unseen_rate=0.2 if rule.lane == "yellow" else 0.0) for rule in POLICY.lanes
    ),
    trader_limit=TraderLimit(rate=0.3, days=30, least=1),
    authorised=Authorised("aeo", "yellow", 0.25),
    select_after={"S": 4, "R1": 9},
    shifts=(
        Shift("early", "06:00", 0.5),
        Shift("late", "14:00", 0.3),
        Shift("day", "00:00", 1.0, (OFFICES[1],)),
    ),
)
traded = st.builds(
    lambda entry, importer, hour: {
        **entry, "importer": importer, "received_time": time(hour) if hour < 24 else None,
    },
    row, st.sampled_from((*NAMES, None)), st.integers(0, 24),
)  # fmt: skip
known = st.lists(
    st.tuples(st.sampled_from(NAMES[:3]), st.integers(0, 12), st.integers(0, 4)),
    unique_by=lambda trader: trader[0],
).map(
    lambda rows: pl.DataFrame(
        [*((n, d, min(d, c), False) for n, d, c in rows), ("AEO", 4, 1, True)],
        schema=TRADERS,
        orient="row",
    )
)
waits = st.dictionaries(st.sampled_from(["S", "R1"]), st.integers(0, 12)).map(
    lambda held: pl.DataFrame(list(held.items()), schema=WAITING, orient="row")
)
MILD = {"yellow", "blue", "green"}


def step():
    return pl.col("selected_by").str.split(":").list.first()


@given(st.lists(traded, max_size=60), capacities, known, waits)
@settings(max_examples=60)
def test_no_trader_is_controlled_for_value_beyond_its_limit(rows, entries, traders, waiting):
    frame = traffic(rows)
    picked = run(frame, entries, policy=LIMITED, traders=traders, waiting=waiting).rows
    held = {name: (d, c) for name, d, c, _ in traders.iter_rows()}
    for day in DAYS:
        for name in NAMES:
            mine = picked.filter(importer=name, declaration_date=day)
            declared, controlled = held.get(name, (0, 0))
            by_value = mine.filter(step() == "value").height
            most = max(int(0.3 * (declared + mine.height)), 1)
            assert by_value == 0 or controlled + by_value <= most
            for said in mine.filter(step() == "limit")["selected_by"]:
                assert said == f"limit:{controlled}/{declared + mine.height} in 30 d, 30 %"


@given(st.lists(traded, max_size=60), capacities, known)
@settings(max_examples=60)
def test_value_and_shares_are_mild_to_authorised_traders(rows, entries, traders):
    picked = run(traffic(rows), entries, policy=LIMITED, traders=traders).rows
    theirs = picked.filter(importer="AEO").filter(step().is_in(["value", "random", "unseen"]))
    assert set(theirs["lane"]) <= MILD
    for office, control, minutes in entries:
        if control != "documentary":
            continue
        mine = theirs.filter(step() == "value", office=office, lane="yellow")
        used = 20 * (1 + 0.25 * (mine["items"].fill_null(1).clip(1, 9) - 1))
        by_day = mine.with_columns(used=used).group_by("declaration_date").agg(pl.col("used").sum())
        assert (by_day["used"] <= 0.25 * minutes + 1e-6).all()


@given(st.lists(traded, min_size=2, max_size=40), capacities, known, waits, st.randoms())
@settings(max_examples=40)
def test_the_order_of_rows_changes_nothing(rows, entries, traders, waiting, random):
    frame = traffic(rows)
    order = list(range(frame.height))
    random.shuffle(order)
    terms = {"policy": LIMITED, "traders": traders, "waiting": waiting}
    one, other = run(frame, entries, **terms), run(frame[order], entries, **terms)
    assert_frame_equal(one.rows.sort("declaration_id"), other.rows.sort("declaration_id"))
    assert_frame_equal(one.workload, other.workload)


@given(st.lists(traded, min_size=1, max_size=30), traded, capacities, known)
@settings(max_examples=60)
def test_one_more_declaration_removes_no_forced_and_no_chance_pick(rows, more, entries, traders):
    """A profile that waited takes its best match, so another declaration may be better."""

    def early(selected):
        mine = selected.filter(step().is_in(["mandatory", "rate", "random", "unseen"]))
        return dict(mine.select("declaration_id", "selected_by").iter_rows())

    before = early(run(traffic(rows), entries, policy=LIMITED, traders=traders).rows)
    after = early(run(traffic([*rows, more]), entries, policy=LIMITED, traders=traders).rows)
    assert before.items() <= after.items()


@given(traded, known)
@settings(max_examples=60)
def test_one_at_a_time_draws_as_the_batch_does(entry, traders):
    frame = traffic([{**entry, "office": OFFICES[0]}])
    held = {name: Trader(*state) for name, *state in traders.iter_rows()}
    importer = entry["importer"]
    closed = [(office, rule.control, 0.0) for office in OFFICES for rule in LIMITED.lanes]
    batch = run(frame, closed, policy=LIMITED, traders=traders).rows.row(0, named=True)
    one = select_one(
        frame.row(0, named=True), profiles=PROFILES, policy=LIMITED,
        day_key=KEYS[entry["declaration_date"]], cutoffs={}, run_id="run", at=AT,
        trader=held.get(importer, Trader()) if importer else None,
    )  # fmt: skip
    assert one == batch


def test_a_profile_that_waited_takes_its_best_match_once():
    rows = [
        {"declaration_date": DAYS[0], "office": "XT001", "items": 1, "expected_value": value,
         "profiles": ["S"]}
        for value in (-5.0, 3.0, 1.0)
    ]  # fmt: skip
    policy = replace(POLICY, lanes=(LaneRule("red", "physical"),), select_after={"S": 10})
    waited = pl.DataFrame({"profile": ["S"], "matches": [7]}, schema=WAITING)
    picked = run(traffic(rows), policy=policy, waiting=waited).rows
    assert picked["selected_by"].to_list() == ["none", "after:S", "none"]
    assert picked["selection_probability"].to_list() == [0, 1, 0]
    fresh = pl.DataFrame({"profile": ["S"], "matches": [6]}, schema=WAITING)
    assert set(run(traffic(rows), policy=policy, waiting=fresh).rows["lane"]) == {"green"}


def test_what_comes_in_a_shift_uses_its_part_of_the_day():
    def entry(hour, value):
        return {"declaration_date": DAYS[0], "office": "XT001", "items": 1, "profiles": [],
                "expected_value": value, "received_time": None if hour is None else time(hour)}  # fmt: skip

    rows = [entry(7, 9.0), entry(13, 8.0), entry(15, 2.0), entry(3, 1.0), entry(None, 10.0)]
    policy = replace(
        POLICY, lanes=(LaneRule("red", "physical"),),
        shifts=(Shift("early", "06:00", 0.5), Shift("late", "14:00", 0.25)),
    )  # fmt: skip
    result = run(traffic(rows), [("XT001", "physical", 240.0)], policy=policy)
    # 120 minutes in the early shift, where no time is known, too; 60 in the late one, which the night ends
    assert result.rows["lane"].to_list() == ["red", "green", "red", "green", "red"]
    assert result.workload.select("shift", "capacity", "minutes").rows() == [
        ("early", 120.0, 120.0),
        ("late", 60.0, 60.0),
    ]


def test_probabilities_weigh_the_truth_without_bias():
    """Horvitz-Thompson over 2,000 days of the same traffic, with everything that selects mixed."""
    rng = np.random.default_rng(11)
    n, days = 150, 2000
    day = traffic(
        {
            "declaration_date": DAYS[0],
            "office": OFFICES[i % 2],
            "items": int(rng.integers(1, 8)),
            "importer": NAMES[int(rng.integers(0, 4))],
            "received_time": time(int(rng.integers(0, 24))),
            "expected_value": float(rng.choice([0, 10, 10, 20, 35, 60])),
            "profiles": ["M1"]
            if i < 4
            else [c for c, p in (("R1", 0.2), ("S", 0.1)) if rng.random() < p],
        }
        for i in range(n)
    )
    dates = pl.date_range(DAYS[0], DAYS[0] + timedelta(days - 1), eager=True)
    frame = day.drop("declaration_date").join(
        pl.DataFrame({"declaration_date": dates}), how="cross"
    )
    frame = frame.with_columns(
        declaration_id=pl.format("{}/{}", "declaration_id", "declaration_date")
    )
    fraud = pl.Series(rng.random(n) < 0.2 + 0.004 * day["expected_value"].to_numpy())
    truth = pl.DataFrame({"d": day["declaration_id"], "fraud": fraud})
    entries = [("XT001", "physical", 900.0), ("XT001", "documentary", 200.0),
               ("XT002", "physical", 700.0)]  # fmt: skip
    traders = pl.DataFrame(
        [("A", 40, 3, False), ("B", 30, 25, False), ("AEO", 20, 4, True)],
        schema=TRADERS, orient="row",
    )  # fmt: skip
    selected = run(
        frame, entries, policy=LIMITED, traders=traders, keys={d: f"key of {d}" for d in dates}
    ).rows
    steps = set(selected.select(step()).to_series())
    assert steps == {"mandatory", "rate", "random", "unseen", "after", "value", "limit", "none"}
    estimates = (
        selected.filter(pl.col("lane") != "green")
        .with_columns(d=pl.col("declaration_id").str.split("/").list.first())
        .join(truth, on="d")
        .group_by("declaration_date")
        .agg(total=(pl.col("fraud") / pl.col("selection_probability")).sum())["total"]
    )
    assert len(estimates) == days
    assert abs(estimates.mean() - fraud.sum()) < 4 * estimates.std() / days**0.5


@pytest.mark.parametrize("name", ["B", "AEO"])
def test_online_value_keeps_to_the_limit_and_the_benefits(name):
    frame = traffic(
        [{"declaration_date": DAYS[0], "office": "XT001", "items": 1, "expected_value": 900.0,
          "profiles": [], "importer": name}]
    )  # fmt: skip
    quiet = replace(
        LIMITED, lanes=tuple(replace(r, random_rate=0.0, unseen_rate=0.0) for r in POLICY.lanes)
    )
    trader = Trader(10, 9) if name == "B" else Trader(10, 0, authorised=True)
    one = select_one(
        frame.row(0, named=True), profiles=PROFILES, policy=quiet, day_key=KEYS[DAYS[0]],
        cutoffs={("XT001", rule.lane): 1.0 for rule in POLICY.lanes}, run_id="run", at=AT,
        trader=trader,
    )  # fmt: skip
    if name == "B":
        assert (one["lane"], one["selected_by"]) == ("green", "limit:9/11 in 30 d, 30 %")
    else:
        assert (one["lane"], one["selected_by"]) == ("yellow", "value")
