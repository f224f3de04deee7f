"""The parts of a declaration's page: header, goods, reasons, what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

import orjson
from django.utils.translation import gettext, gettext_lazy

from tidewaiter.desks.targeting.wording import chosen_by, shown
from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.engine.risk.reasons import sentence
from tidewaiter.platform.pages import cells, formats
from tidewaiter.platform.pages.tables import Column, Row, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.functional import Promise

    from tidewaiter.desks.targeting.models import Override
    from tidewaiter.desks.targeting.queries.declaration import Declaration

PARTIES = ("importer", "exporter", "seller", "buyer", "declarant", "carrier")
GROUPS: tuple[tuple[str | Promise, tuple[str, ...]], ...] = (
    (
        gettext_lazy("Transport"),
        (
            "transport_mode", "transport_means_id", "transport_nationality", "containers",
            "dispatch_country", "destination_country", "loading_place", "unloading_place",
            "goods_location", "incoterm",
        ),
    ),
    (
        gettext_lazy("Declaration"),
        (
            "declaration_date", "release_date", "office", "direction", "type_code", "procedure",
            "additional_procedure", "process_type", "import_type", "import_use",
            "transaction_nature", "payment_method", "functional_reference_id",
        ),
    ),
)  # fmt: skip
GOODS = [
    Column(gettext_lazy("Item"), "number"),
    Column(gettext_lazy("HS code"), "code"),
    Column(gettext_lazy("Description, documents")),
    Column(gettext_lazy("Origin, preference"), "code"),
    Column(gettext_lazy("Quantity, packages"), "number"),
    Column(gettext_lazy("Net, gross mass"), "number"),
    Column(gettext_lazy("Customs, invoice value"), "number"),
    Column(gettext_lazy("Taxes, duty rate"), "number"),
    Column(gettext_lazy("Expected value, score"), "number"),
]


def header_groups(header: dict[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Titled lists of label and value; fields that were not declared are left out."""
    parties = [
        (gettext(DECLARATIONS.field(name).label), _party(header, name))
        for name in PARTIES
        if header.get(name) or header.get(f"{name}_name")
    ]
    groups = [(gettext("Parties"), parties)]
    for title, names in GROUPS:
        told = [
            (gettext(DECLARATIONS.field(name).label), _header_value(header[name]))
            for name in names
            if header.get(name) not in (None, "")
        ]
        groups.append((str(title), told))
    return groups


def _party(header: dict[str, Any], name: str) -> str:
    parts = (header.get(f"{name}_name"), header.get(name), header.get(f"{name}_country"))
    return " · ".join(part for part in parts if part)


def _header_value(value: Any) -> str:
    return formats.day(value) if hasattr(value, "year") else shown(value)


def goods_table(found: Declaration) -> Table:
    scores = {
        row["item_no"]: row
        for row in found.assessed.select(
            "item_no", "score", "expected_value", "currency"
        ).iter_rows(named=True)
    }
    rows = [
        _goods(item, scores.get(item["item_no"], {})) for item in found.items.iter_rows(named=True)
    ]
    return Table(GOODS, rows)


def _goods(item: dict[str, Any], score: dict[str, Any]) -> Row:
    currency = item["currency"] or ""
    cancelled = item["function"] == "cancellation"
    return Row(
        [
            str(item["item_no"]),
            shown(item["hs"] or item["hs6"]),
            cells.badge(gettext("cancelled"), "neutral")
            if cancelled
            else cells.clamped(shown(item["description"])),
            cells.two_lines(shown(item["origin"]), shown(item["preference"])),
            cells.two_lines(
                formats.quantity(item["quantity"], item["quantity_unit"] or ""),
                formats.quantity(item["packages"], item["package_kind"] or ""),
            ),
            cells.two_lines(
                formats.quantity(item["net_mass"], "kg"), formats.quantity(item["gross_mass"], "kg")
            ),
            cells.two_lines(
                formats.money(item["customs_value"], currency),
                formats.money(item["invoice_value"], item["invoice_currency"] or ""),
            ),
            cells.two_lines(
                formats.money(item["taxes"], currency), formats.quantity(item["duty_rate"], "%")
            ),
            cells.two_lines(
                formats.money(score.get("expected_value"), score.get("currency") or "", 0),
                formats.percent(score.get("score")),
            ),
        ]
    )


