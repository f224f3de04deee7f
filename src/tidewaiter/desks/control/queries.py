"""What can be read at this desk, always starting from what the asking officer may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from django.db.models import Count, Q, Sum
from django.utils import timezone

from tidewaiter.desks.control.lots import draw_lots
from tidewaiter.desks.control.models import Assignment, Capacity, ControlOrder, Draw, Duty
from tidewaiter.desks.control.vocabulary import IN_HAND, OPEN, State
from tidewaiter.engine.risk.chance import commitment
from tidewaiter.platform.accounts.models import Office, User
from tidewaiter.platform.accounts.roles import ROLES
from tidewaiter.platform.chance.models import DayKey
from tidewaiter.platform.privacy.queries import linked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date, datetime

    from django.db.models import QuerySet

    from tidewaiter.desks.control.models.orders import OrderRows

PERFORMERS = [role.code for role in ROLES.values() if "control.perform" in role.may]


def capacity_frame() -> pl.DataFrame:
    """Minutes a day of every office: office, control, minutes_per_day. For selection, not people."""
    schema = {"office": pl.String, "control": pl.String, "minutes_per_day": pl.Float64}
    rows = Capacity.objects.values_list("office", "control", "minutes_per_day")
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def inspectors_of(office: str) -> QuerySet[User]:
    """Active officers of this office who perform controls."""
    return (
        User.objects.filter(is_active=True, offices__code=office, roles__role__in=PERFORMERS)
        .distinct()
        .order_by("username")
    )


def inspectors_on_duty(office: str, day: date) -> list[User]:
    """Inspectors of the office less those entered as away, or as on duty elsewhere, on this day."""
    entered = Duty.objects.filter(day=day, inspector__in=inspectors_of(office))
    here = {duty.inspector_id: duty.available for duty in entered if duty.office == office}
    elsewhere = {duty.inspector_id for duty in entered if duty.office != office and duty.available}
    return [user for user in inspectors_of(office) if here.get(user.pk, user.pk not in elsewhere)]


def open_minutes(inspectors: Iterable[User]) -> Mapping[int, int]:
    """Planned minutes of the orders in hand, by inspector id; without an order no entry."""
    held = ControlOrder.objects.in_hand().filter(inspector__in=list(inspectors))
    return dict(held.order_by().values_list("inspector").annotate(Sum("minutes")))


def offices_of(user: User) -> list[str]:
    """Codes of the offices an officer may see, for the choices of filters and forms."""
    return list(Office.objects.filter(user.scope().rows("code")).values_list("code", flat=True))


def my_orders(user: User) -> OrderRows:
    """Orders in hand, the most urgent first."""
    return ControlOrder.objects.held_by(user).in_hand().order_by("due_on", "-expected_value", "pk")


def my_recorded(user: User) -> OrderRows:
    """Orders that the inspector recorded today."""
    held = ControlOrder.objects.held_by(user).filter(state=State.RECORDED)
    return held.filter(recorded_at__gte=_midnight()).order_by("-recorded_at")


def _midnight() -> datetime:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list and the board are narrowed to; empty means all."""

    text: str = ""
    state: str = ""
    office: str = ""
    lane: str = ""
    inspector: str = ""
    overdue: bool = False
    persons: bool = False  # a purpose was stated: `text` may be an importer, too


def orders(user: User, wanted: Filter) -> OrderRows:
    """Visible orders that match, newest first. `text`: order or declaration, exactly, or, if a
    purpose was stated for persons, an importer."""
    rows = ControlOrder.objects.visible_to(user).select_related("inspector")
    if wanted.text:
        text = wanted.text.strip()
        named = Q(number=text) | Q(declaration_id=text)
        if wanted.persons:
            named |= Q(importer=text)
            if token := linked(user, "control_orders", "importer", text):
                named |= Q(importer=token)
        rows = rows.filter(named)
    if wanted.state == "open":
        rows = rows.open()
    elif wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.office:
        rows = rows.filter(office=wanted.office)
    if wanted.lane:
        rows = rows.filter(lane=wanted.lane)
    if wanted.inspector:
        rows = rows.filter(inspector__username=wanted.inspector)
    if wanted.overdue:
        rows = rows.filter(state__in=OPEN, due_on__lt=timezone.localdate())
    return rows.order_by("-raised_at", "-pk")


@dataclass(frozen=True, slots=True)
class Counts:
    waiting: int
    in_hand: int
    returned: int
    overdue: int
    recorded_today: int
    found_today: int


