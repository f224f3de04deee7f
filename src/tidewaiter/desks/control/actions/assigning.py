"""Who performs an order: by lot, or by a supervisor with a reason."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tidewaiter.desks.control import policies
from tidewaiter.desks.control.lots import draw_lots
from tidewaiter.desks.control.models import Assignment, ControlOrder, Draw
from tidewaiter.desks.control.queries import inspectors_on_duty, open_minutes
from tidewaiter.desks.control.vocabulary import IN_HAND, State
from tidewaiter.engine.risk.chance import commitment
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.chance.actions import day_key
from tidewaiter.platform.ledger.actions import record

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidewaiter.platform.accounts.models import User

PART = 500  # rows a statement: SQLite takes 999 parameters


@dataclass
class Drawn:
    """orders: how many were drawn. nobody: offices with waiting orders and no inspector on duty."""

    orders: int = 0
    nobody: list[str] = field(default_factory=list)


@transaction.atomic
def assign_waiting(actor: User, *, offices: Collection[str] | None = None) -> Drawn:
    """Draw an inspector for each waiting order of the actor's offices, or of those named.

    Always all orders of an office at once: who could choose which order is drawn first could steer
    where it falls. Offices beyond the actor's scope take no part. Raises Denied.
    """
    check(actor, "control.supervise")
    wanted = ControlOrder.objects.visible_to(actor).filter(state=State.WAITING)
    if offices is not None:
        wanted = wanted.filter(office__in=offices)
    waiting: dict[str, list[ControlOrder]] = defaultdict(list)
    columns = ("pk", "number", "office", "minutes")
    for order in wanted.select_for_update().only(*columns).order_by("pk"):
        waiting[order.office].append(order)
    drawn = Drawn()
    draws = []
    for office, held in sorted(waiting.items()):
        draw = _draw(actor, office, held)
        if draw is None:
            drawn.nobody.append(office)
        else:
            drawn.orders += len(held)
            draws.append((draw, len(held)))
    for draw, count in draws:
        record(
            actor, "control.assign", f"draw {draw.pk}", office=draw.office, orders=count,
            inspectors=len(draw.inspectors), commitment=draw.commitment,
        )  # fmt: skip
    return drawn


def _draw(actor: User, office: str, orders: list[ControlOrder]) -> Draw | None:
    """Draw lots in one office; None if nobody is on duty."""
    today = timezone.localdate()
    inspectors = {user.username: user for user in inspectors_on_duty(office, today)}
    if not inspectors:
        return None
    minutes = open_minutes(inspectors.values())
    loads = {name: minutes.get(user.pk, 0) for name, user in sorted(inspectors.items())}
    key = day_key(today)
    lots = draw_lots({order.number: order.minutes for order in orders}, loads, key)
    now = timezone.now()
    draw = Draw.objects.create(
        office=office,
        day=today,
        drawn_at=now,
        drawn_by=actor,
        commitment=commitment(key),
        inspectors=[[name, load] for name, load in loads.items()],
    )
    Assignment.objects.bulk_create(
        Assignment(
            order=order,
            inspector=inspectors[lots[order.number]],
            draw=draw,
            assigned_by=actor,
            assigned_at=now,
        )
        for order in orders
    )
    _hand_over(orders, lots, inspectors)
    return draw


def _hand_over(
    orders: list[ControlOrder], lots: dict[str, str], inspectors: dict[str, User]
) -> None:
    by_inspector: dict[str, list[int]] = defaultdict(list)
    for order in orders:
        by_inspector[lots[order.number]].append(order.pk)
    for name, ids in by_inspector.items():
        for start in range(0, len(ids), PART):
            ControlOrder.objects.filter(pk__in=ids[start : start + PART]).update(
                inspector=inspectors[name], state=State.ASSIGNED
            )


@transaction.atomic
def reassign(
    actor: User, order: ControlOrder, *, reason: str, inspector: User | None = None
) -> ControlOrder:
    """Take an order from its inspector and give it to another: to the one named, else by lot.

    Always with a reason, never to oneself. Raises Denied, ValidationError.
    """
    order = ControlOrder.objects.select_for_update().get(pk=order.pk)
    policies.check_supervises(actor, order, IN_HAND)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why the order is given to another inspector.")})
    others = {
        user.username: user
        for user in inspectors_on_duty(order.office, timezone.localdate())
        if user.pk not in (order.inspector_id, actor.pk)
    }
    if inspector is not None and inspector.username not in others:
        raise ValidationError(
            {"inspector": _("Choose another inspector who is on duty in this office today.")}
        )
    if not others:
        raise ValidationError(
            {"inspector": _("No other inspector is on duty in this office today.")}
        )
    if inspector is None:
        minutes = open_minutes(others.values())
        loads = {name: minutes.get(user.pk, 0) for name, user in others.items()}
        turn = f"{order.number}:{order.assignments.count()}"
        chosen = draw_lots({turn: order.minutes}, loads, day_key(timezone.localdate()))[turn]
        inspector = others[chosen]
    return _give(actor, order, inspector, reason.strip())


def _give(actor: User, order: ControlOrder, inspector: User, reason: str) -> ControlOrder:
    now = timezone.now()
    before = order.inspector
    order.assignments.filter(ended_at=None).update(ended_at=now)
    Assignment.objects.create(
        order=order, inspector=inspector, assigned_by=actor, reason=reason, assigned_at=now
    )
    order.inspector = inspector
    if order.state == State.IN_PROGRESS:
        order.state, order.started_at = State.ASSIGNED, None
    order.save(update_fields=["inspector", "state", "started_at"])
    record(
        actor, "control.reassign", order.number, office=order.office,
        before=before.username if before else "", after=inspector.username, reason=reason,
    )  # fmt: skip
    return order
