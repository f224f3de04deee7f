from __future__ import annotations

import hashlib
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.desks.control.builders import content, declare, selections
from tests.fixtures.purposes import state_purpose
from tidewaiter.desks.control.actions import (
    assign_waiting,
    raise_orders,
    record_result,
    return_result,
    start,
)
from tidewaiter.desks.control.content import Line
from tidewaiter.desks.control.models import Capacity, ControlOrder, Duty
from tidewaiter.desks.control.queries import capacity_frame, inspectors_on_duty

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("page", ["orders", "board", "roster", "capacity"])
def test_supervisors_pages_open(browse, supervisor, order, page):
    answer = browse(supervisor).get(reverse(f"control:{page}"))
    assert answer.status_code == 200


def test_my_orders_are_mine(browse, order, inspector, officer):
    assert order.declaration_id in browse(inspector).get(reverse("control:mine")).content.decode()
    other = browse(officer("inspector", offices=["A"]))
    assert order.declaration_id not in other.get(reverse("control:mine")).content.decode()
    for name in ("my_order", "result"):
        assert other.get(reverse(f"control:{name}", args=[order.pk])).status_code == 404
    assert other.post(reverse("control:begin", args=[order.pk])).status_code == 404


def test_an_order_tells_what_why_and_how(browse, operator, supervisor, inspector):
    reason = '[{"code":"profile:P1","facts":{"reason":"Unit value {v} EUR/kg","v":2.1},"weight":1}]'
    declare("D-9")
    raise_orders(operator, selections("D-9", reasons=reason, instructions="Weigh three cartons."))
    assign_waiting(supervisor)
    page = browse(inspector).get(reverse("control:my_order", args=[ControlOrder.objects.get().pk]))
    text = page.content.decode()
    goods = ("Handbags of leather", "4202210090", "Saigon Footwear", "Terminal 2, shed C")
    for told in ("Unit value 2.10 EUR/kg", "Weigh three cartons.", "Physical examination", *goods):
        assert told in text
    listed = browse(inspector).get(reverse("control:mine")).content.decode()
    assert "Harbour Trading Ltd" in listed


def test_the_inspector_does_not_learn_that_chance_chose(browse, operator, supervisor, inspector):
    raise_orders(operator, selections("D-9", selected_by="random"))
    assign_waiting(supervisor)
    pk = ControlOrder.objects.get().pk
    mine = browse(inspector).get(reverse("control:my_order", args=[pk])).content.decode()
    assert "chance" not in mine
    assert "random" not in mine
    assert "chance" in browse(supervisor).get(reverse("control:order", args=[pk])).content.decode()


def test_another_office_sees_nothing(browse, order, officer):
    there = browse(officer("supervisor", offices=["B"]))
    listed = there.get(reverse("control:orders")).content.decode()
    assert order.number not in listed
    assert there.get(reverse("control:order", args=[order.pk])).status_code == 404
    for name in ("reassign", "return", "cancel"):
        address = reverse(f"control:{name}", args=[order.pk])
        assert there.post(address, {"reason": "x"}).status_code == 404
    exported = b"".join(there.get(reverse("control:export")).streaming_content).decode()
    assert order.number not in exported
    assert there.post(reverse("control:assign"), {"office": "A"}).status_code == 404


def test_a_plain_form_records_with_photographs(browse, order, inspector, photograph):
    client = browse(inspector)
    form = {
        "id": str(uuid.uuid4()), "found": "yes", "area_revenue": "on", "severity_revenue": "2",
        "revenue": "125.50", "items_revenue": ["1", "3"], "minutes": "12", "controls": ["physical"],
        "photos": [photograph(), photograph("blue")],
    }  # fmt: skip
    answer = client.post(reverse("control:result", args=[order.pk]), form)
    assert answer.status_code == 302
    result = order.results.get()
    (line,) = result.lines.all()
    assert (line.risk_area, line.severity, line.items) == ("revenue", 2, [1, 3])
    assert (str(result.revenue), result.minutes, result.photographs.count()) == ("125.50", 12, 2)
    picture = client.get(reverse("control:my_photograph", args=[result.photographs.first().pk]))
    assert picture["Content-Type"] == "image/jpeg"
    original = client.get(picture.wsgi_request.path + "?original")
    assert original["Content-Disposition"].startswith("attachment")
    content = b"".join(original.streaming_content)
    assert hashlib.sha256(content).hexdigest() in original["Content-Disposition"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"found": ""}, "Say whether you found something."),
        ({"found": "yes"}, "Choose at least one risk area."),
        ({"minutes": "0"}, "greater than or equal to 1"),
        ({"found": "yes", "area_drugs": "on", "items_drugs": "9"}, "goods items 1 to 3, not 9"),
    ],
)
def test_what_is_wrong_with_a_result_is_said(browse, order, inspector, wrong, told):
    form = {"id": "4f6c1f0e-4b2b-4b59-8f55-2f2d8f6f3a11", "found": "no", "minutes": "5"} | wrong
    page = browse(inspector).post(reverse("control:result", args=[order.pk]), form)
    assert told in page.content.decode()
    assert not order.results.exists()


