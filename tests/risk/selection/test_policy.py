"""A selection policy is data: read from text, checked, numbered by what it says."""

from pathlib import Path

import pytest

from tidewaiter.engine.risk.selection import LaneRule, PolicyError, SelectionPolicy

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
        ("minutes = 7", "ill-formed"),
        ('[minutes]\nphysical = "long"', "not a number"),
        ("lanes = []", "at least one"),
    ],
)
def test_a_wrong_policy_says_what_is_wrong(text, message):
    with pytest.raises(PolicyError, match=message):
        SelectionPolicy.from_toml(text)


DOCUMENTED = Path(__file__).parents[3] / "docs" / "administrator" / "selection.md"


def test_the_documented_policy_is_the_default():
    text = DOCUMENTED.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    assert SelectionPolicy.from_toml(text).version == SelectionPolicy().version
