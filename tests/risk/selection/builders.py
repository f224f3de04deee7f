"""Traffic, profiles and capacities for the tests of selection."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import polars as pl
from hypothesis import strategies as st

from tidewaiter.engine.risk import chance
from tidewaiter.engine.risk.selection import LaneRule, SelectionPolicy, select

AT = datetime(2026, 3, 1, 4, tzinfo=UTC)
DAYS = (date(2026, 3, 1), date(2026, 3, 2))
KEYS = {day: chance.commitment(str(day)) for day in DAYS}
OFFICES = ("XT001", "XT002")


@dataclass(frozen=True)
class Profile:
    code: str
    mandatory: bool = False
    lane: str | None = None
    controls: tuple[str, ...] = ()
    select_rate: float | None = None


@dataclass(frozen=True)
class Profiles:
    profiles: tuple[Profile, ...] = field(default=())


PROFILES = Profiles(
    (
        Profile("M1", mandatory=True, lane="yellow", controls=("sampling",)),
        Profile("M2", mandatory=True, lane="red"),
        Profile("R1", select_rate=0.3, lane="orange"),
        Profile("R2", select_rate=0.5, lane="red", controls=("documentary",)),
        Profile("S", lane="red"),
    )
)
POLICY = SelectionPolicy(
    lanes=(
        LaneRule("red", "physical", random_rate=0.1, expected_rate=0.05),
        LaneRule("orange", "scanner", random_rate=0.05),
        LaneRule("yellow", "documentary", expected_rate=0.2),
        LaneRule("blue", "post_clearance"),
    )
)

row = st.fixed_dictionaries(
    {
        "declaration_date": st.sampled_from(DAYS),
        "office": st.sampled_from((*OFFICES, None)),
        "items": st.one_of(st.none(), st.integers(1, 30)),
        "expected_value": st.one_of(st.none(), st.just(50.0), st.floats(0, 1000), st.floats(-5, 0)),
        "profiles": st.lists(st.sampled_from(["M1", "M2", "R1", "R2", "S", "GONE"]), max_size=3),
    }
)
capacities = st.lists(
    st.tuples(
        st.sampled_from(OFFICES),
        st.sampled_from(["physical", "scanner", "documentary", "post_clearance"]),
        st.floats(0, 900),
    ),
    unique_by=lambda entry: entry[:2],
    max_size=8,
)


def traffic(rows):
    rows = list(rows)
    schema = {
        "declaration_id": pl.String, "declaration_date": pl.Date, "office": pl.String,
        "importer": pl.String, "items": pl.Int64, "score": pl.Float64,
        "expected_value": pl.Float64, "currency": pl.String, "risk_area": pl.String,
        "profiles": pl.List(pl.String), "received_time": pl.Time,
    }  # fmt: skip
    full = [
        {"declaration_id": f"D{i:05d}", "importer": "T", "score": 0.5, "currency": "EUR",
         "risk_area": "revenue", **entry}
        for i, entry in enumerate(rows)
    ]  # fmt: skip
    return pl.DataFrame(full, schema=schema)


def capacity_frame(entries):
    schema = {"office": pl.String, "control": pl.String, "minutes_per_day": pl.Float64}
    return pl.DataFrame(list(entries), schema=schema, orient="row")


def run(
    frame, entries=(), *, profiles=PROFILES, policy=POLICY, keys=KEYS, traders=None, waiting=None
):
    return select(
        frame, profiles=profiles, capacity=capacity_frame(entries), policy=policy, day_keys=keys,
        run_id="run", at=AT, traders=traders, waiting=waiting,
    )  # fmt: skip
