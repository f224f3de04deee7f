"""The control desk."""

from __future__ import annotations

import io
import uuid
from typing import TYPE_CHECKING

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from tests.access.factories import CHANGING, FORMS, shows
from tests.desks.control.builders import selections
from tidewaiter.desks.control import actions
from tidewaiter.desks.control.models import Assignment, ControlOrder
from tidewaiter.platform.accounts.models import HeldRole, User

if TYPE_CHECKING:
    from tidewaiter.desks.control.models import Photograph

FORMS["control:photograph_handling"] = lambda office: {"handling": "1"}
FORMS["control:assign"] = lambda office: {"office": office}
FORMS["control:api_photograph"] = lambda office: {"id": uuid.uuid4(), "file": picture()}
CHANGING["control:api_session"] = "it hands out a new anti-forgery token"


def order_of(office: str, officer: User) -> ControlOrder:
    """An order of the office, given to the officer whatever his role."""
    operator, new = User.objects.get_or_create(username="operator-of-orders", national=True)
    if new:
        HeldRole.objects.create(user=operator, role="operator")
    name = f"D-{office}-{uuid.uuid4().hex[:8]}"
    actions.raise_orders(operator, selections(name, office=office))
    order = ControlOrder.objects.get(declaration_id=name)
    order.inspector, order.state = officer, "assigned"
    order.save()
    Assignment.objects.create(
        order=order, inspector=officer, assigned_at=timezone.now(), reason="test"
    )
    return order


def photograph_of(office: str, officer: User) -> Photograph:
    """A photograph of a control of the office, taken by the officer or, if he may not, another."""
    if not officer.may("control.perform"):
        officer = User.objects.create(username=f"inspector-{uuid.uuid4().hex[:8]}", password="!")
        HeldRole.objects.create(user=officer, role="inspector")
    order = order_of(office, officer)
    return actions.keep_photograph(officer, order.pk, actions.Shot(uuid.uuid4(), picture()))


def picture() -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.new("RGB", (4, 3)).save(content, "PNG")
    return SimpleUploadedFile("p.png", content.getvalue(), "image/png")


@shows("control:order", "control:reassign", "control:return", "control:cancel")
def order(office: str, officer: User) -> dict[str, object]:
    return {"pk": order_of(office, officer).pk}


@shows(
    "control:my_order", "control:begin", "control:result", "control:api_start",
    "control:api_photograph", "control:api_result", sight="own",
)  # fmt: skip
def own_order(office: str, officer: User) -> dict[str, object]:
    return {"pk": order_of(office, officer).pk}


@shows("control:photograph", "control:photograph_handling")
def photograph(office: str, officer: User) -> dict[str, object]:
    return {"pk": photograph_of(office, officer).pk}


@shows("control:my_photograph", sight="own")
def own_photograph(office: str, officer: User) -> dict[str, object]:
    return {"pk": photograph_of(office, officer).pk}