@dataclass(frozen=True, slots=True)
class ItemReasons:
    """Why one item was judged as it was: sentences, the heaviest first."""

    item_no: int
    score: float
    probability: float
    at_stake: str
    expected: str
    sentences: list[str]
    unjudged: list[str]


def reasons_of(found: Declaration) -> list[ItemReasons]:
    """Items that have reasons, the one with the highest expected value first."""
    ordered = found.assessed.sort("expected_value", descending=True, nulls_last=True)
    told = [_reasons(row) for row in ordered.iter_rows(named=True)]
    return [item for item in told if item.sentences or item.unjudged]


def _reasons(row: dict[str, Any]) -> ItemReasons:
    return ItemReasons(
        item_no=row["item_no"],
        score=row["score"],
        probability=row["probability"],
        at_stake=formats.money(row["revenue_at_stake"], row["currency"] or "", 0),
        expected=formats.money(row["expected_value"], row["currency"] or "", 0),
        sentences=[
            sentence(reason["code"], reason["facts"], gettext)
            for reason in orjson.loads(row["reasons"] or "[]")
        ],
        unjudged=row["not_evaluable"] or [],
    )


@dataclass(frozen=True, slots=True)
class Happened:
    """One entry of what happened to a declaration."""

    at: datetime
    what: str
    who: str = ""
    tone: str = ""
    notes: Sequence[str] = ()


def story(found: Declaration, overrides: list[Override]) -> list[Happened]:
    """Messages, selections, overrides and results, newest first."""
    told = [*_messages(found), *_selections(found), *_overrides(overrides), *_results(found)]
    return sorted(told, key=lambda entry: entry.at, reverse=True)


def _messages(found: Declaration) -> list[Happened]:
    words = {
        "original": gettext("Received"),
        "amendment": gettext("Amended"),
        "cancellation": gettext("Cancelled"),
    }
    return [
        Happened(
            version.received_at,
            words.get(version.function, version.function),
            notes=[
                gettext("Items: %(items)s") % {"items": ", ".join(map(str, version.items))},
                *(
                    f"{gettext(DECLARATIONS.field(name).label)}: {shown(before)} → {shown(after)}"
                    for name, before, after in version.changed
                ),
            ],
        )
        for version in found.versions
    ]


def _selections(found: Declaration) -> list[Happened]:
    return [
        Happened(
            row["selected_at"],
            gettext("Lane %(lane)s") % {"lane": cells.LANE_WORDS.get(row["lane"], row["lane"])},
            who=chosen_by(row["selected_by"]),
            tone=row["lane"] if row["lane"] in cells.LANE_WORDS else "",
        )
        for row in found.selected.iter_rows(named=True)
        if row["selected_at"]
    ]


def _overrides(overrides: list[Override]) -> list[Happened]:
    told = []
    for one in overrides:
        lane = cells.LANE_WORDS.get(one.lane, one.lane)
        told.append(
            Happened(
                one.proposed_at, gettext("Proposed: lane %(lane)s") % {"lane": lane},
                who=str(one.proposed_by), notes=[one.reason],
            )
        )  # fmt: skip
        if one.decided_at:
            told.append(
                Happened(
                    one.decided_at, gettext("Proposal %(state)s") % {"state": one.get_state_display()},
                    who=str(one.decided_by), notes=[one.remark] if one.remark else [],
                )
            )  # fmt: skip
    return told


def _results(found: Declaration) -> list[Happened]:
    return [
        Happened(
            datetime.combine(row["known_on"], time(), UTC),
            gettext("Found: %(area)s") % {"area": row["risk_area"] or gettext("non-compliance")}
            if row["found"]
            else gettext("Nothing found"),
            who=row["control_type"] or "",
            tone="bad" if row["found"] else "good",
            notes=[
                gettext("Item %(item)s") % {"item": row["item_no"]} if row["item_no"] else "",
                formats.money(row["revenue"], row["currency"] or "") if row["revenue"] else "",
            ],
        )
        for row in found.outcomes.iter_rows(named=True)
        if row["known_on"]
    ]
