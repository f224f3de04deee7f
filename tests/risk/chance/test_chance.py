"""Chance by keyed hash agrees with Python's hmac and can be checked by anybody."""

import hashlib
import hmac

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidewaiter.engine.risk import chance

KEY = "5f" * 32
ids = st.text(min_size=0, max_size=40)


def by_hand(record_id: str, key: str) -> float:
    raw = hmac.new(key.encode(), record_id.encode(), hashlib.sha256).digest()
    return (int.from_bytes(raw[:8], "big") >> 12) / 2**52


@given(
    st.lists(ids, min_size=1, max_size=20), st.text("0123456789abcdef", min_size=2, max_size=140)
)
@settings(max_examples=200, deadline=None)
def test_draw_equals_python_hmac(values, key):
    series = pl.Series("id", values)
    expected = [by_hand(value, key) for value in values]
    assert chance.draw(series, key).to_list() == expected
    assert [chance.draw_one(value, key) for value in values] == expected


@given(ids)
@settings(max_examples=100, deadline=None)
def test_numbers_lie_in_the_half_open_unit_interval(value):
    assert 0.0 <= chance.draw_one(value, KEY) < 1.0


def test_a_missing_id_has_no_number():
    assert chance.draw(pl.Series("id", ["a", None]), KEY).to_list()[1] is None


def test_tie_bits_differ_from_draw_bits():
    frame = pl.DataFrame({"id": [f"D{i}" for i in range(4000)]})
    both = frame.select(
        u=chance.draw(pl.col("id"), KEY),
        t=chance.tie(chance.digest(pl.col("id"), KEY)) * chance.SCALE,
    )
    assert abs(both.select(pl.corr("u", "t")).item()) < 0.06
    assert both["t"].n_unique() == 4000


def test_shares_are_uniform():
    numbers = chance.draw(pl.Series("id", [f"26XT{i:07d}" for i in range(50_000)]), KEY)
    for rate in (0.01, 0.1, 0.5):
        share = (numbers < rate).mean()
        assert abs(share - rate) < 5 * (rate * (1 - rate) / 50_000) ** 0.5


def test_keys_are_new_and_commitments_hide_them():
    key = chance.new_key()
    assert key != chance.new_key()
    assert len(key) == 64
    assert chance.commitment(key) == hashlib.sha256(key.encode()).hexdigest()


@pytest.fixture
def day():
    traffic = pl.Series("id", [f"D{i:04d}" for i in range(2000)])
    return traffic, traffic.filter(chance.draw(traffic, KEY) < 0.02)


def test_an_honest_day_verifies(day):
    traffic, picks = day
    verdict = chance.verify(traffic, picks, key=KEY, rate=0.02, published=chance.commitment(KEY))
    assert verdict.holds
    assert verdict.added == verdict.dropped == []


def test_a_dropped_and_an_added_pick_are_named(day):
    traffic, picks = day
    other = traffic.filter(~traffic.is_in(picks.implode()))[0]
    forged = pl.concat([picks[1:], pl.Series("id", [other])])
    verdict = chance.verify(traffic, forged, key=KEY, rate=0.02, published=chance.commitment(KEY))
    assert not verdict.holds
    assert verdict.dropped == [picks[0]]
    assert verdict.added == [other]


def test_another_key_than_the_published_one_fails(day):
    traffic, picks = day
    verdict = chance.verify(traffic, picks, key=KEY, rate=0.02, published=chance.commitment("00"))
    assert not verdict.holds
    assert not verdict.key_matches