def counts(user: User, office: str = "") -> Counts:
    """The figures on top of the supervisor's board."""
    rows = ControlOrder.objects.visible_to(user).order_by()
    if office:
        rows = rows.filter(office=office)
    today = Q(recorded_at__gte=_midnight(), state=State.RECORDED)
    live = rows.filter(Q(state__in=OPEN) | today)
    return Counts(
        **live.aggregate(
            waiting=Count("pk", filter=Q(state=State.WAITING)),
            in_hand=Count("pk", filter=Q(state__in=IN_HAND)),
            returned=Count("pk", filter=Q(state=State.RETURNED)),
            overdue=Count("pk", filter=Q(state__in=OPEN, due_on__lt=timezone.localdate())),
            recorded_today=Count("pk", filter=today),
            found_today=Count("pk", filter=today & Q(found=True)),
        )
    )


@dataclass(frozen=True, slots=True)
class Load:
    """What one inspector has in hand in an office."""

    inspector: User
    on_duty: bool
    orders: int
    minutes: int
    overdue: int
    recorded_today: int


def loads(user: User, office: str) -> list[Load]:
    """Inspectors of one of the supervisor's offices with their work there."""
    if not user.scope().allows(office):
        return []
    today = timezone.localdate()
    held, recorded = Q(state__in=IN_HAND), Q(state=State.RECORDED, recorded_at__gte=_midnight())
    rows = ControlOrder.objects.visible_to(user).order_by().filter(held | recorded, office=office)
    work = {
        row.pop("inspector"): row
        for row in rows.values("inspector").annotate(
            orders=Count("pk", filter=held),
            minutes=Sum("minutes", filter=held, default=0),
            overdue=Count("pk", filter=held & Q(due_on__lt=today)),
            recorded_today=Count("pk", filter=recorded),
        )
    }
    nothing = {"orders": 0, "minutes": 0, "overdue": 0, "recorded_today": 0}
    duty = inspectors_on_duty(office, today)
    return [Load(one, one in duty, **work.get(one.pk, nothing)) for one in inspectors_of(office)]


@dataclass(frozen=True, slots=True)
class Workload:
    """Planned minutes of open orders beside the minutes a day; `capacity` None: not entered."""

    office: str
    control: str
    orders: int
    minutes: int
    capacity: int | None

    @property
    def days(self) -> float | None:
        """How many days of work are open."""
        return self.minutes / self.capacity if self.capacity else None


def workload(user: User, office: str = "") -> list[Workload]:
    rows = ControlOrder.objects.visible_to(user).open().order_by()
    held = capacities(user)
    if office:
        rows, held = rows.filter(office=office), held.filter(office=office)
    capacity = {(one.office, one.control): one.minutes_per_day for one in held}
    open_work = {
        (row["office"], row["control"]): row
        for row in rows.values("office", "control").annotate(
            orders=Count("pk"), minutes=Sum("minutes")
        )
    }
    nothing = {"orders": 0, "minutes": 0}
    return [
        Workload(
            *key,
            open_work.get(key, nothing)["orders"],
            open_work.get(key, nothing)["minutes"],
            capacity.get(key),
        )
        for key in sorted(capacity.keys() | open_work.keys())
    ]


def capacities(user: User) -> QuerySet[Capacity]:
    """Capacities of the offices an officer may see."""
    return Capacity.objects.filter(user.scope().rows("office"))


def verify_draw(draw: Draw, key: str) -> bool:
    """Whether drawing again under the day's key, published after the day, gives the same lots."""
    told = list(draw.assignments.select_related("order", "inspector"))
    lots = draw_lots(
        {one.order.number: one.order.minutes for one in told}, dict(draw.inspectors), key
    )
    said = {one.order.number: one.inspector.username for one in told}
    return commitment(key) == draw.commitment and lots == said


def draws(day: date | None = None) -> Iterator[tuple[Draw, bool]]:
    """Draws among inspectors of a day, or of all, whose key is published; each with whether it comes
    out the same when it is repeated. For the house itself and its auditors."""
    keys = dict(DayKey.objects.exclude(revealed_at=None).values_list("date", "key"))
    days = [one for one in keys if day in (None, one)]
    for draw in Draw.objects.filter(day__in=days).order_by("pk").iterator(chunk_size=200):
        yield draw, verify_draw(draw, keys[draw.day])


def assignments_in_force() -> QuerySet[Assignment]:
    """Who has which order now, in all offices. For the house itself, not for people."""
    return Assignment.objects.filter(ended_at=None).select_related("order", "inspector")


def performed_by(user: User, since: date, until: date) -> pl.DataFrame:
    """Who performed the visible orders of declarations of these days: control_ref, inspector."""
    held = ControlOrder.objects.visible_to(user).exclude(inspector=None).order_by()
    rows = held.filter(declaration_date__range=(since, until))
    schema = {"control_ref": pl.String, "inspector": pl.String}
    return pl.DataFrame(
        list(rows.values_list("number", "inspector__username")), schema=schema, orient="row"
    )
