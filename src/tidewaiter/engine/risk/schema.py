"""Every name that can be used in a profile for declarations: record columns and facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.engine.risk.baselines import HISTORIES, PEERS
from tidewaiter.engine.risk.indicators import CATALOGUE
from tidewaiter.engine.risk.language.schema import Column, Kind, Schema

if TYPE_CHECKING:
    from collections.abc import Iterator

_KINDS: dict[str, Kind] = {
    "text": "text", "code": "code", "integer": "number", "number": "number", "money": "money",
    "flag": "flag", "date": "date",
}  # fmt: skip
_HS = {"hs", "hs6"}
_MEANS = {"duty_rate": ("mean duty rate", "%"), "has_documents": ("share with documents", "")}


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
        if h.traffic:
            yield Column(f"{h.name}_items", "number", f"Items seen: {h.label}", group="history")
            yield Column(f"{h.name}_first_seen", "date", f"First seen: {h.label}", group="history")
            for days in h.windows:
                label = f"{h.label}, {days} days"
                yield Column(
                    f"{h.name}_items_{days}d", "number", f"Items: {label}", group="history"
                )
                yield Column(
                    f"{h.name}_value_{days}d",
                    "money",
                    f"Value: {label}",
                    currency="currency",
                    group="history",
                )
            for mean in h.means:
                words, unit = _MEANS[mean]
                yield Column(
                    f"{h.name}_{mean}_mean", "number", f"{h.label}: {words}", unit, group="history"
                )
        if h.outcomes:
            yield Column(f"{h.name}_controls", "number", f"Controls: {h.label}", group="history")
            yield Column(f"{h.name}_finds", "number", f"Finds: {h.label}", group="history")
            yield Column(
                f"{h.name}_hit_rate", "number", f"Smoothed hit rate: {h.label}", group="history"
            )
            yield Column(
                f"{h.name}_recent_hit_rate",
                "number",
                f"Recent hit rate: {h.label}",
                group="history",
            )


SCHEMA = Schema([*_records(), *_derived(), *_indicators(), *_peers(), *_histories()])
