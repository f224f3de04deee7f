"""Why a declaration was not selected: lanes, profiles, single facts; to who may know."""

from __future__ import annotations

import io
import json
from datetime import date

import polars as pl
import pytest
from click.testing import CliRunner

from tidewaiter.cli.main import main
from tidewaiter.desks.control.models import Capacity
from tidewaiter.desks.intake.actions import record_message, submit
from tidewaiter.desks.targeting.actions.assessing import assess_window
from tidewaiter.desks.targeting.actions.selecting import select_days
from tidewaiter.desks.targeting.queries.why_not import why_not
from tidewaiter.engine.records import SELECTIONS
from tidewaiter.engine.risk.profiles import Profile
from tidewaiter.platform.accounts.queries import operator
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.store import lake

pytestmark = pytest.mark.django_db
OFFICE, DAY = "XT000100", date(2026, 3, 2)
HEADER = (
    "declaration_id,item_no,function,declaration_date,office,importer,importer_name,hs,description,"
    "origin,net_mass,customs_value,duty_rate,currency\n"
)


def declared(number: int) -> str:
    return (
        f"D{number},1,original,{DAY},{OFFICE},I{number},Velora Ltd,61091000,Shirts,CN,100,"
        f"{100_000 + 1000 * number},12,EUR\n"
    )


@pytest.fixture
def house(officer, put_in_force) -> None:
    """Sixty declarations of one office and day; two of three profiles nearly hit each."""
    officer("operator", national=True, username="operator")
    put_in_force(
        operator(),
        Profile(
            code="DEAR", title="Dear shirts", condition="hs LIKE '61%' AND customs_value > 5000000",
            mandatory=True, lane="red",
        ),
        Profile(
            code="SOUTH", title="Only the south", condition="net_mass > 120",
            offices=("XT000200",), mandatory=True,
        ),
        Profile(
            code="ROUTE", title="A route", condition="origin = 'VN' AND transport_mode = '4'",
            weight=9.0, severity=5, risk_area="drugs",
        ),
        Profile(code="PRICE", title="A price", condition="customs_value > 990 * 200", weight=8.0),
    )  # fmt: skip
    Capacity.objects.create(office=OFFICE, control="physical", minutes_per_day=300)
    body = io.BytesIO((HEADER + "".join(declared(n) for n in range(60))).encode())
    record_message(submit(operator(), body, name="file.csv"))
    assess_window(operator(), None, None)
    select_days(operator())


@pytest.fixture
def green(house) -> str:
    """The green declaration of least value."""
    rows = lake().current(SELECTIONS, pl.col("lane") == "green").collect()
    return rows.sort("expected_value")["declaration_id"][0]


def test_the_distance_to_each_lane_is_what_its_last_pick_was_worth(green: str) -> None:
    missed = why_not(operator(), green)
    rows = lake().current(SELECTIONS).collect()
    by_lane = {one.lane: one for one in missed.lanes}
    for lane in ("red", "orange", "yellow", "blue"):
        taken = rows.filter((pl.col("lane") == lane) & (pl.col("selected_by") == "value"))
        least = taken["expected_value"].min()  # each has one item
        told = by_lane[lane].needed
        assert (told is None) == (least is None)
        if least is not None:
            assert told == pytest.approx(least)
            assert by_lane[lane].gap == pytest.approx(least - missed.expected_value)
            assert by_lane[lane].gap > 0
    assert by_lane["red"].capacity == 300
    assert by_lane["red"].planned == 60 * rows.filter(pl.col("lane") == "red").height
    assert by_lane["blue"].capacity is None
    assert missed.random_rate <= missed.draw < 1  # else it would have been picked


def test_the_nearest_profiles_say_what_failed_with_both_figures(green: str) -> None:
    near = {one.code: one for one in why_not(operator(), green).near}
    assert list(near) == ["PRICE", "DEAR", "ROUTE", "SOUTH"]
    [leaf] = near["DEAR"].failed
    value = 100_000 + 1000 * int(green[1:])
    assert (leaf.condition, leaf.actual, leaf.needed) == (
        "customs_value > 5000000",
        value,
        5_000_000,
    )
    origin, mode = near["ROUTE"].failed
    assert (origin.facts, origin.unknown) == ({"origin": "CN"}, False)
    assert (mode.facts, mode.unknown) == ({"transport_mode": None}, True)
    assert not near["SOUTH"].in_scope


def test_a_single_change_is_tried_before_it_is_told(green: str) -> None:
    changes = {one.profile: one for one in why_not(operator(), green).changes}
    assert set(changes) == {"DEAR", "PRICE"}
    dear, price = changes["DEAR"], changes["PRICE"]
    assert (dear.fact, dear.selects) == ("customs_value", "mandatory")
    assert dear.needed == pytest.approx(5_000_000)
    assert dear.needed > 5_000_000
    assert price.selects == "value"
    assert price.expected_value > why_not(operator(), green).expected_value


def test_the_page_and_the_part_of_the_declaration(browse, green: str) -> None:
    client = browse("targeting_officer", national=True)
    assert (
        "Why it was not selected"
        in client.get(f"/targeting/declarations/{green}/").content.decode()
    )
    text = client.get(f"/targeting/why-not/{green}/").content.decode()
    for expected in (
        "customs_value &gt; 5000000",
        "DEAR",
        "as the profile is mandatory",
        "300 min",
    ):
        assert expected in text
    read = Entry.objects.filter(action="declaration.explain", subject=f"declaration:{green}")
    assert read.count() == 1
    part = client.get(f"/targeting/why-not/{green}/", headers={"HX-Request": "true"})
    assert "<h1" not in part.content.decode()
    assert read.count() == 1


def test_conditions_are_for_those_who_may_read_profiles(browse, officer, green: str) -> None:
    supervisor = browse("supervisor", offices=[OFFICE])
    text = supervisor.get(f"/targeting/why-not/{green}/").content.decode()
    assert "300 min" in text
    assert "DEAR" not in text
    assert "5000000" not in text
    local = why_not(officer("targeting_officer", offices=[OFFICE]), green)
    assert {one.code for one in local.near} == {"DEAR", "ROUTE", "PRICE"}


def test_another_office_does_not_learn_that_it_exists(browse, green: str) -> None:
    elsewhere = browse("targeting_officer", offices=["XT000200"])
    assert elsewhere.get(f"/targeting/why-not/{green}/").status_code == 404
    assert browse("inspector").get(f"/targeting/why-not/{green}/").status_code == 403


def test_the_command(green: str) -> None:
    done = CliRunner().invoke(main, ["explain", green, "--why-not", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["agrees"] is True
    assert {one["lane"] for one in told["why_not"]["lanes"]} == {"red", "orange", "yellow", "blue"}
    assert {one["profile"] for one in told["why_not"]["changes"]} == {"DEAR", "PRICE"}
    said = CliRunner().invoke(main, ["explain", green, "--why-not"])
    assert "nearly hit, item 1: PRICE" in said.stdout
