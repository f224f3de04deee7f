"""Results reach the lake exactly once, whatever dies in between."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from django.utils import timezone

from tests.desks.control.builders import DAY, content, selections
from tidewaiter.desks.control import publishing
from tidewaiter.desks.control.actions import (
    assign_waiting,
    publish_outcomes,
    raise_orders,
    record_result,
    return_result,
)
from tidewaiter.desks.control.content import Line
from tidewaiter.desks.control.models import ControlOrder, ControlResult, OutcomeBatch
from tidewaiter.engine.records.lake import record_key
from tidewaiter.engine.records.streams import OUTCOMES
from tidewaiter.platform.jobs.registry import kind
from tidewaiter.platform.store import lake

OF_THE_LAKE = ("key", "version", "month", "masked", "masked_at")
pytestmark = pytest.mark.django_db


def facts() -> list[dict]:
    return lake().current(OUTCOMES).sort("declaration_id", "item_no").collect().to_dicts()


def test_a_result_becomes_an_outcome(order, inspector):
    record_result(inspector, order.pk, content(minutes=25))
    assert publish_outcomes() == 1
    (fact,) = facts()
    said = {k: v for k, v in fact.items() if k not in OF_THE_LAKE}
    assert said == {
        "declaration_id": "D-1", "item_no": 0, "control_ref": order.number,
        "declaration_date": DAY, "office": "A", "known_on": timezone.localdate(),
        "found": False, "severity": 0, "risk_area": "revenue", "revenue": 0.0, "currency": "EUR",
        "control_type": "physical", "lane": "red", "selected_by": "value",
        "selection_probability": 0.01, "minutes": 25.0, "source": "control",
    }  # fmt: skip
    assert (fact["version"], fact["month"]) == (1, "2026-11")
    key = pl.DataFrame([said]).select(record_key(*OUTCOMES.natural_key)).item()
    assert fact["key"] == key
    assert ControlResult.objects.get().published_at is not None


def test_finds_are_told_by_item_and_sums_are_kept(order, inspector):
    lines = (
        Line("revenue", 1, "", Decimal(90), (1, 3)),
        Line("drugs", 2, "", Decimal(0), (3,)),
    )
    record_result(inspector, order.pk, content(*lines, minutes=30))
    publish_outcomes()
    told = [
        (f["item_no"], f["found"], f["severity"], f["risk_area"], f["revenue"]) for f in facts()
    ]
    assert told == [(1, True, 1, "revenue", 45.0), (3, True, 2, "drugs", 45.0)]
    assert sum(f["minutes"] for f in facts()) == 30


def test_a_second_result_supersedes_the_first(order, supervisor, inspector):
    record_result(inspector, order.pk, content(Line("revenue", 1, "", Decimal(80), (1,))))
    publish_outcomes()
    return_result(supervisor, order, remark="It was item 2")
    record_result(inspector, order.pk, content(Line("revenue", 1, "", Decimal(70), (2,))))
    publish_outcomes()
    told = [(f["item_no"], f["found"], f["revenue"]) for f in facts()]
    assert told == [(1, False, 0.0), (2, True, 70.0)]


def test_two_results_of_an_order_in_one_batch(order, supervisor, inspector):
    record_result(inspector, order.pk, content(Line("revenue", 1, "", Decimal(80), (1,))))
    return_result(supervisor, order, remark="Really?")
    record_result(inspector, order.pk, content())
    assert publish_outcomes() == 2
    assert [(f["item_no"], f["found"]) for f in facts()] == [(0, False), (1, False)]


def test_publishing_again_writes_nothing(order, inspector):
    record_result(inspector, order.pk, content())
    publish_outcomes()
    version = lake().version(OUTCOMES)
    assert publish_outcomes() == 0
    assert lake().version(OUTCOMES) == version


class Killed(BaseException):
    """Stands for kill -9: nothing after it runs."""


@pytest.mark.parametrize("moment", ["before the lake", "after the lake"])
def test_killed_while_publishing(operator, supervisor, inspector, monkeypatch, moment):
    raise_orders(operator, selections("D-1", "D-2", "D-3"))
    assign_waiting(supervisor)
    for order in ControlOrder.objects.all():
        record_result(inspector, order.pk, content())
    target = ("lake", "_mark")[moment == "after the lake"]

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(publishing, target, die)
        with pytest.raises(Killed):
            publish_outcomes()
    assert OutcomeBatch.objects.filter(written_at=None).count() == 1
    assert publish_outcomes() == 3
    assert [f["declaration_id"] for f in facts()] == ["D-1", "D-2", "D-3"]
    assert lake().scan(OUTCOMES).collect().height == 3


def test_many_results_take_several_batches(operator, supervisor, inspector, monkeypatch):
    monkeypatch.setattr(publishing, "LARGEST", 2)
    raise_orders(operator, selections(*(f"D-{n}" for n in range(5))))
    assign_waiting(supervisor)
    for order in ControlOrder.objects.all():
        record_result(inspector, order.pk, content())
    assert publish_outcomes() == 5
    assert OutcomeBatch.objects.count() == 3
    assert len(facts()) == 5


def test_the_job_publishes(order, inspector):
    record_result(inspector, order.pk, content())

    class Watched:
        def update(self, *_: object) -> None: ...
        def check(self) -> None: ...

    assert kind("control.publish_outcomes").work(Watched()) == {"results": 1}
