"""What baselines are kept about: the peers of a price, and the histories of traders and routes."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tidewaiter.engine.records.lake import SEPARATOR, hash64

NO_KEY = 0  # where a part of the key is missing; a hash that is 0 by chance counts as missing, too
HS6 = pl.coalesce(pl.col("hs6"), pl.col("hs").str.slice(0, 6))
_INVOICED = pl.when(pl.col("invoice_currency") == pl.col("currency")).then(pl.col("invoice_value"))
VALUE = pl.coalesce("customs_value", "statistical_value", _INVOICED)
MASS = pl.coalesce("net_mass", "gross_mass")
GRAMS = (MASS * 1000).round().cast(pl.Int64, strict=False)


def positive(expression: pl.Expr) -> pl.Expr:
    """The figure where it is a finite number above zero, else missing."""
    return pl.when(expression.is_finite() & (expression > 0)).then(expression)


DERIVED: dict[str, pl.Expr] = {
    "chapter": HS6.str.slice(0, 2),
    "heading": HS6.str.slice(0, 4),
    "subheading": HS6,
    "commodity": pl.coalesce("hs", "hs6"),
    "supplier": pl.coalesce("seller", "exporter"),
    "value": VALUE,
    "grams": GRAMS,
}
"""Columns that keys and facts are made of, beside those declared."""


@dataclass(frozen=True, slots=True)
class Key:
    """What rows are put together by; without a part that is not optional there is no key."""

    name: str
    columns: tuple[str, ...]
    optional: tuple[str, ...] = ()

    def text(self) -> pl.Expr:
        """The parts, which are columns of text, in one text; missing where there is no key."""
        return self._joined([pl.col(c) for c in self.columns])

    def number(self) -> pl.Expr:
        """64-bit hash of the text of columns of any kind, NO_KEY where there is none."""
        return hash64(self._joined([pl.col(c).cast(pl.String) for c in self.columns])).fill_null(
            NO_KEY
        )

    def _joined(self, parts: list[pl.Expr]) -> pl.Expr:
        filled = [
            part.fill_null("") if c in self.optional else part
            for c, part in zip(self.columns, parts, strict=True)
        ]
        return pl.concat_str(filled, separator=SEPARATOR).alias(self.name)


@dataclass(frozen=True, slots=True)
class History:
    """Everything seen of one trader, place, code, or combination of them.

    traffic: keep counts and values of all declared items, over all time and over `windows` (days).
    outcomes: keep results of controls, all and recent.
    means: record figures whose mean is kept (in thousandths, so that sums are exact).
    optional: parts of the key that may be missing; without the others there is no key.
    """

    name: str
    columns: tuple[str, ...]
    label: str
    traffic: bool = True
    outcomes: bool = True
    windows: tuple[int, ...] = ()
    means: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        return Key(self.name, self.columns, self.optional)


@dataclass(frozen=True, slots=True)
class Peers:
    """A price or mass compared with that of like goods; `levels` from the closest to the widest."""

    name: str
    figure: pl.Expr
    levels: tuple[tuple[str, ...], ...]
    label: str
    unit: str

    @property
    def keys(self) -> tuple[Key, ...]:
        """One of each level."""
        return tuple(
            Key(f"{self.name}_{level}", columns) for level, columns in enumerate(self.levels)
        )


_TRADER_WINDOWS = (30, 90)
_SIGNATURE = ("commodity", "dispatch_country", "origin", "duty_rate", "tax_type")

HISTORIES: tuple[History, ...] = (
    History("importer", ("importer",), "importer", windows=_TRADER_WINDOWS),
    History("declarant", ("declarant",), "declarant", windows=_TRADER_WINDOWS),
    History("supplier", ("supplier",), "seller or exporter", windows=_TRADER_WINDOWS),
    History("carrier", ("carrier",), "carrier"),
    History("office", ("office",), "customs office"),
    History("origin", ("origin",), "origin"),
    History("dispatch", ("dispatch_country",), "country of dispatch"),
    History("chapter", ("chapter",), "HS chapter"),
    History("heading", ("heading",), "HS heading", means=("duty_rate", "has_documents")),
    History("commodity", ("commodity",), "commodity code", means=("duty_rate", "has_documents")),
    History("procedure", ("procedure",), "procedure"),
    History("import_type", ("import_type",), "import type", traffic=False),
    History("import_use", ("import_use",), "use of the goods", traffic=False),
    History("payment", ("payment_method",), "payment method", traffic=False),
    History("transport", ("transport_mode",), "mode of transport", traffic=False),
    History("tax", ("tax_type",), "tax type", traffic=False),
    History("marking", ("origin_indicator",), "origin marking", traffic=False),
    History("importer_heading", ("importer", "heading"), "importer with this heading"),
    History("importer_supplier", ("importer", "supplier"), "importer with this seller"),
    History("importer_origin", ("importer", "origin"), "importer with this origin"),
    History("importer_declarant", ("importer", "declarant"), "importer with this declarant"),
    History("supplier_heading", ("supplier", "heading"), "seller with this heading", traffic=False),
    History("declarant_chapter", ("declarant", "chapter"), "declarant with this chapter", traffic=False),
    History("declarant_origin", ("declarant", "origin"), "declarant with this origin", traffic=False),
    History("office_chapter", ("office", "chapter"), "chapter at this office", traffic=False),
    History("office_origin", ("office", "origin"), "origin at this office"),
    History("chapter_origin", ("chapter", "origin"), "chapter from this origin"),
    History("commodity_origin", ("commodity", "origin"), "commodity from this origin", means=("duty_rate",)),
    History("commodity_route", ("commodity", "origin", "dispatch_country"), "commodity on this route"),
    History("commodity_rate", ("commodity", "origin", "duty_rate"), "commodity at this rate", outcomes=False),
    History("origin_preference", ("importer", "origin", "preference"), "preference for this origin", outcomes=False),
    History("route", ("dispatch_country", "transport_mode", "office"), "route to this office"),
    History(
        "scheme", ("chapter", "origin", "office"), "chapter and origin at this office", traffic=False
    ),
    History(
        "pattern", _SIGNATURE, "goods, route and rate", traffic=False,
        optional=("dispatch_country", "duty_rate", "tax_type"),
    ),
    History(
        "twin", (*_SIGNATURE, "grams"), "identical goods, route, rate and mass", traffic=False,
        optional=("dispatch_country", "duty_rate", "tax_type"),
    ),
    History(
        "split", ("importer", "supplier", "heading"), "importer, seller and heading",
        outcomes=False, windows=(7,), optional=("supplier",),
    ),
)  # fmt: skip

_VALUE_LEVELS = (
    ("commodity", "origin", "currency"),
    ("subheading", "currency"),
    ("heading", "currency"),
)

PEERS: tuple[Peers, ...] = (
    Peers(
        "value_per_kg", positive(VALUE) / positive(MASS), _VALUE_LEVELS,
        "Value per kilogram", "kg",
    ),
    Peers(
        "value_per_unit", positive(VALUE) / positive(pl.col("quantity")),
        tuple((*level, "unit") for level in _VALUE_LEVELS), "Value per unit of quantity", "unit",
    ),
    Peers(
        "mass_per_unit", positive(MASS) / positive(pl.col("quantity")),
        (("commodity", "origin", "unit"), ("subheading", "unit"), ("heading", "unit")),
        "Mass per unit of quantity", "kg",
    ),
)  # fmt: skip

KEY_COLUMNS: dict[str, pl.Expr] = {
    **DERIVED,
    "unit": pl.col("quantity_unit").fill_null(""),
    "has_documents": (pl.col("documents").list.len() > 0).fill_null(value=False).cast(pl.Float64),
}


def with_keys(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Add the columns that keys are made of."""
    return frame.with_columns(expr.alias(name) for name, expr in KEY_COLUMNS.items())
