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
def forty(officer) -> None:
    officer("operator", national=True, username="operator")
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
