"""One declaration over HTTP: durable, answered with a lane, in the lake a moment later, once."""

from __future__ import annotations

import json
import re

import polars as pl
import pytest
from django.test import Client
from django.utils import timezone

from tests.fixtures.machines import token_of
from tidewaiter.desks.intake.actions import flushing
from tidewaiter.desks.intake.actions.flushing import flush_waiting
from tidewaiter.desks.targeting.actions.explaining import explain_declaration
from tidewaiter.engine.records import ASSESSMENTS, DECLARATIONS, SELECTIONS
from tidewaiter.engine.risk.profiles import Profile
from tidewaiter.platform.journal.models import Message
from tidewaiter.platform.store import lake

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(officer):
    return officer("operator", national=True, username="operator")


@pytest.fixture
def send(officer, operator):
    """Post a document as a machine client; the status and the answer."""
    broker = officer("machine", national=True)
    _, secret = token_of(broker)

    def post(document: object, *, token: str = secret, path: str = "/api/declarations"):
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        answer = Client().post(
            path,
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )
        return answer.status_code, answer.json()

    return post


def declaration(number: str = "D1", **header: object) -> dict:
    items = [
        {"item_no": n, "hs": hs, "origin": "CN", "net_mass": 100.0 * n, "customs_value": 900.0}
        for n, hs in enumerate(("610910", "850440"), 1)
    ]
    day = timezone.localdate().isoformat()
    return {
        "declaration_id": number, "declaration_date": day, "office": "A", "currency": "EUR",
        "items": items,
    } | header  # fmt: skip


def counts() -> list[int]:
    streams = (DECLARATIONS, ASSESSMENTS, SELECTIONS)
    return [lake().scan(s).select(pl.len()).collect().item() for s in streams]


def test_the_answer_has_a_lane_and_reasons_and_the_lake_follows(
    send, operator, put_in_force
) -> None:
    put_in_force(operator, Profile(
        code="ALL-SHIRTS", title="Shirts", condition="hs LIKE '6109%'", mandatory=True, lane="red",
        reason="Shirts of {origin}.",
    ))  # fmt: skip
    status, answer = send(declaration())
    assert (status, answer["lane"], answer["selected_by"]) == (200, "red", "mandatory:ALL-SHIRTS")
    assert "Shirts of CN." in answer["items"][0]["reasons"]
    assert counts() == [0, 0, 0]
    assert flush_waiting() == 1
    assert counts() == [2, 2, 1]
    message = Message.objects.get()
    assert (message.state, message.accepted) == ("recorded", 2)
    explained = explain_declaration(operator, "D1")
    assert explained.agrees
    assert explained.lane == "red"


def test_sent_again_it_gets_the_same_answer_and_is_kept_once(send) -> None:
    _, first = send(declaration())
    _, second = send(declaration())
    flush_waiting()
    _, third = send(declaration())
    assert second == first | {"resent": True}
    assert third["resent"]
    assert flush_waiting() == 0
    assert counts() == [2, 2, 1]


def test_another_value_supersedes(send) -> None:
    send(declaration())
    send(declaration(payment_method="B"))
    assert flush_waiting() == 2
    assert counts() == [4, 4, 2]
    current = lake().current(DECLARATIONS).collect()
    assert current["payment_method"].to_list() == ["B", "B"]


def test_what_cannot_be_read_is_quarantined_with_place_reason_and_remedy(send) -> None:
    broken = declaration()
    del broken["declaration_date"]
    status, answer = send(broken)
    assert status == 422
    assert answer["reasons"][0]["remedy"]
    status, answer = send(b"{ not json")
    assert (status, answer["state"]) == (422, "quarantined")
    assert counts() == [0, 0, 0]


def test_an_amendment_goes_the_long_way_and_keeps_the_rest(send) -> None:
    send(declaration())
    flush_waiting()
    change = {"item_no": 1, "hs": "610910", "origin": "VN"}
    status, answer = send(declaration(function="amendment") | {"items": [change]})
    assert (status, answer["accepted"]) == (200, 1)
    row = lake().current(DECLARATIONS).filter(pl.col("item_no") == 1).collect().row(0, named=True)
    assert (row["origin"], row["net_mass"]) == ("VN", 100.0)


def test_without_a_token_or_the_right_nothing_is_taken(send, officer) -> None:
    assert send(declaration(), token="tw_wrong")[0] == 401
    _, secret = token_of(officer("inspector"))
    assert send(declaration(), token=secret)[0] == 403
    assert not Message.objects.exists()


def test_a_flush_that_broke_off_is_finished_once(send, operator, monkeypatch) -> None:
    send(declaration())
    whole = flushing._mark
    monkeypatch.setattr(flushing, "_mark", lambda *_: (_ for _ in ()).throw(SystemExit))
    with pytest.raises(SystemExit):
        flush_waiting()
    monkeypatch.setattr(flushing, "_mark", whole)
    assert flush_waiting() == 1
    assert counts() == [2, 2, 1]
    assert Message.objects.get().accepted == 2


def test_the_openapi_pages_are_for_officers_and_need_no_internet(browse) -> None:
    assert Client().get("/api/docs").status_code == 302
    client = browse("analyst")
    assert "/api/declarations" in client.get("/api/openapi.json").json()["paths"]
    assert "//" not in re.sub(
        r"//localhost|//testserver", "", client.get("/api/docs").content.decode()
    )
