"""A past in which every indicator can be raised."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from tests.fixtures import trade
from tidewaiter.engine.records import DECLARATIONS, OUTCOMES
from tidewaiter.engine.risk.baselines import Baselines

AS_OF = date(2024, 5, 1)
TEXTS = {
    "610910": "knitted cotton shirts", "850440": "static converters and power supplies",
    "870899": "brake hoses for motor vehicles", "220421": "red wine in bottles",
}  # fmt: skip
COMMON = {
    "direction": "import", "procedure": "4000", "carrier": "C1", "package_kind": "CT", "incoterm": "CIF",
    "containers": "TWLU1234565", "transport_mode": "1", "importer_country": "XT", "destination_country": "XT",
    "unloading_place": "XTHBR", "valuation_method": "1", "invoice_currency": "USD", "loading_place": "VNHPH",
    "exporter_country": "VN", "importer_name": "Somebody", "seller_name": "Seller", "hs_version": "2022",
}  # fmt: skip
SHIRTS: dict[str, object] = COMMON | {
    "declaration_id": "X", "item_no": 1, "version": 1, "declaration_date": date(2024, 5, 2),
    "importer": "I010", "seller": "S001", "declarant": "B01", "office": "O1", "hs": "610910", "hs6": "610910",
    "origin": "VN", "dispatch_country": "VN", "net_mass": 101.3, "gross_mass": 111.43, "quantity": 304.0,
    "quantity_unit": "NAR", "packages": 10.0, "customs_value": 1234.0, "statistical_value": 1234.0,
    "invoice_value": 1371.0, "currency": "EUR", "duty_rate": 4.0, "duty": 49.36, "taxes": 308.5,
    "description": "knitted cotton shirts", "documents": ["N380 1"], "previous_documents": ["N337 1"],
}  # fmt: skip


def rows(count: int, first: date, **changes: object) -> pl.DataFrame:
    """Alike items, one a day, going round after twenty-eight days; a list gives each its own."""
    names = [name for name, value in changes.items() if isinstance(value, list)]
    made = [
        SHIRTS
        | {"customs_value": 1234.0 + n % 7 * 40, "quantity": 280.0 + n % 9 * 7}
        | changes
        | {
            "declaration_id": f"{changes.get('importer', 'R')}-{changes.get('direction')}-{first}-{n}",
            "declaration_date": first + timedelta(days=n % 28),
        }
        | {name: changes[name][n] for name in names}  # type: ignore[index]
        for n in range(count)
    ]
    return DECLARATIONS.conform(pl.DataFrame(made)).with_columns(
        invoice_value=(pl.col("customs_value") / 0.9).round(2)
    )


def _ordinary() -> pl.DataFrame:
    base = trade.declarations(1_500)
    return DECLARATIONS.conform(
        base.drop(*COMMON)
        .with_columns(pl.lit(value).alias(name) for name, value in COMMON.items())
        .with_columns(
            description=pl.col("hs").replace_strict(TEXTS),
            loading_place=pl.col("dispatch_country") + "AAA",
            exporter_country=pl.col("dispatch_country"),
            invoice_value=(pl.col("customs_value") / 0.9).round(2),
            statistical_value=pl.col("customs_value"),
            packages=(pl.col("net_mass") / 10).ceil(),
            documents=pl.lit(["N380 1"]),
            previous_documents=pl.lit(["N337 1"]),
        )
    )


def _past() -> pl.DataFrame:
    january, april = date(2024, 1, 2), date(2024, 4, 2)
    made_up = [8.1 * 10 ** (1 + n % 5) for n in range(300)]  # invoices of 90, 900, 9,000 and so on
    hoses = {"hs": "870899", "hs6": "870899", "description": TEXTS["870899"]}
    early = {"hs": "850440", "hs6": "850440", "origin": "CN", "description": TEXTS["850440"]}
    return pl.concat(
        [
            _ordinary(),
            rows(300, january, importer="MADE-UP", customs_value=made_up, **hoses),
            rows(60, january, importer="UNDER", customs_value=149.0),
            rows(6, date(2024, 4, 25), importer="SPLIT", customs_value=149.0, declarant="BNEW"),
            rows(60, january, importer="SURGE", customs_value=1.0, **early),
            rows(20, april, importer="SURGE", customs_value=9000.0),
            rows(12, january, importer="BAD", seller="SBAD"),
            rows(6, april, importer="ABROAD", exporter="I010", direction="export", destination_country="VN",
                 buyer="S001", customs_value=2000.0),
        ]
    )  # fmt: skip


DECLARED = _past()
FOUND = OUTCOMES.conform(
    DECLARED.filter(pl.col("importer") == "BAD").select(
        "declaration_id", "item_no", "declaration_date", "office",
        control_ref=pl.lit("C") + pl.col("declaration_id"), known_on=pl.col("declaration_date"),
        found=pl.lit(value=True), severity=pl.lit(1), revenue=pl.lit(10.0), currency=pl.lit("EUR"), version=pl.lit(1),
    )
)  # fmt: skip
KNOWN = pl.concat([trade.outcomes(_ordinary()), FOUND])
BASELINES = Baselines.build(DECLARED.lazy(), KNOWN.lazy(), AS_OF)
