"""Lanes take whatever still fits, and what they would have taken is known without trying."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tidewaiter.engine.risk.selection.fill import (
    UNLIMITED,
    Asked,
    Freed,
    Ranking,
    Room,
    fill,
    lane_of,
    would_pick,
)

LANES = 3
SIZES = (100, 125, 150, 200, 300)
candidate = st.tuples(st.integers(0, 2), st.sampled_from(SIZES), st.integers(1, 9))
room = st.tuples(
    st.one_of(st.just(UNLIMITED), st.integers(-200, 900)),
    st.one_of(st.just(UNLIMITED), st.integers(-1, 4)),
)
rooms = st.lists(st.tuples(room, room, room), min_size=3, max_size=3)
floors = st.tuples(*[st.sampled_from([0.0, 0.5, 3.5])] * LANES)


def greedy(ranked, sizes, counts, floors):
    """The lane of each of a group's candidates (size, value), one after the other."""
    lanes = [-1] * len(ranked)
    for lane in range(LANES):
        left, number = sizes[lane], counts[lane]
        for place, (size, value) in enumerate(ranked):
            if lanes[place] < 0 and size <= left and number > 0 and value > floors[lane]:
                lanes[place], left, number = lane, left - size, number - 1
    return lanes


def prepared(candidates, spaces, floors):
    ordered = sorted(candidates, key=lambda c: (c[0], -c[2]))
    group, size, value = np.array(ordered or np.empty((0, 3)), dtype=np.int64).reshape(-1, 3).T
    ranking = Ranking.of(
        group, value.astype(float), size, group_count=3, floors=np.array(floors, dtype=float)
    )
    numbers = np.array(spaces, dtype=np.int64)
    return ordered, ranking, Room(numbers[:, :, 0], np.ones((3, LANES)), numbers[:, :, 1])


@given(st.lists(candidate, max_size=40), rooms, floors)
@settings(max_examples=300)
def test_each_lane_takes_from_what_is_left_whatever_fits(candidates, spaces, floors):
    ordered, ranking, space = prepared(candidates, spaces, floors)
    taken = lane_of(fill(ranking, space), len(ordered)).tolist()
    for group in range(3):
        mine = [n for n, c in enumerate(ordered) if c[0] == group]
        expected = greedy(
            [ordered[n][1:] for n in mine], space.sizes[group], space.counts[group], floors
        )
        assert [taken[n] for n in mine] == expected


@given(
    st.lists(candidate, max_size=25), rooms, floors,
    st.lists(st.tuples(candidate, st.integers(0, 2)), min_size=1, max_size=5),
)  # fmt: skip
@settings(max_examples=300)
def test_what_value_would_have_picked_is_what_it_picks(candidates, spaces, floors, drawn):
    ordered, ranking, space = prepared(candidates, spaces, floors)
    places, freed, expected = [], [], []
    for (group, size, value), lane in drawn:
        # behind equals: a tie goes to the candidate
        place = sum(c[0] < group or (c[0] == group and c[2] >= value) for c in ordered)
        places.append(place)
        freed.append([size * (index == lane) for index in range(LANES)])
        mine = [c[1:] for c in ordered if c[0] == group]
        local = place - sum(c[0] < group for c in ordered)
        lanes = greedy(
            [*mine[:local], (size, value), *mine[local:]],
            space.sizes[group] + np.array(freed[-1]),
            space.counts[group] + (np.arange(LANES) == lane),
            floors,
        )
        expected.append(lanes[local] >= 0)
    asked = Asked(
        groups=np.array([c[0] for c, _ in drawn]),
        positions=np.array(places),
        values=np.array([c[2] for c, _ in drawn], dtype=float),
        sizes=np.array([c[1] for c, _ in drawn]),
        freed=Freed(
            np.array(freed), np.array([[n == lane for n in range(LANES)] for _, lane in drawn])
        ),
    )
    assert would_pick(ranking, space, asked).tolist() == expected


def test_a_smaller_one_behind_still_fits():
    ranking = Ranking.of(
        np.zeros(4, dtype=np.int64), np.array([9.0, 8.0, 7.0, 6.0]), np.array([200, 300, 100, 100]),
        group_count=1, floors=np.zeros(2),
    )  # fmt: skip
    space = Room(np.array([[300, 350]]), np.ones((1, 2)), np.full((1, 2), UNLIMITED))
    assert pl.Series(lane_of(fill(ranking, space), 4)).to_list() == [0, 1, 0, -1]
