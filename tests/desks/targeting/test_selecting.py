"""Selection knows the days before: limits of traders, authorised traders, profiles that waited."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from django.conf import settings

from tests.fixtures.traffic import NORTH, append, assessment, item, selection
from tidewaiter.desks.control.actions import set_capacity
from tidewaiter.desks.targeting.actions import lists as list_actions
from tidewaiter.desks.targeting.actions.online import assess_and_select
from tidewaiter.desks.targeting.actions.profiles import import_profiles
from tidewaiter.desks.targeting.actions.selecting import select_days
from tidewaiter.desks.targeting.queries.why_not import why_not
from tidewaiter.desks.targeting.wording import selection_in_words
from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, SELECTIONS
from tidewaiter.engine.risk.facts import conform
from tidewaiter.engine.risk.lists import ListEntry
from tidewaiter.platform.store import lake

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 20)
WITHOUT_CHANCE = """
[[lanes]]
lane = "red"
control = "physical"
[[lanes]]
lane = "yellow"
control = "documentary"
"""


@pytest.fixture
def actor(officer, home):
    return officer("operator", "supervisor", national=True, username="operator")


def policy(text: str) -> None:
    (Path(settings.HOME) / "policy.toml").write_text(text + WITHOUT_CHANCE, encoding="utf-8")


def declared(numbers, importer: str, day: date, **more):
    return [item(n, office=NORTH, importer=importer, declaration_date=day, **more) for n in numbers]


def controlled_before(importer: str, numbers, lane: str = "red") -> None:
    """Declarations of some days earlier, each selected for a lane."""
    earlier = declared(numbers, importer, DAY - timedelta(days=9))
    append(SELECTIONS, [selection(one, lane=lane) for one in earlier], f"before {importer} {lane}")


def arrives(rows, **more) -> None:
    append(DECLARATIONS, rows, f"declared {rows[0]['declaration_id']}")
    made = [assessment(one, profiles=[], **more) for one in rows]
    append(ASSESSMENTS, made, f"assessed {rows[0]['declaration_id']}")


def selected(actor) -> pl.DataFrame:
    select_days(actor, DAY)
    return lake().current(SELECTIONS).filter(pl.col("declaration_date") == DAY).collect()


def test_a_trader_controlled_often_enough_is_left_alone_and_the_list_says_why(actor):
    policy("[trader_limit]\nrate = 0.5\nleast = 2\n")
    controlled_before("OFTEN", range(100, 106))
    controlled_before("OFTEN", range(106, 108), "green")
    arrives(declared(range(110, 112), "OFTEN", DAY), expected_value=900.0)
    arrives(declared(range(120, 122), "SELDOM", DAY), expected_value=100.0)
    set_capacity(actor, office=NORTH, control="physical", minutes_per_day=300)
    by_trader = selected(actor).group_by("importer").agg("lane", "selected_by")
    told = {name: (set(lanes), set(by)) for name, lanes, by in by_trader.iter_rows()}
    assert told["SELDOM"] == ({"red"}, {"value"})
    assert told["OFTEN"] == ({"green"}, {"limit:6/10 in 90 d, 50 %"})
    assert selection_in_words("limit:6/10 in 90 d, 50 %") == (
        "Not selected because of the trader's limit: "
        "6 of 10 declarations in 90 days controlled, at most 50 %"
    )
    held = (
        lake().current(SELECTIONS, pl.col("importer") == "OFTEN").collect().sort("declaration_id")
    )
    found = why_not(actor, held.filter(pl.col("selected_by") != "value")["declaration_id"][-1])
    assert found.held_back
    assert not any(one.selects for one in (*found.against, *found.changes))


def test_days_of_one_run_count_for_the_next_ones(actor):
    policy("[trader_limit]\nrate = 0.0\nleast = 2\n")
    for n in range(4):
        arrives(declared([200 + n], "DAILY", DAY + timedelta(days=n)), expected_value=900.0)
    set_capacity(actor, office=NORTH, control="physical", minutes_per_day=300)
    select_days(actor)
    lanes = lake().current(SELECTIONS).collect().sort("declaration_date")
    assert lanes["lane"].to_list() == ["red", "red", "green", "green"]
    assert lanes["selected_by"].to_list()[2:] == [
        "limit:2/3 in 90 d, 0 %",
        "limit:2/4 in 90 d, 0 %",
    ]


def test_an_authorised_trader_is_controlled_by_its_documents(actor):
    policy('[authorised]\nmembers = "trusted"\nlane = "yellow"\nshare = 0.5\n')
    trusted = list_actions.create_list(actor, name="trusted")
    list_actions.add_values(actor, trusted, [ListEntry("GOOD")])
    arrives(declared(range(130, 134), "GOOD", DAY), expected_value=900.0)
    arrives(declared(range(140, 142), "OTHER", DAY), expected_value=10.0)
    for control, minutes in (("physical", 300), ("documentary", 40)):
        set_capacity(actor, office=NORTH, control=control, minutes_per_day=minutes)
    lanes = selected(actor).group_by("importer").agg(pl.col("lane").sort())
    assert dict(lanes.iter_rows()) == {
        "GOOD": ["green", "green", "green", "yellow"],
        "OTHER": ["red", "red"],
    }


PHONES = """
[[profile]]
code = "PHONES"
title = "Telephones"
condition = "hs LIKE '8517%'"
reason = "Telephones."
severity = 1
weight = 0.1
lane = "yellow"
owner = "national targeting centre"
"""


def test_a_profile_whose_matches_waited_gets_the_best_one(actor, tmp_path):
    policy("[select_after]\nPHONES = 5\n")
    (tmp_path / "phones.toml").write_text(PHONES, encoding="utf-8")
    import_profiles(actor, [tmp_path / "phones.toml"], approve=True)
    earlier = declared(range(150, 154), "WAITS", DAY - timedelta(days=3))
    append(ASSESSMENTS, [assessment(one, profiles=["PHONES"]) for one in earlier], "earlier")
    append(SELECTIONS, [selection(one, lane="green") for one in earlier], "selected earlier")
    rows = declared(range(160, 162), "WAITS", DAY)
    append(DECLARATIONS, rows, "declared now")
    made = [
        assessment(one, profiles=["PHONES"], expected_value=worth)
        for one, worth in zip(rows, (-5.0, -1.0), strict=True)
    ]
    append(ASSESSMENTS, made, "assessed now")
    chosen = dict(selected(actor).select("declaration_id", "selected_by").iter_rows())
    assert chosen == {"26XT0160": "none", "26XT0161": "after:PHONES"}


def test_the_day_is_divided_where_the_policy_says_so(actor):
    policy(
        "further_item = 0\n"
        '[[shifts]]\nname = "early"\nstart = "06:00"\nshare = 0.2\n'
        '[[shifts]]\nname = "late"\nstart = "14:00"\nshare = 0.8\n'
    )
    for number, hour in ((170, 8), (171, 9), (172, 18), (173, 19), (174, 20)):
        row = declared([number], "SHIFTS", DAY)[0]
        received = datetime(2026, 3, 20, hour, tzinfo=UTC)
        append(DECLARATIONS, [row | {"received_at": received}], f"declared {number}")
        append(ASSESSMENTS, [assessment(row, profiles=[], expected_value=50.0)], f"now {number}")
    set_capacity(actor, office=NORTH, control="physical", minutes_per_day=300)
    lanes = dict(
        selected(actor).sort("declaration_id").select("declaration_id", "lane").iter_rows()
    )
    assert sorted(lanes.values()) == ["green", "red", "red", "red", "red"]
    assert {lanes["26XT0170"], lanes["26XT0171"]} == {"red", "green"}


def test_one_at_a_time_knows_the_days_before_too(actor):
    policy("[trader_limit]\nrate = 0.5\nleast = 2\n")
    controlled_before("OFTEN", range(100, 106))
    arrives(declared([109], "OTHER", DAY), expected_value=900.0)
    set_capacity(actor, office=NORTH, control="physical", minutes_per_day=300)
    selected(actor)
    # No value is too small while the lane is open, so nothing but the limit keeps it green.
    for importer, said in (("OFTEN", "limit:6/7 in 90 d, 50 %"), ("OTHER", "value")):
        (row,) = declared([180], importer, DAY, customs_value=1e7, taxes=1e7)
        items = pl.DataFrame([row], schema_overrides=dict(DECLARATIONS.schema))
        one = assess_and_select(conform(items).select(DECLARATIONS.incoming.names()))[1]
        assert (one["lane"], one["selected_by"]) == ("red" if said == "value" else "green", said)
