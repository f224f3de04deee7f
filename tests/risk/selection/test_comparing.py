"""Policies side by side, and as text: nothing is lost, every difference is told."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tidewaiter.engine.risk.selection import LaneRule, SelectionPolicy, Shift
from tidewaiter.engine.risk.selection.comparing import Change, changes, figures
from tidewaiter.engine.risk.selection.writing import to_toml

PLAIN = SelectionPolicy()
rates = st.floats(0, 0.2)
names = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8
)
policies = st.builds(
    SelectionPolicy,
    lanes=st.sampled_from(["red", "orange", "yellow"]).flatmap(
        lambda lane: st.tuples(
            st.builds(LaneRule, st.just(lane), st.just("physical"), rates, rates)
        )
    ),
    minutes=st.dictionaries(names, st.floats(1, 500), max_size=2).map(
        lambda more: {**more, "physical": 60.0}
    ),
    cost_per_minute=st.floats(0, 100),
    most_items=st.integers(1, 50),
    select_after=st.dictionaries(names, st.integers(1, 900), max_size=2),
    weights=st.dictionaries(names, st.floats(0, 10), max_size=2),
    shifts=st.lists(names, max_size=2, unique=True).map(
        lambda held: tuple(Shift(name, share=0.5, offices=(name,)) for name in held)
    ),
)


@given(policies)
def test_the_text_of_a_policy_is_the_policy(policy):
    assert SelectionPolicy.from_toml(to_toml(policy)).version == policy.version


@given(policies, policies)
def test_two_policies_are_the_same_exactly_when_nothing_differs(old, new):
    assert (changes(old, new) == []) == (old.version == new.version)
    after = {**figures(old), **{change.path: change.new for change in changes(old, new)}}
    assert {path: value for path, value in after.items() if value is not None} == figures(new)


def test_each_figure_goes_by_where_it_stands():
    red, *others = PLAIN.lanes
    changed = replace(
        PLAIN,
        lanes=(replace(red, random_rate=0.01), *others),
        weights={"drugs": 3.0},
        shifts=(Shift("early", "06:00", 0.5, ("XT1",)),),
    )
    assert changes(PLAIN, changed) == [
        Change(("lanes", "red", "random_rate"), 0.0025, 0.01),
        Change(("shifts", "early XT1", "start"), None, "06:00"),
        Change(("shifts", "early XT1", "share"), None, 0.5),
        Change(("weights", "drugs"), None, 3.0),
    ]
    assert [c.path for c in changes(changed, PLAIN)] == [
        ("lanes", "red", "random_rate"),
        ("shifts", "early XT1", "start"),
        ("shifts", "early XT1", "share"),
        ("weights", "drugs"),
    ]
    turned = replace(PLAIN, lanes=(*others, red))
    assert [change.path for change in changes(PLAIN, turned)] == [("lanes",)]
