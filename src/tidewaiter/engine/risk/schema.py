"""Every name that can be used in a profile for declarations: record columns and facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.engine.risk.baselines import HISTORIES, PEERS, History
from tidewaiter.engine.risk.indicators import BY_CODE, CATALOGUE
from tidewaiter.engine.risk.language.schema import Column, Kind, Schema

if TYPE_CHECKING:
    from collections.abc import Iterator

_KINDS: dict[str, Kind] = {
    "text": "text", "code": "code", "integer": "number", "number": "number", "money": "money",
    "flag": "flag", "date": "date",
}  # fmt: skip
_HS = {"hs", "hs6"}
_MEANS = {
    "duty_rate": ("mean duty rate", "%"),
    "has_documents": ("share with documents", ""),
    "has_previous": ("share with previous documents", ""),
    "round_price": ("share of round amounts", ""),
    "under_threshold": ("share of values just under a threshold", ""),
}
_USUAL: dict[str, tuple[str, Kind]] = {
    "value": ("usual value", "money"),
    "value_per_kg": ("usual value per kilogram", "money"),
    "gross_net_ratio": ("usual gross over net mass", "number"),
    "mass_per_package": ("usual mass per package", "number"),
    "invoice_factor": ("usual customs value over invoice value", "number"),
}


def _records() -> Iterator[Column]:
    for field in DECLARATIONS.fields:
        if field.kind in _KINDS and field.name != "extra":
            kind: Kind = "hs" if field.name in _HS else _KINDS[field.kind]
            digits = 6 if field.name == "hs6" else 0
            yield Column(
                field.name,
                kind,
                field.label,
                field.unit,
                field.currency,
                group="record",
                digits=digits,
            )


def _derived() -> Iterator[Column]:
    yield Column("chapter", "hs", "HS chapter", group="record", digits=2)
    yield Column("heading", "hs", "HS heading of four digits", group="record", digits=4)
    yield Column("commodity", "hs", "Commodity code as declared", group="record")
    yield Column(
        "supplier", "code", "Seller, or exporter where no seller is declared", group="record"
    )
    yield Column(
        "description_other_heading",
        "hs",
        "Likeliest other heading of the description",
        group="classification",
        digits=4,
    )
    yield Column(
        "description_other_fit",
        "number",
        "Probability of that other heading",
        "%",
        group="classification",
    )
    yield Column("value", "money", "Value used for comparison", currency="currency", group="value")


def _indicators() -> Iterator[Column]:
    for i in CATALOGUE:
        yield Column(i.code, i.kind, i.label, i.unit, i.currency, group=i.group)


def _peers() -> Iterator[Column]:
    for p in PEERS:
        median: Kind = "money" if p.name.startswith("value") else "number"
        currency = "currency" if median == "money" else ""
        yield Column(
            f"{p.name}_peer_median",
            median,
            f"{p.label}: peers' median",
            p.unit,
            currency,
            group="peers",
        )
        yield Column(f"{p.name}_peers", "number", f"{p.label}: number of peers", group="peers")
        yield Column(
            f"{p.name}_percentile", "number", f"{p.label}: percentile among peers", group="peers"
        )


def _histories() -> Iterator[Column]:
    for h in HISTORIES:
        columns = [*(_traffic(h) if h.traffic else ()), *(_results(h) if h.outcomes else ())]
        yield from (column for column in columns if column.name not in BY_CODE)


def _traffic(h: History) -> Iterator[Column]:
    def column(suffix: str, kind: Kind, label: str, unit: str = "") -> Column:
        currency = "currency" if kind == "money" else ""
        return Column(f"{h.name}_{suffix}", kind, label, unit, currency, group="history")

    yield column("items", "number", f"Items seen: {h.label}")
    yield column("first_seen", "date", f"First seen: {h.label}")
    for days in h.windows:
        yield column(f"items_{days}d", "number", f"Items: {h.label}, {days} days")
        yield column(f"value_{days}d", "money", f"Value: {h.label}, {days} days")
    for mean in h.means:
        words, unit = _MEANS[mean]
        yield column(f"{mean}_mean", "number", f"{h.label}: {words}", unit)
    for figure in h.logs:
        words, kind = _USUAL[figure]
        yield column(f"{figure}_usual", kind, f"{h.label}: {words}")
    if h.last:
        yield column("last_seen", "date", f"Last seen: {h.label}")


def _results(h: History) -> Iterator[Column]:
    for suffix, label in (
        ("controls", "Controls"),
        ("finds", "Finds"),
        ("hit_rate", "Smoothed hit rate"),
        ("recent_hit_rate", "Recent hit rate"),
    ):
        yield Column(f"{h.name}_{suffix}", "number", f"{label}: {h.label}", group="history")
    if h.changing:
        label = f"Current hit rate: {h.label}"
        yield Column(f"{h.name}_current_hit_rate", "number", label, group="history")


SCHEMA = Schema([*_records(), *_derived(), *_indicators(), *_peers(), *_histories()])
