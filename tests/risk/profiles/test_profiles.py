"""Sets of profiles: scope, versions, broken ones, files."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.risk.language.world import SCHEMA
from tidewaiter.engine.risk.lists import NamedLists
from tidewaiter.engine.risk.profiles import (
    Profile,
    ProfileSet,
    field_problems,
    parse_profiles,
    read_profiles,
    write_profiles,
)

if TYPE_CHECKING:
    from pathlib import Path

LISTS = NamedLists({"suspended": ["I1", "I2"]})
FRAME = pl.DataFrame(
    {
        "importer": ["I1", "I3", None, "I2"],
        "office": ["O1", "O1", "O1", None],
        "procedure": ["4000", "4200", "4000", "4000"],
        "declaration_date": [
            date(2026, 1, 31),
            date(2026, 2, 1),
            date(2026, 2, 2),
            date(2026, 2, 3),
        ],
        "net_mass": [1.0, 2.0, 3.0, None],
    }
)


def profile(code: str, condition: str, **more: object) -> Profile:
    return replace(Profile(code, f"Title {code}", condition), **more)


def answers(*profiles: Profile) -> list[tuple[list[str], list[str]]]:
    """Hits and not evaluable of each row of FRAME, the same from both evaluators."""
    profile_set = ProfileSet(profiles, SCHEMA, LISTS)
    table = profile_set.evaluate(FRAME).per_row()
    by_rows = [profile_set.evaluate_row(facts) for facts in FRAME.iter_rows(named=True)]
    assert by_rows == list(table.iter_rows())
    return by_rows


def test_hits_and_what_could_not_be_judged_are_apart() -> None:
    found = answers(profile("B", "importer IN LIST('suspended')"), profile("A", "net_mass < 2"))
    assert found == [(["A", "B"], []), ([], []), ([], ["B"]), (["B"], ["A"])]


def test_scope_is_part_of_the_condition_and_of_what_is_unknown() -> None:
    found = answers(profile("A", "importer IS NOT NULL", offices=("O1",), procedures=("4000",)))
    assert found == [(["A"], []), ([], []), ([], []), ([], ["A"])]


def test_first_and_last_day_are_included() -> None:
    found = answers(profile("A", "TRUE", valid_from=date(2026, 2, 1), valid_to=date(2026, 2, 2)))
    assert [hits for hits, _ in found] == [[], ["A"], ["A"], []]


def test_no_profiles_and_no_records() -> None:
    none = ProfileSet([], SCHEMA, LISTS)
    assert none.evaluate(FRAME).per_row().to_dict(as_series=False) == {
        "profiles": [[]] * 4,
        "not_evaluable": [[]] * 4,
    }
    one = ProfileSet([profile("A", "net_mass < 2")], SCHEMA, LISTS)
    assert one.evaluate(FRAME.clear()).per_row().height == 0
    assert one.evaluate(FRAME.clear()).counts() == {"A": (0, 0)}


def test_one_batch_serves_another_set_that_reads_the_same_columns() -> None:
    both = ProfileSet(
        [profile("A", "net_mass < 2"), profile("B", "importer = 'I3'")], SCHEMA, LISTS
    )
    batch = both.encode(FRAME)
    other = ProfileSet([profile("C", "importer = 'I3' AND net_mass > 1")], SCHEMA, LISTS)
    assert other.evaluate(batch).counts() == {"C": (1, 1)}


def test_a_broken_profile_does_not_stop_the_others() -> None:
    given_profiles = [
        profile("A", "net_mas < 2"),
        profile("B", "net_mass < 2"),
        profile("B", "net_mass < 3"),
        profile("C", "importer IN LIST('gone')"),
    ]
    profile_set = ProfileSet(given_profiles, SCHEMA, LISTS)
    assert profile_set.codes == ("B",)
    assert [(b.profile.code, b.problems[0].code) for b in profile_set.broken] == [
        ("A", "unknown_field_near"),
        ("B", "code_taken"),
        ("C", "unknown_list"),
    ]


def test_version_follows_content_not_order() -> None:
    a, b = profile("A", "net_mass < 2"), profile("B", "net_mass < 3")
    versions = {
        ProfileSet(given_profiles, SCHEMA, LISTS).version
        for given_profiles in ([a, b], [b, a], [replace(a, weight=1.0), b])
    }
    assert len(versions) == 1
    others = ([a], [replace(a, weight=2.0), b], [replace(a, condition="net_mass < 2.5"), b])
    assert not versions & {ProfileSet(o, SCHEMA, LISTS).version for o in others}


def test_a_set_read_back_from_json_is_the_same_set() -> None:
    one = ProfileSet(
        [
            profile(
                "A", "net_mass < 2", offices=("O1",), valid_from=date(2026, 1, 1), select_rate=0.5
            )
        ],
        SCHEMA,
        LISTS,
    )
    again = ProfileSet.from_json(one.to_json(), SCHEMA, LISTS)
    assert again.version == one.version
    assert again.profiles == one.profiles


def test_fields_are_checked() -> None:
    good = profile("A-1", "TRUE", reason="Origin {origin} of {importer}", lane="red")
    assert field_problems(good, SCHEMA) == {}
    bad = profile(
        "a 1", "TRUE", reason="{orgin} {", risk_area="x", lane="pink", severity=9, weight=-1.0,
        select_rate=2.0, valid_from=date(2026, 2, 1), valid_to=date(2026, 1, 1),
    )  # fmt: skip
    assert set(field_problems(bad, SCHEMA)) == {
        "code", "reason", "risk_area", "lane", "severity", "weight", "select_rate", "valid_to",
    }  # fmt: skip


@pytest.mark.parametrize(
    "reason",
    ["{orgin}", "{", "}", "{}", "{origin:.2f}", "{origin!r}", "{origin.upper}", "{origin[0]}"],
)
def test_a_reason_names_facts_and_nothing_else(reason: str) -> None:
    assert "reason" in field_problems(profile("A", "TRUE", reason=reason), SCHEMA)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
SOME_TEXT = TEXT.filter(str.strip)
PROFILES = st.builds(
    Profile,
    code=SOME_TEXT,
    title=SOME_TEXT,
    condition=SOME_TEXT,
    reason=TEXT,
    severity=st.integers(1, 5),
    mandatory=st.booleans(),
    weight=st.floats(0, 1000),
    controls=st.lists(TEXT, max_size=2).map(tuple),
    select_rate=st.none() | st.floats(0, 1),
    offices=st.lists(TEXT, max_size=2).map(tuple),
    valid_from=st.none() | st.dates(),
    instructions=TEXT,
)


@given(st.lists(PROFILES, min_size=1, max_size=3))
def test_what_is_exported_is_imported_the_same(profiles: list[Profile]) -> None:
    assert parse_profiles(write_profiles(profiles)) == (profiles, [])


def test_a_file_tells_each_bad_profile_and_keeps_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "profiles.toml"
    path.write_text(
        """
        [[profile]]
        code = "A"
        title = "Good"
        condition = "TRUE"
        [[profile]]
        code = "B"
        titel = "Misspelt"
        condition = "TRUE"
        [[profile]]
        code = "C"
        title = "Wrong kinds"
        condition = "TRUE"
        severity = true
        [[profile]]
        title = "No code"
        condition = "TRUE"
        """
    )
    profiles, problems = read_profiles(path)
    assert [p.code for p in profiles] == ["A"]
    assert [p.profile for p in problems] == ["B", "C", "number 4"]
    assert "did you mean “title”" in problems[0].message
    assert "severity" in problems[1].message


def test_files_that_cannot_be_read_at_all(tmp_path: Path) -> None:
    path = tmp_path / "profiles.toml"
    for content in (b"\xff\xfe", b"[[profile", b"", b"profile = 3"):
        path.write_bytes(content)
        profiles, problems = read_profiles(path)
        assert profiles == []
        assert len(problems) == 1
