from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest
from django.utils import timezone

from tests.desks.control.builders import DAY, content, selections
from tidewaiter.desks.control.actions import assign_waiting, raise_orders, record_result, start
from tidewaiter.desks.control.models import Assignment, ControlOrder
from tidewaiter.engine.records.streams import ASSESSMENTS
from tidewaiter.engine.risk.selection import SelectionPolicy
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.store import lake

pytestmark = pytest.mark.django_db


def lanes_of(declaration: str) -> dict[str, str]:
    return dict(
        ControlOrder.objects.filter(declaration_id=declaration).values_list("lane", "state")
    )


def test_orders_are_numbered_by_office_and_tell_nothing_of_others(operator):
    assert raise_orders(operator, selections("D-1", "D-2")) == 2
    elsewhere = selections("D-3", "D-4").with_columns(office=pl.lit("B"))
    assert raise_orders(operator, pl.concat([elsewhere, selections("D-5")])) == 3
    year = timezone.localdate().year
    orders = ControlOrder.objects.order_by("number")
    assert list(orders.values_list("number", flat=True)) == [
        *(f"CO/A/{year}/{n:06d}" for n in (1, 2, 3)),
        *(f"CO/B/{year}/{n:06d}" for n in (1, 2)),
    ]
    a1, a2, a3, b1, b2 = orders.values_list("pk", flat=True)
    assert (a2, b2) == (a1 + 1, b1 + 1)  # the orders of others do not stand between
    assert a3 - a2 > 3  # nor are they counted from one day to the next


def test_raising_twice_changes_nothing(operator):
    raise_orders(operator, selections("D-1", "D-2"))
    entries = Entry.objects.count()
    assert raise_orders(operator, selections("D-2", "D-1")) == 0
    assert raise_orders(operator, selections("D-1", run_id="run-2")) == 0
    assert ControlOrder.objects.count() == 2
    assert Entry.objects.count() == entries


def test_an_order_says_what_its_selection_said(operator):
    frame = selections("D-1", instructions="Open three packages.")
    raise_orders(
        operator, frame.with_columns(reasons=pl.lit('[{"code":"x","facts":{},"weight":1}]'))
    )
    order = ControlOrder.objects.get()
    assert (order.office, order.importer, order.items, order.lane) == ("A", "IMP-1", 3, "red")
    assert (order.control, order.controls) == ("physical", ["physical"])
    assert order.declaration_date == DAY
    assert (order.selected_by, order.selection_probability) == ("value", 0.01)
    assert (order.expected_value, order.currency, order.risk_area) == (1200.0, "EUR", "revenue")
    assert order.instructions == "Open three packages."
    assert order.reasons == [{"item_no": 0, "reasons": [{"code": "x", "facts": {}, "weight": 1}]}]
    assert order.state == "waiting"
    assert ControlOrder.objects.filter(raised_at=order.raised_at, due_on=order.due_on).exists()


def test_reasons_come_from_the_assessments_in_force(operator):
    def assessed(item, score, version, reason):
        return {
            "key": item, "version": version, "month": "2026-11", "declaration_id": "D-1",
            "declaration_date": DAY,
            "item_no": item, "score": score, "reasons": f'[{{"code":"{reason}","facts":{{"a":1}}}}]',
            "profiles": ["P1", "P2"] if version == 2 else ["P1", "P3"],
        }  # fmt: skip

    rows = [assessed(1, 0.2, 1, "low"), assessed(2, 0.1, 1, "old"), assessed(2, 0.9, 2, "new")]
    lake().append(ASSESSMENTS, [pl.DataFrame(rows)], cause="t")
    asked = {"P1": "Weigh it.", "P2": "Scan it.", "P3": "Weigh it.", "P9": "Not hit."}
    raise_orders(operator, selections("D-1", "D-2"), instructions=asked)
    order = ControlOrder.objects.get(declaration_id="D-1")
    told = order.reasons
    assert order.instructions == "Weigh it.\n\nScan it."
    assert [one["item_no"] for one in told] == [2, 1]
    assert told[0]["reasons"] == [{"code": "new", "facts": {"a": 1}}]
    other = ControlOrder.objects.get(declaration_id="D-2")
    assert (other.reasons, other.instructions) == ([], "")


