"""The history of overrides: who decided what, when and why; filtered, sorted, exported."""

from __future__ import annotations

import io

import polars as pl
import pytest

from tests.fixtures.traffic import NORTH, SOUTH
from tidewaiter.desks.targeting.actions.overrides import (
    approve_override,
    propose_override,
    refuse_override,
    withdraw_override,
)
from tidewaiter.platform.ledger.models import Entry

pytestmark = pytest.mark.django_db
URL = "/targeting/overrides/"
WHY = "=The seller was named in a letter of last week."


@pytest.fixture
def decided(officer, traffic):
    """One of each decision, and a proposal that waits; even numbers lie with the northern office."""
    anna = officer("targeting_officer", national=True, username="anna")
    berta = officer("profile_approver", national=True, username="berta")
    made = [propose_override(anna, f"26XT000{n}", lane="red", reason=WHY) for n in (2, 4, 5, 8)]
    approve_override(berta, made[0].pk, remark="Agreed.")
    refuse_override(berta, made[1].pk, remark="The letter is of another seller.")
    withdraw_override(anna, made[2].pk)
    return anna, berta


def shown(client, query=""):
    rows = client.get(f"{URL}history?{query}").context["table"].rows
    return [row.cells[0] for row in rows]


def test_decisions_are_listed_filtered_and_sorted(decided, browse):
    client = browse(decided[1])
    assert shown(client) == ["26XT0005", "26XT0004", "26XT0002"]
    assert shown(client, "sort=decided") == ["26XT0002", "26XT0004", "26XT0005"]
    assert shown(client, "sort=state&state=refused") == ["26XT0004"]
    assert shown(client, "q=another seller") == ["26XT0004"]
    assert shown(client, "who=berta&sort=declaration") == ["26XT0002", "26XT0004"]
    assert shown(client, "lane=blue") == shown(client, "until=2020-01-01") == []
    assert len(shown(client, "since=2020-01-01&until=nonsense")) == 3
    page = client.get(f"{URL}history").content.decode()
    for told in ("The letter is of another seller.", "Approved", "Refused", "Withdrawn", "berta"):
        assert told in page


def test_what_waits_stays_a_list_of_its_own_and_sorts(decided, browse):
    client = browse(decided[1])
    propose_override(decided[0], "26XT0010", lane="red", reason=WHY)
    for query, numbers in (("", [8, 10]), ("?sort=-declaration", [10, 8])):
        rows = client.get(f"{URL}{query}").context["table"].rows
        assert [row.cells[0] for row in rows] == [f"26XT{n:04}" for n in numbers]


def test_the_history_is_of_ones_offices_and_taken_out_with_a_record(decided, browse):
    south = browse("targeting_officer", offices=[SOUTH])
    assert shown(south) == ["26XT0005"]
    north = browse("analyst", offices=[NORTH])
    sheet = pl.read_csv(io.BytesIO(north.get(f"{URL}export?state=approved").getvalue()))
    assert sheet["declaration_id"].to_list() == ["26XT0002"]
    assert sheet["reason"].to_list() == ["'" + WHY]
    assert (sheet["proposed_by"][0], sheet["decided_by"][0]) == ("anna", "berta")
    assert Entry.objects.filter(action="override.export").count() == 1
    assert browse("supervisor", national=True).get(f"{URL}export").status_code == 403
