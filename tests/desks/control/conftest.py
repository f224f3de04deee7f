"""People at the desk, an order and a camera."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidewaiter.desks.control.models import ControlOrder


@pytest.fixture
def operator(officer):
    return officer("operator", national=True)


@pytest.fixture
def supervisor(officer):
    return officer("supervisor", offices=["A"])


@pytest.fixture
def inspector(officer):
    return officer("inspector", offices=["A"])


@pytest.fixture
def order(operator, supervisor, inspector) -> ControlOrder:
    """A red order of three items in office A, drawn for the inspector."""
    from tests.desks.control.builders import selections
    from tidewaiter.desks.control.actions import assign_waiting, raise_orders
    from tidewaiter.desks.control.models import ControlOrder

    raise_orders(operator, selections("D-1"))
    assign_waiting(supervisor)
    ControlOrder.objects.update(raised_at=timezone.now() - timedelta(hours=2))
    return ControlOrder.objects.get()


@pytest.fixture
def photograph() -> Callable[..., SimpleUploadedFile]:
    def take(colour: str = "red", kind: str = "JPEG") -> SimpleUploadedFile:
        buffer = io.BytesIO()
        Image.new("RGB", (40, 30), colour).save(buffer, kind)
        return SimpleUploadedFile(f"p.{kind.lower()}", buffer.getvalue(), f"image/{kind.lower()}")

    return take
