"""The example profiles and lists are ready to import."""

from __future__ import annotations

from pathlib import Path

from tidewaiter.engine.risk.language import check
from tidewaiter.engine.risk.lists import NamedLists, read_list
from tidewaiter.engine.risk.profiles import ProfileSet, field_problems, read_profiles
from tidewaiter.engine.risk.schema import SCHEMA

EXAMPLES = Path(__file__).parents[3] / "examples"


def test_every_example_profile_can_be_used_with_the_example_lists() -> None:
    files = sorted((EXAMPLES / "lists").glob("*.csv"))
    lists = NamedLists({path.stem: [e.value for e in read_list(path)] for path in files})
    profiles = []
    for path in sorted((EXAMPLES / "profiles").glob("*.toml")):
        found, problems = read_profiles(path)
        assert problems == []
        profiles += found
    assert len(profiles) >= 100
    for profile in profiles:
        checked = check(profile.condition, SCHEMA, lists)
        # A limit in money without a currency is what officers write; nothing else is doubtful.
        doubts = [p.say() for p in checked.problems if p.code != "amount_without_currency"]
        assert doubts == [], profile.code
        assert field_problems(profile, SCHEMA) == {}, profile.code
    profile_set = ProfileSet(profiles, SCHEMA, lists)
    assert profile_set.broken == []
    used = {name for p in profiles for name in lists if f"LIST('{name}')" in p.condition}
    assert used == set(lists)
