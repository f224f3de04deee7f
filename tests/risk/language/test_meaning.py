"""Single points of meaning that officers rely on."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from tests.risk.language.world import SCHEMA
from tidewaiter.engine.risk.language.patterns import matcher
from tidewaiter.engine.risk.lists import NamedLists
from tidewaiter.engine.risk.profiles import Profile, ProfileSet

LISTS = NamedLists({"suspended": {"I1"}, "sensitive": {"85", "010121"}, "none": []})


def judged(text: str, **facts: Any) -> bool | None:
    """The answer of both evaluators, which must be the same."""
    profiles = ProfileSet([Profile("P", "P", text)], SCHEMA, LISTS)
    assert not profiles.broken, profiles.broken
    hits, unknown = profiles.evaluate_row(facts)
    by_row = True if hits else None if unknown else False
    dtypes = {
        n: {"number": pl.Float64, "money": pl.Float64, "date": pl.Date, "flag": pl.Boolean}.get(
            SCHEMA[n].kind, pl.String
        )
        for n in facts
    }
    frame = pl.DataFrame([facts], schema=dtypes) if facts else pl.DataFrame({"x": [1]})
    found = profiles.evaluate(frame)
    by_column = True if len(found.rows) else None if len(found.unknown_rows) else False
    assert by_row is by_column
    return by_row


@pytest.mark.parametrize(
    ("text", "facts", "answer"),
    [
        ("net_mass < 5", {"net_mass": None}, None),
        ("NOT net_mass < 5", {"net_mass": None}, None),
        ("net_mass <> 5", {"net_mass": float("nan")}, None),
        ("importer NOT IN LIST('suspended')", {"importer": None}, None),
        ("importer NOT IN LIST('none')", {"importer": None}, None),
        ("importer NOT IN LIST('none')", {"importer": "I1"}, True),
        ("net_mass < 5 OR packages > 1", {"net_mass": None, "packages": 2.0}, True),
        ("net_mass < 5 AND packages > 1", {"net_mass": None, "packages": 1.0}, False),
        ("1 / packages > 5", {"packages": 0.0}, None),
        ("packages % 0 = 0", {"packages": 4.0}, None),
        ("-7 % 3 = -1", {}, True),
        ("ROUND(net_mass) = 3", {"net_mass": 2.5}, True),
        ("ROUND(net_mass) = -3", {"net_mass": -2.5}, True),
        ("description LIKE 'Cot%'", {"description": "cotton"}, False),
        ("UPPER(description) LIKE 'COT%'", {"description": "cotton"}, True),
        ("description < 'a'", {"description": "Z"}, True),
        ("LENGTH(description) = 2", {"description": "é🚢"}, True),
        ("hs IN LIST('sensitive')", {"hs": "8517120010"}, True),
        ("hs IN LIST('sensitive')", {"hs": "0101"}, False),
        ("hs = '8517'", {"hs": "851712"}, False),
        ("MONTH(declaration_date) = 2", {"declaration_date": date(2024, 2, 29)}, True),
        (
            "DAYS_BETWEEN(declaration_date, release_date) = 1",
            {"declaration_date": date(2024, 2, 29), "release_date": date(2024, 3, 1)},
            True,
        ),
        ("COALESCE(known_importer, FALSE)", {"known_importer": None}, False),
        ("NOT COALESCE(known_importer, FALSE)", {"known_importer": None}, True),
        ("net_mass IS NULL", {"net_mass": float("nan")}, True),
        ("TRUE", {}, True),
        ("0.1 + 0.2 = 0.3", {}, False),
    ],
)
def test_meaning(text: str, facts: dict[str, Any], answer: bool | None) -> None:  # noqa: FBT001  a parameter of the table
    assert judged(text, **facts) is answer


def test_a_fact_the_record_does_not_have_is_missing() -> None:
    assert judged("net_mass < 5") is None
    assert judged("net_mass IS NULL") is True


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("a%b%c", "a" * 2000 + "b" * 2000 + "c", True),
        ("%a%a%a%a%a%a%a%a%b", "a" * 5000, False),
        ("_", "🚢", True),
        ("_", "", False),
        ("%", "", True),
        ("a%a", "a", False),
        ("%.%", "a.b", True),
        ("%.%", "ab", False),
        ("a\nb", "a\nb", True),
        ("ab", "ab\n", False),
        ("%b", "b\n", False),
        ("%(x", "y(x", True),
    ],
)
def test_like_matches_whole_texts_in_linear_time(pattern: str, text: str, matches: bool) -> None:  # noqa: FBT001  a parameter of the table
    assert matcher(pattern)(text) is matches