def test_a_recorded_order_shows_its_result(browse, order, inspector):
    record_result(inspector, order.pk, content(Line("drugs", 2, "Powder")))
    client = browse(inspector)
    assert "Powder" in client.get(reverse("control:my_order", args=[order.pk])).content.decode()
    assert client.get(reverse("control:result", args=[order.pk])).status_code == 302
    assert "Recorded today" in client.get(reverse("control:mine")).content.decode()


def test_the_supervisor_returns_reassigns_and_cancels(
    browse, operator, supervisor, inspector, order, officer
):
    client = browse(supervisor)
    other = officer("inspector", offices=["A"])
    url = {n: reverse(f"control:{n}", args=[order.pk]) for n in ("reassign", "return", "cancel")}
    assert "This field is required" in client.post(url["reassign"], {}).content.decode()
    given = client.post(url["reassign"], {"inspector": other.username, "reason": "Ill"})
    assert given.status_code == 302
    record_result(other, order.pk, content())
    assert client.post(url["return"], {"return-reason": "Photographs"}).status_code == 302
    order.refresh_from_db()
    assert (order.inspector, order.state, order.remark) == (other, "returned", "Photographs")
    assert (
        "Photographs"
        in browse(other).get(reverse("control:my_order", args=[order.pk])).content.decode()
    )
    raise_orders(operator, selections("D-2"))
    second = ControlOrder.objects.get(declaration_id="D-2")
    cancel = reverse("control:cancel", args=[second.pk])
    assert client.post(cancel, {"cancel-reason": "Destroyed"}).status_code == 302
    second.refresh_from_db()
    assert second.state == "cancelled"


def test_lots_are_drawn_from_the_board(browse, operator, supervisor, inspector):
    raise_orders(operator, selections("D-1", "D-2"))
    client = browse(supervisor)
    assert "Draw lots for 2 orders" in client.get(reverse("control:board")).content.decode()
    client.post(reverse("control:assign"), {"office": "A"})
    assert set(ControlOrder.objects.values_list("inspector", flat=True)) == {inspector.pk}


@pytest.mark.parametrize("tab", ["waiting", "open", "overdue", "returned", "recorded"])
def test_the_board_narrows(browse, supervisor, inspector, order, tab):
    start(inspector, order.pk)
    ControlOrder.objects.update(due_on="2026-01-01")
    text = browse(supervisor).get(reverse("control:board"), {"tab": tab}).content.decode()
    assert (order.number in text) == (tab in ("open", "overdue"))


def test_the_roster_changes_who_takes_part(browse, supervisor, inspector):
    today = timezone.localdate()
    form = {
        "day": today.isoformat(),
        "office": "A",
        "inspector": inspector.username,
        "available": "0",
    }
    client = browse(supervisor)
    assert client.post(reverse("control:roster"), form).status_code == 302
    assert inspectors_on_duty("A", today) == []
    assert client.post(reverse("control:roster"), form | {"office": "B"}).status_code == 404
    assert client.post(reverse("control:roster"), {"day": "x"}).status_code == 400
    assert Duty.objects.count() == 1


def test_capacity_is_entered_and_removed(browse, supervisor):
    client = browse(supervisor)
    form = {"office": "A", "control": "physical", "minutes_per_day": "480"}
    client.post(reverse("control:capacity"), form)
    assert capacity_frame().to_dicts() == [
        {"office": "A", "control": "physical", "minutes_per_day": 480.0}
    ]
    wrong = client.post(reverse("control:capacity"), form | {"office": "B"})
    assert wrong.status_code == 200
    client.post(reverse("control:capacity"), form | {"minutes_per_day": ""})
    assert not Capacity.objects.exists()


def test_search_finds_whole_numbers_only(browse, supervisor, order):
    client = browse(supervisor)
    state_purpose(client, "IMP-1")
    for text, there in ((order.number, True), ("D-1", True), ("IMP-1", True), ("D", False)):
        page = client.get(reverse("control:orders"), {"q": text}).content.decode()
        assert (f"/control/orders/{order.pk}/" in page) == there


def test_an_export_takes_no_text_for_a_formula(browse, operator, supervisor):
    raise_orders(operator, selections("D-1", importer='=HYPERLINK("x")'))
    answer = browse(supervisor).get(reverse("control:export"))
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("number,state,lane")
    assert "\"'=HYPERLINK" in lines[1]


def test_a_returned_order_says_why(browse, supervisor, inspector, order):
    record_result(inspector, order.pk, content())
    return_result(supervisor, order, remark="Count again")
    page = browse(inspector).get(reverse("control:my_order", args=[order.pk])).content.decode()
    assert "Count again" in page
