from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests.desks.control.builders import selections
from tidewaiter.desks.control.actions import (
    assign_waiting,
    raise_orders,
    reassign,
    set_duty,
    start,
)
from tidewaiter.desks.control.models import Assignment, ControlOrder, Draw
from tidewaiter.desks.control.queries import (
    draws,
    inspectors_on_duty,
    loads,
    verify_draw,
)
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.chance.actions import day_key, reveal_past_days
from tidewaiter.platform.chance.models import DayKey
from tidewaiter.platform.ledger.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(officer):
    return [officer("inspector", offices=["A"]) for _ in range(3)]


def test_waiting_orders_are_drawn_among_those_on_duty(operator, supervisor, team):
    set_duty(supervisor, inspector=team[0], day=timezone.localdate(), office="A", available=False)
    raise_orders(operator, selections(*(f"D-{n}" for n in range(12))))
    drawn = assign_waiting(supervisor)
    assert (drawn.orders, drawn.nobody) == (12, [])
    held = {one.inspector_id for one in ControlOrder.objects.all()}
    assert held == {team[1].pk, team[2].pk}
    assert set(ControlOrder.objects.values_list("state", flat=True)) == {"assigned"}
    assert assign_waiting(supervisor).orders == 0


def test_a_draw_can_be_verified_and_a_swap_shows(operator, supervisor, team):
    raise_orders(operator, selections(*(f"D-{n}" for n in range(8))))
    assign_waiting(supervisor)
    draw, key = Draw.objects.get(), day_key(timezone.localdate())
    assert verify_draw(draw, key)
    assert not verify_draw(draw, "another key")
    one = draw.assignments.first()
    other = next(user for user in team if user.pk != one.inspector_id)
    Assignment.objects.filter(pk=one.pk).update(inspector=other)
    assert not verify_draw(draw, key)
    assert list(draws()) == []  # the key is still secret
    yesterday = timezone.localdate() - timedelta(days=1)
    Draw.objects.update(day=yesterday)
    DayKey.objects.update(date=yesterday)
    reveal_past_days()
    assert list(draws()) == [(draw, False)]
    Assignment.objects.filter(pk=one.pk).update(inspector=one.inspector)
    assert list(draws()) == [(draw, True)]


def test_a_second_draw_counts_the_first_ones_minutes(operator, supervisor, team):
    raise_orders(operator, selections("D-long", items=9, controls=["physical", "scanner"]))
    assign_waiting(supervisor)
    busy = ControlOrder.objects.get().inspector_id
    raise_orders(operator, selections("D-1", "D-2", items=1))
    assign_waiting(supervisor)
    held = ControlOrder.objects.exclude(declaration_id="D-long").values_list("inspector", flat=True)
    assert busy not in held


def test_another_office_keeps_its_orders(operator, supervisor, team, officer):
    officer("inspector", offices=["B"])
    raise_orders(operator, selections("D-1", office="B"))
    assert assign_waiting(supervisor).orders == 0
    assert assign_waiting(supervisor, offices=["B"]).orders == 0
    assert ControlOrder.objects.get().state == "waiting"


def test_an_office_without_inspectors_is_named(operator, supervisor):
    raise_orders(operator, selections("D-1"))
    drawn = assign_waiting(supervisor)
    assert (drawn.orders, drawn.nobody) == (0, ["A"])


def test_only_a_supervisor_assigns(operator, inspector):
    raise_orders(operator, selections("D-1"))
    with pytest.raises(Denied):
        assign_waiting(inspector)


def test_duty_in_one_office_is_absence_from_the_other(supervisor, officer):
    ana = officer("inspector", offices=["A", "B"])
    both = officer("supervisor", offices=["A", "B"])
    today = timezone.localdate()
    assert inspectors_on_duty("A", today) == [ana] == inspectors_on_duty("B", today)
    set_duty(both, inspector=ana, day=today, office="B", available=True)
    assert inspectors_on_duty("A", today) == []
    assert inspectors_on_duty("B", today) == [ana]
    assert inspectors_on_duty("A", today + timedelta(days=1)) == [ana]


def test_a_roster_is_the_offices_own(supervisor, inspector, officer):
    stranger = officer("inspector", offices=["B"])
    today = timezone.localdate()
    with pytest.raises(Denied):
        set_duty(supervisor, inspector=stranger, day=today, office="B", available=False)
    with pytest.raises(ValidationError):
        set_duty(supervisor, inspector=stranger, day=today, office="A", available=True)
    with pytest.raises(Denied):
        set_duty(inspector, inspector=inspector, day=today, office="A", available=False)


def test_reassigning_needs_a_reason_and_is_in_the_ledger(order, supervisor, inspector, officer):
    other = officer("inspector", offices=["A"])
    with pytest.raises(ValidationError):
        reassign(supervisor, order, reason="  ")
    start(inspector, order.pk)
    given = reassign(supervisor, order, reason="Called away", inspector=other)
    assert (given.inspector, given.state, given.started_at) == (other, "assigned", None)
    told = [(one.inspector, one.reason, one.ended_at is None) for one in Assignment.objects.all()]
    assert told == [(inspector, "", False), (other, "Called away", True)]
    entry = Entry.objects.filter(action="control.reassign").get()
    assert entry.reason == "Called away"
    assert (entry.detail["before"], entry.detail["after"]) == (inspector.username, other.username)


def test_reassigning_by_lot_never_draws_the_same_inspector(order, supervisor, inspector, officer):
    with pytest.raises(ValidationError):
        reassign(supervisor, order, reason="Ill")
    other = officer("inspector", offices=["A"])
    assert reassign(supervisor, order, reason="Ill").inspector == other


def test_an_order_that_has_moved_on_meanwhile_says_so(order, supervisor, browse):
    order.state = "recorded"
    order.save(update_fields=["state"])
    answer = browse(supervisor).post(
        f"/control/orders/{order.pk}/reassign/", {"inspector": "", "reason": "Ill"}
    )
    assert answer.status_code == 400
    assert f"{order.number} is recorded by now." in answer.content.decode()


def test_nobody_gives_himself_an_order(order, officer):
    both = officer("supervisor", "inspector", offices=["A"])
    with pytest.raises(ValidationError):
        reassign(both, order, reason="I am near", inspector=both)


def test_an_inspector_of_another_office_cannot_be_named(order, supervisor, officer):
    stranger = officer("inspector", offices=["B"])
    with pytest.raises(ValidationError):
        reassign(supervisor, order, reason="Help", inspector=stranger)
    with pytest.raises(Denied):
        reassign(officer("supervisor", offices=["B"]), order, reason="Help")


def test_loads_tell_who_has_what(order, supervisor, inspector, officer):
    idle = officer("inspector", offices=["A"])
    told = {one.inspector: one for one in loads(supervisor, "A")}
    assert (told[inspector].orders, told[inspector].minutes) == (1, order.minutes)
    assert (told[idle].orders, told[idle].on_duty) == (0, True)
    assert loads(supervisor, "B") == []
