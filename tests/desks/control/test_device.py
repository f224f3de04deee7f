"""The end-points of the offline client: once, in any order, for the right officer only."""

from __future__ import annotations

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tidewaiter.desks.control.actions import reassign
from tidewaiter.desks.control.models import ControlResult, Photograph

pytestmark = pytest.mark.django_db


def at(name: str, pk: int) -> str:
    return reverse(f"control:api_{name}", args=[pk])


def said(**fields: object) -> dict[str, object]:
    now = timezone.now().isoformat()
    times = {"device_time": now, "sent_at": now, "ended_at": now}
    return {"id": str(uuid.uuid4()), "found": "no", "minutes": "7", **times, **fields}


def test_the_session_says_who_and_gives_a_token(browse, inspector):
    told = browse(inspector).get(reverse("control:api_session")).json()
    assert told["officer"] == inspector.username
    assert len(told["token"]) > 30


def test_without_a_session_there_is_no_answer(order):
    assert Client().get(reverse("control:api_session")).status_code in (302, 401)
    assert Client().post(at("result", order.pk), said()).status_code in (302, 401)
    assert not ControlResult.objects.exists()


def test_a_token_is_needed(browse, order, inspector):
    client = browse(inspector)
    client.handler.enforce_csrf_checks = True
    assert client.post(at("result", order.pk), said()).status_code == 403
    token = client.get(reverse("control:api_session")).json()["token"]
    answer = client.post(at("result", order.pk), said(), headers={"X-CSRFToken": token})
    assert answer.status_code == 201


def test_a_whole_control_in_three_steps(browse, order, inspector, photograph):
    client = browse(inspector)
    begun = client.post(at("start", order.pk), {"at": "2026-11-02T08:00:00.000Z"})
    assert (begun.status_code, begun.json()) == (200, {"state": "in_progress"})
    shot = str(uuid.uuid4())
    told = said(photograph=[shot], found="yes", area_drugs="on", severity_drugs="2")
    early = client.post(at("result", order.pk), told)
    assert (early.status_code, early.json()["missing"]) == (409, [shot])
    picture = {
        "id": shot,
        "file": photograph(),
        "caption": "Seal",
        "taken_at": "2026-11-02T08:10:00Z",
    }
    kept = client.post(at("photograph", order.pk), picture)
    assert kept.status_code == 201
    assert client.post(at("result", order.pk), told).status_code == 201
    assert client.post(at("result", order.pk), told).status_code == 200
    result = ControlResult.objects.get()
    assert (result.found, result.photographs.get().caption) == (True, "Seal")
    assert Photograph.objects.get().file_id == kept.json()["sha256"]


def test_what_is_not_understood_is_said(browse, order, inspector):
    answer = browse(inspector).post(at("result", order.pk), said(found="yes"))
    assert answer.status_code == 400
    assert answer.json()["errors"] == {"found": ["Choose at least one risk area."]}
    assert "risk area" in answer.json()["message"]


def test_it_goes_under_the_name_of_who_saved_it(browse, order, inspector):
    client = browse(inspector)
    refused = client.post(at("result", order.pk), said(officer="somebody-else"))
    assert (refused.status_code, refused.json()["code"]) == (409, "other_officer")
    taken = client.post(at("result", order.pk), said(officer=inspector.username))
    assert taken.status_code == 201


def test_other_peoples_orders_do_not_exist(browse, order, officer, photograph):
    stranger = browse(officer("inspector", offices=["A"]))
    for name in ("start", "photograph", "result"):
        for pk in (order.pk, 987_654):
            answer = stranger.post(at(name, pk), said(file=photograph()))
            assert (answer.status_code, answer.json()["code"]) == (404, "unknown")


def test_who_lost_the_order_learns_it(browse, order, supervisor, inspector, officer):
    officer("inspector", offices=["A"])
    reassign(supervisor, order, reason="Called away")
    answer = browse(inspector).post(at("result", order.pk), said())
    assert (answer.status_code, answer.json()["code"]) == (409, "reassigned")


def test_a_damaged_photograph_is_refused_with_words(browse, order, inspector):
    fields = {"id": str(uuid.uuid4()), "file": SimpleUploadedFile("p.jpg", b"\xff\xd8\xffcut")}
    answer = browse(inspector).post(at("photograph", order.pk), fields)
    assert answer.status_code == 400
    assert "Take it again" in answer.json()["message"]


def test_the_worker_is_a_script_for_this_desk(client):
    answer = client.get(reverse("control:worker"))
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/javascript")
    assert reverse("control:worker").rsplit("/", 1)[0] == "/control"
