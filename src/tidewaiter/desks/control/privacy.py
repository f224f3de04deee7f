"""What this desk keeps of persons, and which declarations it holds (docs/administrator/privacy.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidewaiter.desks.control.models import (
    Assignment,
    ControlOrder,
    ControlResult,
    Photograph,
    ResultLine,
)
from tidewaiter.platform.privacy import holds
from tidewaiter.platform.privacy.stores import Store, register

if TYPE_CHECKING:
    from collections.abc import Iterable


def open_orders() -> Iterable[str]:
    return ControlOrder.objects.open().values_list("declaration_id", flat=True).distinct()


holds.register("open orders", open_orders)

register(
    Store(
        "control_orders",
        ControlOrder,
        "raised_at",
        {"importer": "identifier", "reasons": "facts", "remark": "text"},
        declaration="declaration_id",
        permission="control.read",
    )
)
register(
    Store(
        "control_results",
        ControlResult,
        "recorded_at",
        {"notes": "text", "position": "text"},
        declaration="order__declaration_id",
        permission="control.read",
        ways={"position": lambda _where: None},
    )
)
register(
    Store(
        "control_finds",
        ResultLine,
        "result__recorded_at",
        {"description": "text"},
        declaration="result__order__declaration_id",
        permission="control.read",
    )
)
register(
    Store(
        "control_assignments",
        Assignment,
        "assigned_at",
        {"reason": "text"},
        declaration="order__declaration_id",
        permission="control.read",
    )
)
register(
    Store(
        "photographs",
        Photograph,
        "received_at",
        {"caption": "text"},
        declaration="order__declaration_id",
        permission="control.read",
    )
)
