"""Declarations that change after they were assessed: every list shows what is in force."""

from __future__ import annotations

import io
from datetime import date

import polars as pl
import pytest

from tidewaiter.desks.control.models import ControlOrder
from tidewaiter.desks.intake.actions import record_message, submit
from tidewaiter.desks.targeting.actions.assessing import assess_window
from tidewaiter.desks.targeting.actions.selecting import select_days
from tidewaiter.desks.targeting.actions.verify import verify_house
from tidewaiter.desks.targeting.queries.worklist import Wanted, worklist
from tidewaiter.desks.targeting.window import within
from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, SELECTIONS
from tidewaiter.engine.risk.profiles import Profile
from tidewaiter.platform.accounts.queries import operator
from tidewaiter.platform.store import lake

pytestmark = pytest.mark.django_db

HEADER = (
    "declaration_id,item_no,function,declaration_date,office,importer,importer_name,hs,description,"
    "origin,net_mass,customs_value,currency\n"
)
MARCH, MAY = date(2026, 3, 2), date(2026, 5, 4)


def declared(function: str, number: int, day: date, description: str = "Shirts") -> str:
    return (
        f"D{number},1,{function},{day},XT000100,I{number},Velora Ltd,61091000,{description},CN,"
        "100,900,EUR\n"
    )


def pass_through(*rows: str) -> None:
    """Taken in, assessed, selected."""
    body = io.BytesIO((HEADER + "".join(rows)).encode())
    record_message(submit(operator(), body, name="file.csv"))
    assess_window(operator(), None, None)
    select_days(operator())


@pytest.fixture
def forty(officer, put_in_force) -> None:
    """Forty declarations of one day; some get a control order."""
    officer("operator", national=True, username="operator")
    sure = Profile("SOME", "Some", "importer IN ('I5', 'I9', 'I25')", mandatory=True, lane="red")
    put_in_force(operator(), sure)
    pass_through(*(declared("original", n, MARCH) for n in range(40)))


def listed(day: date) -> pl.DataFrame:
    wanted = Wanted(since=day, until=day)
    return worklist(operator(), wanted, order="declaration", descending=False).rows


def test_the_list_shows_what_the_declaration_says_and_why(forty: None) -> None:
    row = listed(MARCH).row(0, named=True)
    assert row["importer_name"] == "Velora Ltd"
    assert (row["hs"], row["description"], row["origin"]) == ("61091000", "Shirts", "CN")
    reasons = lake().current(ASSESSMENTS).select("declaration_id", "reasons").collect()
    for declaration, reason in listed(MARCH).select("declaration_id", "reason").iter_rows():
        [told] = reasons.filter(pl.col("declaration_id") == declaration)["reasons"]
        assert (reason is None) == (told == "[]")
        assert reason is None or told.startswith("[" + reason[:10])


def test_an_amendment_of_the_words_alone_reaches_the_list(forty: None) -> None:
    pass_through(declared("amendment", 7, MARCH, "Shirts of cotton"))
    told = dict(listed(MARCH).select("declaration_id", "description").iter_rows())
    assert told.pop("D7") == "Shirts of cotton"
    assert set(told.values()) == {"Shirts"}


def test_a_declaration_that_gets_another_day_leaves_the_old_one(forty: None) -> None:
    before = set(ControlOrder.objects.values_list("declaration_id", flat=True))
    assert {"D5", "D9", "D25"} <= before
    moved = [declared("amendment", n, MAY) for n in range(20)]
    pass_through(*moved)
    assert set(listed(MAY)["declaration_id"]) == {f"D{n}" for n in range(20)}
    assert set(listed(MARCH)["declaration_id"]) == {f"D{n}" for n in range(20, 40)}
    for stream in (DECLARATIONS, ASSESSMENTS, SELECTIONS):
        for day in (MARCH, MAY):
            assert lake().current(stream, within(day, day)).collect().height == 20
        assert lake().current(stream).collect()["declaration_id"].is_unique().all()
        named = lake().current(stream, pl.col("declaration_id") == "D3").collect()
        assert named.select("version", "declaration_date").rows() == [(2, MAY)]
    standing = ControlOrder.objects.exclude(state="cancelled").values_list("declaration_id", "lane")
    assert len(standing) == len(set(standing))
    assert before <= set(ControlOrder.objects.values_list("declaration_id", flat=True))
    assert all(line.ok for line in verify_house(operator()))


def test_a_declaration_that_comes_back_to_its_day_is_there_once(forty: None) -> None:
    pass_through(declared("amendment", 1, MAY))
    pass_through(declared("amendment", 1, MARCH))
    assert listed(MAY).is_empty()
    assert listed(MARCH)["declaration_id"].to_list().count("D1") == 1
    assert listed(MARCH).height == 40


def test_a_cancelled_declaration_leaves_the_list_and_its_order_is_taken_back(forty: None) -> None:
    chosen, number = "D9", 9
    assert ControlOrder.objects.get(declaration_id=chosen).state == "waiting"
    pass_through(declared("cancellation", number, MARCH))
    assert set(listed(MARCH)["declaration_id"]) == {f"D{n}" for n in range(40)} - {chosen}
    assert ControlOrder.objects.get(declaration_id=chosen).state == "cancelled"
    assert select_days(operator()).declarations == 0  # nothing is left to be done about it
    assert all(line.ok for line in verify_house(operator()))

    pass_through(declared("amendment", number, MARCH, "Shirts after all"))
    assert set(listed(MARCH)["declaration_id"]) == {f"D{n}" for n in range(40)}
    told = lake().current(SELECTIONS, pl.col("declaration_id") == chosen).collect()
    assert told["selected_by"].to_list() == ["mandatory:SOME"]


def test_what_was_controlled_before_its_cancellation_stays_listed(forty: None) -> None:
    found = "declaration_id,item_no,known_on,control,found\nD3,1,2026-03-04,physical,true\n"
    body = io.BytesIO(found.encode())
    record_message(submit(operator(), body, name="results.csv", stream="outcomes"))
    pass_through(declared("cancellation", 3, MARCH))
    assert "D3" in set(listed(MARCH)["declaration_id"])


def test_a_replacement_that_drops_an_item_is_weighed_without_it(officer) -> None:
    officer("operator", national=True, username="operator")
    two = [declared("original", 1, MARCH), declared("original", 1, MARCH).replace("D1,1", "D1,2")]
    pass_through(*two, *(declared("original", n, MARCH) for n in range(2, 9)))
    [before] = listed(MARCH).filter(pl.col("declaration_id") == "D1").to_dicts()
    pass_through(declared("replacement", 1, MARCH))
    [after] = listed(MARCH).filter(pl.col("declaration_id") == "D1").to_dicts()
    assert (before["items"], after["items"]) == (2, 1)
    assert select_days(operator()).declarations == 0  # and not again with each run
    assert after["expected_value"] == pytest.approx(before["expected_value"] / 2)


def test_what_is_cancelled_at_another_office_is_left_to_those_who_see_it(forty, officer) -> None:
    body = io.BytesIO((HEADER + declared("cancellation", 9, MARCH)).encode())
    record_message(submit(operator(), body, name="file.csv"))
    elsewhere = officer("operator", offices=["XT000200"])
    assert select_days(elsewhere).run_id == ""
    assert ControlOrder.objects.get(declaration_id="D9").state == "waiting"
    select_days(operator())
    assert ControlOrder.objects.get(declaration_id="D9").state == "cancelled"