def test_planned_minutes_follow_the_policy(operator):
    policy = SelectionPolicy(
        minutes={"physical": 40.0, "scanner": 10.0, "documentary": 5.0, "post_clearance": 90.0}
    )
    frame = selections("D-1", items=1, controls=["physical", "scanner"])
    raise_orders(operator, frame, policy=policy)
    raise_orders(operator, selections("D-2", items=5, controls=["physical"]), policy=policy)
    assert dict(ControlOrder.objects.values_list("declaration_id", "minutes")) == {
        "D-1": 50,
        "D-2": 80,
    }


def test_only_post_clearance_is_not_due_at_once(operator):
    today = timezone.localdate()
    for lane in ("red", "orange", "yellow", "blue"):
        raise_orders(operator, selections(f"D-{lane}", lane=lane))
    ahead = today + timedelta(days=4)
    raise_orders(operator, selections("D-ahead", declaration_date=ahead))
    due = dict(ControlOrder.objects.values_list("declaration_id", "due_on"))
    assert due["D-red"] == due["D-orange"] == due["D-yellow"] == today
    assert due["D-blue"] == today + timedelta(days=30)
    assert due["D-ahead"] == ahead


def test_green_raises_nothing(operator):
    assert raise_orders(operator, selections("D-1", lane="green")) == 0
    assert raise_orders(operator, selections()) == 0


def test_the_latest_selection_holds_where_nobody_has_begun(operator):
    raise_orders(operator, selections("D-1", "D-2", lane="yellow"))
    assert raise_orders(operator, selections("D-1", lane="red", run_id="run-2")) == 1
    assert raise_orders(operator, selections("D-2", lane="green", run_id="run-2")) == 0
    assert lanes_of("D-1") == {"yellow": "cancelled", "red": "waiting"}
    assert lanes_of("D-2") == {"yellow": "cancelled"}
    assert raise_orders(operator, selections("D-2", lane="yellow", run_id="run-3")) == 1


def test_a_withdrawn_order_leaves_its_inspector(operator, supervisor, inspector):
    raise_orders(operator, selections("D-1", lane="yellow"))
    assign_waiting(supervisor)
    raise_orders(operator, selections("D-1", lane="green", run_id="run-2"))
    assert not ControlOrder.objects.held_by(inspector).exists()
    assert Assignment.objects.get().ended_at is not None


def test_what_was_controlled_as_strictly_is_not_controlled_again(operator, inspector, order):
    start(inspector, order.pk)
    assert raise_orders(operator, selections("D-1", lane="yellow", run_id="run-2")) == 0
    record_result(inspector, order.pk, content())
    assert raise_orders(operator, selections("D-1", lane="orange", run_id="run-3")) == 0
    assert raise_orders(operator, selections("D-1", lane="red", run_id="run-4")) == 0
    assert lanes_of("D-1") == {"red": "recorded"}


def test_a_stricter_control_follows_a_documentary_one(operator, supervisor, inspector):
    raise_orders(operator, selections("D-1", lane="yellow"))
    assign_waiting(supervisor)
    record_result(inspector, ControlOrder.objects.get().pk, content())
    assert raise_orders(operator, selections("D-1", lane="red", run_id="run-2")) == 1
    assert lanes_of("D-1") == {"yellow": "recorded", "red": "waiting"}


def test_only_those_who_run_selections_raise(supervisor):
    with pytest.raises(Denied):
        raise_orders(supervisor, selections("D-1"))


def test_many_orders_at_once(operator):
    frame = selections("D-0")
    many = pl.concat([frame] * 7_000).with_columns(
        declaration_id=pl.format("D-{}", pl.int_range(pl.len()))
    )
    assert raise_orders(operator, many) == 7_000
    assert raise_orders(operator, many) == 0
