"""What an inspector does with an order: begin, photograph, record the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tidewaiter.desks.control import policies
from tidewaiter.desks.control.models import (
    ControlOrder,
    ControlResult,
    Photograph,
    ResultLine,
)
from tidewaiter.desks.control.pictures import LARGEST, check_photograph
from tidewaiter.desks.control.vocabulary import IN_HAND, State
from tidewaiter.platform.accounts.access import check
from tidewaiter.platform.jobs.actions import enqueue
from tidewaiter.platform.ledger.actions import record
from tidewaiter.platform.vault.actions import store

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.core.files.uploadedfile import UploadedFile

    from tidewaiter.desks.control.content import Content
    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.vault.models import Stored


class Conflict(Exception):
    """What was sent cannot be taken, and sending it again will not help.

    code: reassigned, cancelled, recorded, other_order, photographs.
    """

    def __init__(self, code: str, **detail: object) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def _own(actor: User, order_id: int) -> ControlOrder:
    """The order, locked, if it is the actor's.

    Raises DoesNotExist for what never was his, Conflict for what he had and has lost.
    """
    check(actor, "control.perform")
    mine = ControlOrder.objects.filter(pk=order_id, assignments__inspector=actor).exists()
    if not mine:
        raise ControlOrder.DoesNotExist
    order = ControlOrder.objects.select_for_update().get(pk=order_id)
    if order.state == State.CANCELLED:
        raise Conflict("cancelled")
    if not policies.may_perform(actor, order):
        raise Conflict("reassigned")
    return order


@transaction.atomic
def start(actor: User, order_id: int, at: datetime | None = None) -> ControlOrder:
    """Begin the control; beginning again changes nothing. Raises Conflict, DoesNotExist."""
    order = _own(actor, order_id)
    if order.state in (State.ASSIGNED, State.RETURNED):
        now = timezone.now()
        order.state = State.IN_PROGRESS
        order.started_at = max(order.raised_at, min(at or now, now))  # phones' clocks go wrong
        order.save(update_fields=["state", "started_at"])
        record(actor, "control.start", order.number, office=order.office)
    return order


@dataclass(frozen=True, slots=True)
class Shot:
    """A photograph as sent from the device."""

    id: UUID
    file: UploadedFile
    caption: str = ""
    taken_at: datetime | None = None


def keep_photograph(actor: User, order_id: int, shot: Shot) -> Photograph:
    """Keep a photograph for the result that will follow; the same id again changes nothing.

    Raises ValidationError for what is no photograph or not taken by the vault (NotScanned: try
    again later), Conflict, DoesNotExist.
    """
    known = _sent_before(actor, order_id, shot)
    if known is not None:
        return known
    check_photograph(shot.file)
    return _attach(actor, order_id, shot, store(shot.file, actor, limit=LARGEST))


@transaction.atomic
def _sent_before(actor: User, order_id: int, shot: Shot) -> Photograph | None:
    order = _own(actor, order_id)
    known = Photograph.objects.filter(pk=shot.id).first()
    if known is not None and (known.order_id != order.pk or known.sent_by_id != actor.pk):
        raise Conflict("other_order")
    return known


@transaction.atomic
def _attach(actor: User, order_id: int, shot: Shot, file: Stored) -> Photograph:
    """The order may have changed hands, or the photograph come again, while the file was stored."""
    known = _sent_before(actor, order_id, shot)
    if known is not None:
        return known
    return Photograph.objects.create(
        id=shot.id,
        order_id=order_id,
        file=file,
        caption=shot.caption[:300],
        taken_at=shot.taken_at,
        sent_by=actor,
        received_at=timezone.now(),
    )


@transaction.atomic
def record_result(actor: User, order_id: int, content: Content) -> tuple[ControlResult, bool]:
    """Record what was found; True if it is new, False if this result had come before.

    Raises DoesNotExist for an order that never was the actor's; Conflict when the order was given
    to another, cancelled or recorded from another device, or when photographs are missing.
    """
    known = _known(actor, order_id, content.id)
    if known is not None:
        return known, False
    order = _own(actor, order_id)
    # Another request with the same id may have finished while this one waited for the order.
    known = _known(actor, order_id, content.id)
    if known is not None:
        return known, False
    if order.state not in IN_HAND:
        raise Conflict("recorded")
    missing = _missing(order, content.photographs)
    if missing:
        raise Conflict("photographs", missing=missing)
    result = _write(actor, order, content)
    enqueue("control.publish_outcomes", actor=None, office=order.office)
    record(
        actor, "control.result", order.number, office=order.office, finding=str(result.pk),
        found=result.found, revision=result.revision, photographs=len(content.photographs),
    )  # fmt: skip
    return result, True


def _known(actor: User, order_id: int, result_id: UUID) -> ControlResult | None:
    check(actor, "control.perform")
    result = ControlResult.objects.filter(pk=result_id).first()
    if result is None:
        return None
    if result.recorded_by_id != actor.pk:
        raise ControlOrder.DoesNotExist
    if result.order_id != order_id:
        raise Conflict("other_order")
    return result


def _missing(order: ControlOrder, wanted: tuple[UUID, ...]) -> list[str]:
    there = set(order.photographs.filter(pk__in=wanted).values_list("pk", flat=True))
    return [str(one) for one in wanted if one not in there]


def _write(actor: User, order: ControlOrder, content: Content) -> ControlResult:
    now = timezone.now()
    result = ControlResult.objects.create(
        id=content.id,
        order=order,
        revision=order.revision + 1,
        found=content.found,
        revenue=content.revenue,
        currency=order.currency or settings.CURRENCY,
        controls=list(content.controls),
        minutes=content.minutes,
        notes=content.notes,
        started_at=content.started_at or order.started_at,
        ended_at=content.ended_at,
        device_time=content.device_time or now,
        clock_offset=content.clock_offset(now),
        position=content.position,
        recorded_by=actor,
        recorded_at=now,
    )
    ResultLine.objects.bulk_create(
        ResultLine(
            result=result,
            risk_area=line.risk_area,
            found=True,
            severity=line.severity,
            description=line.description,
            revenue=line.revenue,
            items=list(line.items),
        )
        for line in content.lines
    )
    order.photographs.filter(pk__in=content.photographs).update(result=result)
    order.state = State.RECORDED
    order.started_at = order.started_at or content.started_at
    order.recorded_at, order.found, order.revision = now, result.found, result.revision
    order.save(update_fields=["state", "started_at", "recorded_at", "found", "revision"])
    return result
