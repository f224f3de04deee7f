"""A month of made-up traffic and mixed sets of profiles over it, for the profile benchmarks.

The mix: heading, list of origins and peer ratio 30 %; several prefixes with OR 15 %; watch lists
10 %; preference and origin 10 %; ratios with NOT 10 %; dates 10 %; distance from peers 10 %;
office and declarant with NOT 5 %. Facts are missing on 3 to 93 % of the records.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from tidewaiter.engine.risk.language import Column, Schema
from tidewaiter.engine.risk.lists import NamedLists
from tidewaiter.engine.risk.profiles import Profile

_TEXTS = (
    "hs origin dispatch_country destination_country importer exporter declarant carrier office procedure "
    "transport_mode incoterm preference package_kind currency"
)
_NUMBERS = (
    "duty_rate quantity net_mass gross_mass packages peer_count peer_spread importer_items_30d "
    "importer_hit_rate screening_score"
)
_MONEY = "invoice_value customs_value duty unit_value peer_unit_value_median"

SCHEMA = Schema(
    [
        *(Column(name, "hs" if name == "hs" else "code") for name in _TEXTS.split()),
        *(Column(name, "number") for name in _NUMBERS.split()),
        *(Column(name, "money", currency="currency") for name in _MONEY.split()),
        Column("declaration_date", "date"),
        Column("importer_seen_before", "flag"),
    ]
)
MISSING = {
    "exporter": 0.05, "preference": 0.6, "quantity": 0.2, "net_mass": 0.03, "gross_mass": 0.03,
    "screening_score": 0.93, "unit_value": 0.05, "peer_unit_value_median": 0.1, "peer_spread": 0.1,
    "peer_count": 0.1, "importer_hit_rate": 0.4, "carrier": 0.15, "duty_rate": 0.04,
}  # fmt: skip


def _vocabularies(rng: np.random.Generator) -> dict[str, np.ndarray]:
    chapters = rng.integers(1, 98, 10_500)
    hs = np.unique([f"{c:02d}{rng.integers(0, 100_000_000):08d}" for c in chapters])

    def made(prefix: str, n: int) -> np.ndarray:
        return np.array([f"{prefix}{i:06d}" for i in range(n)])

    countries = np.array([a + b for a in "ABCDEFGHIJK" for b in "ABCDEFGHIJKLMNOPQRST"])
    return {
        "hs": hs, "origin": countries, "dispatch_country": countries, "importer": made("I", 60_000),
        "destination_country": countries[:3], "exporter": made("X", 40_000), "declarant": made("D", 500),
        "carrier": made("C", 200), "office": made("O", 40), "procedure": np.array(["4000", "4200", "4071", "5100"]),
        "transport_mode": np.array(list("12345")), "incoterm": np.array(["CIF", "FOB", "EXW", "DAP"]),
        "preference": np.array(["100", "200", "300", "400"]), "package_kind": made("P", 30),
        "currency": np.array(["EUR"]),
    }  # fmt: skip


def traffic(rows: int, seed: int = 1) -> pl.DataFrame:
    """`rows` goods items of one month, 32 columns."""
    rng = np.random.default_rng(seed)
    columns: dict[str, pl.Series] = {}
    for name, words in _vocabularies(np.random.default_rng(0)).items():
        # Few codes and traders carry most of the traffic.
        places = (len(words) * rng.random(rows) ** 2).astype(np.int64)
        columns[name] = pl.Series(words).gather(places)
    for name in (*_NUMBERS.split(), *_MONEY.split()):
        columns[name] = pl.Series(np.round(rng.lognormal(3, 1.5, rows), 2))
    for name in ("importer_hit_rate", "screening_score"):
        columns[name] = pl.Series(np.round(rng.random(rows), 4))
    columns["duty_rate"] = pl.Series(rng.choice([0.0, 4.0, 8.0, 12.0], rows))
    columns["packages"] = pl.Series(rng.integers(0, 500, rows).astype(np.float64))
    columns["gross_mass"] = columns["net_mass"] * pl.Series(1 + rng.random(rows))
    days = rng.integers(0, 30, rows)
    columns["declaration_date"] = pl.Series(np.datetime64("2026-09-01") + days).cast(pl.Date)
    columns["importer_seen_before"] = pl.Series(rng.random(rows) > 0.08)
    frame = pl.DataFrame({name: columns[name] for name in SCHEMA})
    masks = {name: pl.Series(rng.random(rows) < share) for name, share in MISSING.items()}
    return frame.with_columns(
        pl.when(masks[name]).then(None).otherwise(pl.col(name)).alias(name) for name in MISSING
    )


def lists(seed: int = 2) -> NamedLists:
    rng = np.random.default_rng(seed)
    words = _vocabularies(np.random.default_rng(0))
    sizes = {"importer": (6, 200), "exporter": (6, 100), "origin": (8, 12)}
    return NamedLists(
        {
            f"{field}_{n}": rng.choice(words[field], size, replace=False).tolist()
            for field, (many, size) in sizes.items()
            for n in range(many)
        }
    )


def profiles(count: int, seed: int = 3) -> list[Profile]:
    """`count` mixed profiles."""
    rng = np.random.default_rng(seed)
    words = _vocabularies(np.random.default_rng(0))
    kinds = rng.permutation(np.resize(_MIX, count))
    return [
        Profile(f"P{n:04d}", f"Profile {n}", _text(int(kind), rng, words))
        for n, kind in enumerate(kinds)
    ]


_MIX = np.repeat(np.arange(8), [6, 3, 2, 2, 2, 2, 2, 1])


def _text(kind: int, rng: np.random.Generator, words: dict[str, np.ndarray]) -> str:  # noqa: PLR0911  one a kind
    def one(field: str) -> str:
        return str(rng.choice(words[field]))

    heading, share, top = (
        one("hs")[:4],
        round(float(rng.uniform(0.2, 0.8)), 2),
        int(rng.integers(20, 300)),
    )
    start = date(2026, 9, int(rng.integers(1, 28)))
    match kind:
        case 0:
            return (
                f"hs LIKE '{heading}%' AND origin IN LIST('origin_{rng.integers(8)}') "
                f"AND unit_value < {share} * peer_unit_value_median AND peer_count >= 10"
            )
        case 1:
            return (
                f"(hs LIKE '{heading}%' OR hs LIKE '{one('hs')[:6]}%' OR hs LIKE '{one('hs')[:2]}%') "
                f"AND (net_mass > {10 * top} OR packages > {top})"
            )
        case 2:
            field = str(rng.choice(["importer", "exporter"]))
            return f"{field} IN LIST('{field}_{rng.integers(6)}') AND customs_value > {top}"
        case 3:
            return f"preference = '{one('preference')}' AND origin = '{one('origin')}' AND dispatch_country <> origin"
        case 4:
            return (
                f"NOT (gross_mass / net_mass < {1 + share}) AND hs LIKE '{heading[:2]}%' "
                f"AND NOT importer_seen_before"
            )
        case 5:
            return (
                f"declaration_date BETWEEN DATE '{start}' AND DATE '2026-09-28' "
                f"AND importer = '{one('importer')}' AND invoice_value > {top}"
            )
        case 6:
            return (
                f"(peer_unit_value_median - unit_value) / peer_spread > {top} AND peer_count > 15 "
                f"AND hs LIKE '{heading}%'"
                if rng.random() < 0.6
                else f"(peer_unit_value_median - unit_value) / peer_spread > {20 * top} AND screening_score > {share}"
            )
        case _:
            return (
                f"office = '{one('office')}' AND declarant NOT IN ('{one('declarant')}', '{one('declarant')}') "
                f"AND importer_items_30d > {10 * top}"
            )
