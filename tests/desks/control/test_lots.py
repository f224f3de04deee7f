"""Drawing lots: fair within bounds, the same whoever draws, whatever the order of the input."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tidewaiter.desks.control.lots import draw_lots

names = st.text("abcdefgh", min_size=1, max_size=4)
orders = st.dictionaries(
    st.integers(1, 9999).map("CO/2026/{:07d}".format), st.integers(1, 480), max_size=40
)
loads = st.dictionaries(names, st.integers(0, 900), min_size=1, max_size=8)
keys = st.text(min_size=1, max_size=8)
# A busy machine makes neither a draw nor its test wrong.
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@calm
@given(orders, loads, keys)
def test_every_order_goes_to_one_inspector_on_duty(orders, loads, key):
    drawn = draw_lots(orders, loads, key)
    assert drawn.keys() == orders.keys()
    assert set(drawn.values()) <= loads.keys()


@calm
@given(orders, loads, keys)
def test_loads_stay_balanced(orders, loads, key):
    after = Counter(loads)
    for number, name in draw_lots(orders, loads, key).items():
        after[name] += orders[number]
    spread_before = max(loads.values()) - min(loads.values())
    spread = max(after[n] for n in loads) - min(after[n] for n in loads)
    assert spread <= max(spread_before, 2 * max(orders.values(), default=0))


@calm
@given(orders, loads, keys, st.randoms(use_true_random=False))
def test_order_of_input_changes_nothing(orders, loads, key, random):
    shuffled_orders, shuffled_loads = list(orders.items()), list(loads.items())
    random.shuffle(shuffled_orders)
    random.shuffle(shuffled_loads)
    again = draw_lots(dict(shuffled_orders), dict(shuffled_loads), key)
    assert again == draw_lots(orders, loads, key)


def test_the_key_decides():
    many = {f"CO/2026/{n:07d}": 60 for n in range(200)}
    people = {"ana": 0, "ben": 0, "cem": 0, "dia": 0}
    one, other = (draw_lots(many, people, key) for key in ("monday", "tuesday"))
    assert one != other
    assert sum(one[n] != other[n] for n in many) > 100


def test_single_orders_fall_evenly():
    """Over many keys each of four gets about a quarter of single lots (99.99 % interval)."""
    people = dict.fromkeys(("ana", "ben", "cem", "dia"), 0)
    fell = Counter(
        draw_lots({"CO/2026/0000001": 30}, people, f"key {n}")["CO/2026/0000001"]
        for n in range(4000)
    )
    assert all(890 < fell[name] < 1110 for name in people)


def test_nobody_to_draw_from():
    with pytest.raises(ValueError, match="no inspector"):
        draw_lots({"CO/2026/0000001": 30}, {}, "key")
