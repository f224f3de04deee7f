from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from tests.desks.control.builders import content, selections
from tidewaiter.desks.control.actions import (
    Conflict,
    Shot,
    assign_waiting,
    cancel_order,
    keep_photograph,
    raise_orders,
    reassign,
    record_result,
    return_result,
    start,
)
from tidewaiter.desks.control.content import Line
from tidewaiter.desks.control.models import ControlOrder, ControlResult, Photograph
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.jobs.models import Job
from tidewaiter.platform.ledger.models import Entry

pytestmark = pytest.mark.django_db


def test_a_result_says_what_was_found(order, inspector):
    begun = timezone.now() - timedelta(minutes=31)
    start(inspector, order.pk, begun)
    lines = (
        Line("revenue", 1, "Value too low", Decimal("250.50"), (2,)),
        Line("drugs", 2, "0.4 kg of a white powder"),
    )
    told = content(*lines, notes="Sealed again", controls=("physical",), minutes=31)
    result, new = record_result(inspector, order.pk, told)
    order.refresh_from_db()
    assert new
    assert (order.state, order.found, order.started_at) == ("recorded", True, begun)
    assert (result.revenue, result.currency, result.minutes) == (Decimal("250.50"), "EUR", 31)
    assert list(result.lines.values_list("risk_area", "severity", "items")) == [
        ("revenue", 1, [2]),
        ("drugs", 2, []),
    ]
    assert Entry.objects.filter(action="control.result", subject=order.number).exists()
    assert Job.objects.filter(kind="control.publish_outcomes").count() == 1


def test_nothing_found(order, inspector):
    result, __ = record_result(inspector, order.pk, content())
    order.refresh_from_db()
    assert (result.found, order.found, order.state) == (False, False, "recorded")


def test_the_same_result_again_is_the_first_one(order, inspector):
    told = content(Line("drugs", 2))
    first, new = record_result(inspector, order.pk, told)
    again, repeated = record_result(inspector, order.pk, replace(told, notes="changed"))
    assert (new, repeated) == (True, False)
    assert again == first
    assert ControlResult.objects.count() == 1
    assert Entry.objects.filter(action="control.result").count() == 1


def test_another_result_for_a_recorded_order_is_refused(order, inspector):
    record_result(inspector, order.pk, content())
    with pytest.raises(Conflict, match="recorded"):
        record_result(inspector, order.pk, content(Line("drugs", 2)))


def test_an_id_belongs_to_one_order_and_one_officer(
    operator, supervisor, order, inspector, officer
):
    told = content()
    record_result(inspector, order.pk, told)
    raise_orders(operator, selections("D-2"))
    assign_waiting(supervisor)
    second = ControlOrder.objects.get(declaration_id="D-2")
    with pytest.raises(Conflict, match="other_order"):
        record_result(inspector, second.pk, told)
    with pytest.raises(ControlOrder.DoesNotExist):
        record_result(officer("inspector", offices=["A"]), order.pk, told)


def test_strangers_learn_nothing(order, officer):
    stranger = officer("inspector", offices=["A"])
    for act in (
        lambda: start(stranger, order.pk),
        lambda: record_result(stranger, order.pk, content()),
        lambda: record_result(stranger, 999_999, content()),
    ):
        with pytest.raises(ControlOrder.DoesNotExist):
            act()


def test_who_lost_an_order_is_told(order, supervisor, inspector, officer):
    officer("inspector", offices=["A"])
    reassign(supervisor, order, reason="Called away")
    with pytest.raises(Conflict, match="reassigned"):
        record_result(inspector, order.pk, content())


def test_a_cancelled_order_takes_no_result(order, supervisor, inspector):
    cancel_order(supervisor, order, reason="Goods destroyed")
    with pytest.raises(Conflict, match="cancelled"):
        record_result(inspector, order.pk, content())


def test_only_inspectors_record(order, supervisor):
    with pytest.raises(Denied):
        record_result(supervisor, order.pk, content())


def test_a_returned_order_gets_a_second_result(order, supervisor, inspector):
    record_result(inspector, order.pk, content())
    with pytest.raises(ValidationError):
        return_result(supervisor, order, remark="")
    returned = return_result(supervisor, order, remark="Which packages were opened?")
    assert returned.state == "returned"
    start(inspector, order.pk)
    second, __ = record_result(inspector, order.pk, content(Line("revenue", 1)))
    order.refresh_from_db()
    assert (second.revision, order.revision, order.found) == (2, 2, True)
    assert list(order.results.values_list("revision", "found")) == [(1, False), (2, True)]


def test_nobody_reviews_his_own_result(operator, officer):
    both = officer("supervisor", "inspector", offices=["A"])
    raise_orders(operator, selections("D-1"))
    assign_waiting(both)
    order = ControlOrder.objects.get()
    record_result(both, order.pk, content())
    with pytest.raises(Denied):
        return_result(both, order, remark="Add a note")


def test_begun_orders_are_not_cancelled(order, supervisor, inspector, officer):
    with pytest.raises(Denied):
        cancel_order(officer("supervisor", offices=["B"]), order, reason="No")
    start(inspector, order.pk)
    with pytest.raises(ValidationError, match="in progress"):
        cancel_order(supervisor, order, reason="Too late")


def test_beginning_twice_keeps_the_first_time(order, inspector):
    first = start(inspector, order.pk, timezone.now() - timedelta(hours=1)).started_at
    assert start(inspector, order.pk).started_at == first


def test_a_clock_that_is_wrong_is_noted_and_cannot_move_the_beginning(order, inspector):
    ahead = timezone.now() + timedelta(hours=3)
    assert start(inspector, order.pk, ahead).started_at <= timezone.now()
    ControlOrder.objects.update(state="assigned")
    assert start(inspector, order.pk, ahead - timedelta(days=9000)).started_at == order.raised_at
    result, __ = record_result(inspector, order.pk, content(sent_at=ahead))
    assert 10_700 < result.clock_offset <= 10_800


def test_photographs_come_first_and_are_kept_once(order, inspector, photograph):
    one, two = uuid.uuid4(), uuid.uuid4()
    told = content(photographs=(one, two))
    keep_photograph(inspector, order.pk, Shot(one, photograph(), "Seal"))
    keep_photograph(inspector, order.pk, Shot(one, photograph("blue"), "other"))
    with pytest.raises(Conflict) as missing:
        record_result(inspector, order.pk, told)
    assert missing.value.detail == {"missing": [str(two)]}
    keep_photograph(inspector, order.pk, Shot(two, photograph("green", "PNG")))
    result, __ = record_result(inspector, order.pk, told)
    kept = result.photographs.order_by("received_at")
    assert list(kept.values_list("pk", "caption", "file__media_type")) == [
        (one, "Seal", "image/jpeg"),
        (two, "", "image/png"),
    ]


def test_only_pictures_are_photographs(order, inspector):
    for name, data in (
        ("a.jpg", b"<script>"),
        ("b.svg", b"<svg/>"),
        ("c.jpg", b"\xff\xd8\xff\xe0cut"),
    ):
        with pytest.raises(ValidationError):
            keep_photograph(inspector, order.pk, Shot(uuid.uuid4(), SimpleUploadedFile(name, data)))
    assert not Photograph.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_sent_many_times_at_once_it_is_recorded_once(order, inspector):
    told = content(Line("drugs", 2))

    def send(_: int) -> bool:
        try:
            return record_result(inspector, order.pk, told)[1]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        new = list(pool.map(send, range(8)))
    assert sorted(new) == [False] * 7 + [True]
    assert ControlResult.objects.count() == 1
