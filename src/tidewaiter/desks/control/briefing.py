"""What an inspector should know about an order: what was declared, and why it was chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
from django.utils.translation import gettext

from tidewaiter.engine.records.streams import DECLARATIONS
from tidewaiter.engine.risk import veil
from tidewaiter.engine.risk.reasons import sentence
from tidewaiter.platform.handling import hidden
from tidewaiter.platform.store import lake

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidewaiter.desks.control.models import ControlOrder
    from tidewaiter.platform.accounts.models import User

HEADER = (
    "direction", "procedure", "importer", "importer_name", "exporter", "exporter_name",
    "exporter_country", "declarant", "declarant_name", "carrier", "transport_mode",
    "transport_means_id", "containers", "dispatch_country", "loading_place", "unloading_place",
    "goods_location", "incoterm",
)  # fmt: skip
ITEM = (
    "item_no", "hs", "description", "origin", "quantity", "quantity_unit", "net_mass",
    "gross_mass", "packages", "package_kind", "customs_value", "invoice_value",
    "invoice_currency", "currency", "duty_rate", "preference", "documents",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Declared:
    """The declaration in force: its header, and its goods items in order."""

    header: Mapping[str, Any]
    items: list[dict[str, Any]]


def declared(order: ControlOrder) -> Declared | None:
    """What the order's declaration says now; None when the lake does not hold it."""
    month = order.declaration_date.strftime("%Y-%m")
    here = (pl.col("month") == month) & (pl.col("declaration_id") == order.declaration_id)
    rows = (
        lake()
        .current(DECLARATIONS, here)
        .select(*HEADER, *ITEM)
        .sort("item_no")
        .collect()
        .to_dicts()
    )
    if not rows:
        return None
    return Declared({name: rows[0][name] for name in HEADER}, [_only(row, ITEM) for row in rows])


def _only(row: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: row[name] for name in names}


@dataclass(frozen=True, slots=True)
class Headline:
    """What tells one order from another in a list."""

    trader: str
    goods: str
    place: str


def headlines(orders: list[ControlOrder]) -> dict[str, Headline]:
    """Importer, first goods item and location of the goods, by declaration id."""
    if not orders:
        return {}
    months = sorted({order.declaration_date.strftime("%Y-%m") for order in orders})
    ids = [order.declaration_id for order in orders]
    here = pl.col("month").is_in(months) & pl.col("declaration_id").is_in(ids)
    text = {"trader": "importer_name", "goods": "description", "place": "goods_location"}
    rows = (
        lake()
        .current(DECLARATIONS, here)
        .sort("item_no")
        .group_by("declaration_id")
        .agg(pl.col(column).first().fill_null("").alias(name) for name, column in text.items())
        .collect()
    )
    return {row[0]: Headline(*row[1:]) for row in rows.iter_rows()}


@dataclass(frozen=True, slots=True)
class Why:
    """Reasons about one goods item in words; item 0 is the declaration."""

    item_no: int
    sentences: list[str]


def reasons_in_words(user: User, order: ControlOrder) -> list[Why]:
    """Why the order was raised, the riskiest item first, in the reader's language; not of profiles
    that he may not read."""
    unread = hidden(user, "profile")
    return [
        Why(
            told["item_no"],
            [
                sentence(one["code"], one.get("facts") or {}, gettext)
                for one in veil.reasons(told["reasons"], unread)
            ],
        )
        for told in order.reasons
        if told["reasons"]
    ]
