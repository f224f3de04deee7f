"""Declared items as a frame in canonical names: what a broker would send."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.engine.simulate.countries import HUBS, ORIGINS, RATES, invoice_currency
from tidewaiter.engine.simulate.goods import PACKAGE_CODES, UNIT_CODES
from tidewaiter.engine.simulate.schemes import MISCLASSIFICATION
from tidewaiter.engine.simulate.settings import OWN_COUNTRY
from tidewaiter.engine.simulate.world import AIR, POST, ROAD, SEA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

    from tidewaiter.engine.simulate.fraud import Declared
    from tidewaiter.engine.simulate.goods import Ints
    from tidewaiter.engine.simulate.trade import Headers, Items
    from tidewaiter.engine.simulate.world import World

INCOTERMS = ("FOB", "CIF", "EXW", "DAP")
FREIGHT = np.array([0.06, 0.0, 0.09, 0.0])  # part of the customs value that the invoice lacks
OWNERS = ("TWLU", "GRNU", "NMRU", "HLBU", "SQYU", "VDKU")  # invented container owners
PLACES = tuple(f"{OWN_COUNTRY}{name}" for name in ("HBR", "NMR", "AIR", "GAT"))
MEANS = 200
COPIED = 7  # of ten misclassified items, whose description is that of the invoice


def papers(
    rng: Generator, place: World, head: Headers, said: Declared, true: Items
) -> pl.DataFrame:
    """One row a goods item, the columns of DECLARATIONS that a broker fills."""
    of_header = pl.Series("row", said.items.header.astype(np.uint32))
    front = _front(rng, place, head).select(pl.all().gather(of_header))
    frame = pl.concat([front, _goods(rng, place, said, true)], how="horizontal")
    order = [name for name in DECLARATIONS.incoming if name in frame.columns]
    return frame.select(pl.col(name).cast(DECLARATIONS.incoming[name]) for name in order)


def _pick(values: Sequence[str | None], index: Ints) -> pl.Series:
    return pl.Series(values, dtype=pl.String).gather(index.astype(np.uint32))


def _front(rng: Generator, place: World, head: Headers) -> pl.DataFrame:
    """The headers: one row a declaration."""
    people, count = place.importers, len(head.number)
    seller = place.lines.seller[head.line]
    origin = place.seller_origin[seller]
    mode = place.mode[seller]
    by_hub = rng.random(count) < 0.06
    hub = np.array([ORIGINS.index(code) for code in HUBS])[place.hub[seller]]
    dispatch = np.where(by_hub, hub, origin)
    carrier = (seller * 7 + mode) % MEANS
    days = pl.lit(place.setting.start) + pl.duration(days=pl.col("day"))
    return (
        pl.DataFrame(
            {
                "number": head.number,
                "day": head.day,
                "functional": rng.integers(10**8, 10**9, count),
                "office": _pick(place.offices, head.office),
                "transport_mode": mode,
                "transport_means_id": _pick(
                    _means(), mode * MEANS + rng.integers(0, 12, count) + carrier % 180
                ),
                "transport_nationality": _pick(ORIGINS, (carrier * 13) % len(ORIGINS)),
                "containers": _containers(rng, mode),
                "dispatch_country": _pick(ORIGINS, dispatch),
                "loading_place": _pick(place.places, dispatch),
                "unloading_place": _pick(
                    PLACES, np.searchsorted([SEA, ROAD, AIR], mode) % len(PLACES)
                ),
                "goods_location": _pick(
                    [f"WH{n:03d}" for n in range(400)], head.office * 10 + carrier % 10
                ),
                "importer": _pick(people.code, head.importer),
                "importer_name": _pick(people.name, head.importer),
                "exporter": _pick([f"S{n:06d}" for n in range(len(place.sellers))], seller),
                "exporter_name": _pick(place.sellers, seller),
                "exporter_country": _pick(ORIGINS, origin),
                "declarant": _pick([f"AG{n:05d}" for n in range(len(place.brokers))], head.broker),
                "declarant_name": _pick(place.brokers, head.broker),
                "carrier": _pick([f"CR{n:03d}" for n in range(MEANS)], carrier),
            }
        )
        .with_columns(
            declaration_id=pl.format(
                "{}{}{}",
                days.dt.strftime("%y"),
                pl.lit(OWN_COUNTRY),
                pl.col("number").cast(pl.String).str.zfill(10),
            ),
            declaration_date=days,
            functional_reference_id=pl.format("R{}", "functional"),
            type_code=pl.lit("IMA"),
            direction=pl.lit("import"),
            procedure=pl.lit("4000"),
            transaction_nature=pl.lit("11"),
            payment_method=pl.lit("E"),
            destination_country=pl.lit(OWN_COUNTRY),
            importer_country=pl.lit(OWN_COUNTRY),
            previous_documents=pl.concat_list(pl.format("N337 {}", pl.col("functional") * 3)),
        )
        .drop("number", "day", "functional")
    )


@lru_cache(maxsize=1)
def _means() -> list[str]:
    """Invented ships, lorries, flights and parcel lots, by mode of transport."""
    forms = {SEA: "MV{:04d}", ROAD: "XT-{:03d}-T", AIR: "TW{:03d}", POST: "LOT{:04d}"}
    return [forms.get(mode, "{}").format(n) for mode in range(6) for n in range(MEANS)]


def _containers(rng: Generator, mode: Ints) -> pl.Series:
    """Container numbers with the check digit of ISO 6346 for what comes by sea."""
    owner, serial = rng.integers(0, len(OWNERS), len(mode)), rng.integers(0, 10**6, len(mode))
    total = np.array([_letters(name) for name in OWNERS])[owner]
    for place in range(6):
        total = total + serial // 10 ** (5 - place) % 10 * 2 ** (4 + place)
    frame = pl.DataFrame({"o": _pick(OWNERS, owner), "s": serial, "c": total % 11 % 10, "m": mode})
    number = pl.format("{}{}{}", "o", pl.col("s").cast(pl.String).str.zfill(6), "c")
    return frame.select(pl.when(pl.col("m") == SEA).then(number)).to_series()


def _letters(owner: str) -> int:
    """ISO 6346: letters count 10 to 38 without multiples of 11, weighted by powers of two."""
    values = [number for number in range(10, 39) if number % 11]
    return sum(values[ord(letter) - ord("A")] * 2**place for place, letter in enumerate(owner))


def _descriptions(place: World, said: Declared, true: Items) -> pl.Series:
    """The goods in the trader's words, often those of the invoice: of the code declared or, in most
    misclassified items, still of what the goods really are."""
    number = place.setting.seed + true.line * 31 + true.item_no
    copied = (said.typology == MISCLASSIFICATION) & (number % 10 < COPIED)
    commodity = np.where(copied, true.commodity, said.items.commodity)
    return _pick(place.goods.description, commodity)


def _goods(rng: Generator, place: World, said: Declared, true: Items) -> pl.DataFrame:
    """What each item says about itself."""
    stuff, items, count = place.goods, said.items, len(said.items.header)
    own = place.setting.currency
    # the supplier invoices in the money of where the goods truly come from
    currencies = [invoice_currency(code, own) for code in ORIGINS]
    rates = np.array([1.0 if code == own else RATES.get(code, 1.0) for code in currencies])
    term = items.line % len(INCOTERMS)
    invoiced = items.value * (1 - FREIGHT[term]) / rates[true.origin]
    hs6 = _pick(stuff.hs6, items.commodity)
    invoice = rng.integers(10**6, 10**7, count)
    return (
        pl.DataFrame(
            {
                "item_no": items.item_no,
                "incoterm": _pick(INCOTERMS, term),
                "hs6": hs6,
                "hs": hs6 + "00",
                "description": _descriptions(place, said, true),
                "origin": _pick(ORIGINS, items.origin),
                "preference": _pick(["100", "300"], said.preference.astype(np.int64)),
                "additional_procedure": _pick([None, "C07"], said.relief.astype(np.int64)),
                "duty_rate": said.rate,
                "quantity": items.quantity.round(3),
                "quantity_unit": _pick(UNIT_CODES, stuff.unit[items.commodity]),
                "net_mass": items.net.round(3),
                "gross_mass": items.gross.round(3),
                "packages": np.maximum(items.packages, 1.0),
                "package_kind": _pick(PACKAGE_CODES, stuff.package[items.commodity]),
                "invoice_value": invoiced.round(2),
                "invoice_currency": _pick(currencies, true.origin),
                "customs_value": items.value,
                "statistical_value": items.value,
                "duty": said.duty,
                "taxes": said.taxes,
                "invoice": invoice,
                "certified": said.preference,
            }
        )
        .with_columns(
            hs_version=pl.lit("2022"),
            valuation_method=pl.lit("1"),
            currency=pl.lit(own),
            documents=pl.when("certified")
            .then(
                pl.concat_list(
                    pl.format("N380 {}", "invoice"), pl.format("N954 {}", pl.col("invoice") + 17)
                )
            )
            .otherwise(pl.concat_list(pl.format("N380 {}", "invoice"))),
        )
        .drop("invoice", "certified")
    )
