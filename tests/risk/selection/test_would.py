"""What a profile in shadow would have asked for is what selection does when it is in force."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter.engine.risk import chance
from tidewaiter.engine.risk.profiles import Profile
from tidewaiter.engine.risk.selection import LaneRule, SelectionPolicy, select_one
from tidewaiter.engine.risk.selection.would import would_select

AT = datetime(2026, 3, 1, 4, tzinfo=UTC)
DAYS = (date(2026, 3, 1), date(2026, 3, 2))
KEYS = {day: chance.commitment(str(day)) for day in DAYS}
# Nothing at random: what is selected is selected because of the profile, or of the value.
POLICY = SelectionPolicy(
    lanes=(LaneRule("red", "physical"), LaneRule("yellow", "documentary")), cost_per_minute=0.5
)
CUTOFFS = {("A", "red"): 4.0, ("A", "yellow"): 9.0, ("B", "yellow"): 2.0}
declarations = st.lists(
    st.fixed_dictionaries(
        {
            "declaration_date": st.sampled_from(DAYS),
            "office": st.sampled_from(["A", "B", "C", None]),
            "items": st.integers(1, 12) | st.none(),
            "expected_value": st.floats(-50, 2_000),
            "risk_area": st.sampled_from(["revenue", "drugs", None]),
        }
    ),
    min_size=1, max_size=30,
)  # fmt: skip


class Alone:
    def __init__(self, profile):
        self.profiles = (profile,)


@given(
    declarations,
    st.sampled_from(["mandatory", "rate", "scored"]),
    st.sampled_from(["", "red", "yellow", "green"]),
    st.floats(0.05, 0.95),
)
def test_it_agrees_with_the_selection_of_one(rows, kind, lane, rate):
    profile = Profile(
        "P", "P", "TRUE", lane=lane, mandatory=kind == "mandatory",
        select_rate=rate if kind == "rate" else None,
    )  # fmt: skip
    frame = pl.DataFrame(
        [row | {"declaration_id": f"D{n}", "profiles": ["P"]} for n, row in enumerate(rows)],
        schema_overrides={
            "office": pl.String,
            "items": pl.Int64,
            "expected_value": pl.Float64,
            "risk_area": pl.String,
        },
    )
    for row, would in zip(
        frame.iter_rows(named=True),
        would_select(frame, profile, POLICY, CUTOFFS, KEYS),
        strict=True,
    ):
        chosen = select_one(
            row, profiles=Alone(profile), policy=POLICY, day_key=KEYS[row["declaration_date"]],
            cutoffs=CUTOFFS, run_id="r", at=AT,
        )  # fmt: skip
        assert would == (chosen["lane"] != "green")
