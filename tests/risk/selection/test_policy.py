"""A selection policy is data: read from text, checked, numbered by what it says."""

from pathlib import Path

import pytest

from tests.risk.selection.test_traders import LIMITED
from tidewaiter.engine.risk.selection import LaneRule, PolicyError, SelectionPolicy
from tidewaiter.engine.risk.selection.writing import to_toml

POLICY_TEXT = """
further_item = 10
[minutes]
physical = 45
sampling = 12
[[lanes]]
lane = "red"
control = "physical"
random_rate = 0.02
"""


def test_a_policy_is_data():
    policy = SelectionPolicy.from_toml(POLICY_TEXT)
    assert policy.lanes == (LaneRule("red", "physical", random_rate=0.02),)
    assert (policy.minutes_of("sampling"), policy.minutes_of("never heard of")) == (12, 30)
    assert policy.version == SelectionPolicy.from_toml(POLICY_TEXT).version
    assert policy.version != SelectionPolicy().version
    whole, broken = (SelectionPolicy.from_toml(f"cost_per_minute = {n}") for n in ("1", "1.0"))
    assert whole.version == broken.version


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("further_item = ", "not valid TOML"),
        ("colour = 1", "colour"),
        ('[[lanes]]\nlane = "red"\ncontrol = "x"', "standard minutes"),
        ('[[lanes]]\nlane = "pink"\ncontrol = "physical"', "lanes: use each"),
        ('[[lanes]]\nlane = "red"\ncontrol = "physical"\nrandom_rate = 1.5', "between 0 and 1"),
        ("most_items = 0", "most_items"),
        ("most_items = 2.5", "not a whole number"),
        ("cost_per_minute = true", "not a number"),
        ("cost_per_minute = inf", "not a finite number"),
        ("other_minutes = nan", "not a finite number"),
        ("minutes = 7", "ill-formed"),
        ('[minutes]\nphysical = "long"', "not a number"),
        ("lanes = []", "at least one"),
        ("weights = 3", "ill-formed"),
        ("[weights]\ndrugs = -1", "weights: must not be negative"),
        ("[select_after]\nPHONES = 0", "select_after"),
        ("[trader_limit]\nrate = 1.2", "trader_limit"),
        ("[trader_limit]\ndays = 0", "trader_limit"),
        ('[authorised]\nlane = "green"', "authorised: lane"),
        ("[authorised]\nshare = 2", "authorised"),
        ('[[shifts]]\nname = "early"\nstart = "late"', "shifts: start"),
        ('[[shifts]]\nname = "a"\n[[shifts]]\nname = "b"\nstart = "06:00"', "at most 1"),
        ('[[shifts]]\nname = "a"\nshare = 0.5\n[[shifts]]\nname = "a"\nshare = 0.1', "differ"),
    ],
)
def test_a_wrong_policy_says_what_is_wrong(text, message):
    with pytest.raises(PolicyError, match=message):
        SelectionPolicy.from_toml(text)


@pytest.mark.parametrize("policy", [SelectionPolicy(), LIMITED])
def test_what_is_written_is_read_back(policy):
    assert SelectionPolicy.from_toml(to_toml(policy)) == policy


DOCUMENTED = Path(__file__).parents[3] / "docs" / "administrator" / "selection.md"


def test_the_documented_policy_is_the_default():
    text = DOCUMENTED.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    assert SelectionPolicy.from_toml(text).version == SelectionPolicy().version
