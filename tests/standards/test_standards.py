"""Codes that others define."""

from __future__ import annotations

import pytest

from tidewaiter.engine.standards import countries, currencies, hs


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("DE", "DE"),
        (" de ", "DE"),
        ("DEU", "DE"),
        ("276", "DE"),
        ("36", "AU"),
        ("Deutschland", "DE"),
        ("Viet Nam", "VN"),
        ("中国", "CN"),
        ("UK", "GB"),
        ("XK", "XK"),
        ("ZZ", "ZZ"),
        ("EU", "EU"),
        ("UN", None),
        ("Q1", None),
        ("SUN", None),
        ("", None),
        ("999", None),
    ],
)
def test_countries(written: str, meant: str | None) -> None:
    assert countries.country(written) == meant


def test_the_countries_are_those_of_iso_3166() -> None:
    assert len(countries.codes()) >= 249 + 41
    assert {"SS", "BQ", "CW", "AX"} <= countries.codes()


@pytest.mark.parametrize(
    ("written", "meant"),
    [("EUR", "EUR"), ("krw ", "KRW"), ("EURO", None), ("€", None), ("DEM", "DEM")],
)
def test_currencies(written: str, meant: str | None) -> None:
    assert currencies.currency(written) == meant


def test_commodity_codes() -> None:
    assert hs.clean("0901.21 00-00") == "0901210000"
    assert hs.restore_zero("901210000") == "0901210000"
    assert hs.valid("0901")
    assert not any(map(hs.valid, ("090", "00010203", "0901210000000", "ABCD", "")))
