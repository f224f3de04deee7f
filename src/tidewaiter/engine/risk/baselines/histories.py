"""What is kept about traders, places, codes and combinations of them."""

from __future__ import annotations

from dataclasses import dataclass

from tidewaiter.engine.risk.baselines.keys import Key


@dataclass(frozen=True, slots=True)
class History:
    """Everything seen of one trader, place, code, or combination of them.

    traffic: keep counts and values of all declared items, over all time and over `windows` (days).
    outcomes: keep results of controls, all and recent.
    changing: keep the hit rate that holds today, too (see `changing`).
    means: record figures whose mean is kept (in thousandths, so that sums are exact).
    logs: figures (keys.FIGURES, or value) whose mean and spread are kept on the log scale.
    days: what is older is forgotten; 0 keeps everything.
    last: keep the last day seen, too.
    optional: parts of the key that may be missing; without the others there is no key.
    asked: columns of the row that are looked up instead of `columns`: what went the other way.
    """

    name: str
    columns: tuple[str, ...]
    label: str
    traffic: bool = True
    outcomes: bool = True
    changing: bool = False
    windows: tuple[int, ...] = ()
    means: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    days: int = 0
    last: bool = False
    optional: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """Of the rows it is built from."""
        return Key(self.name, self.columns, self.optional)

    @property
    def asks(self) -> Key:
        """Of the rows it is looked up for."""
        return Key(self.name, self.asked or self.columns, self.optional)


_TRADER_WINDOWS = (30, 90)
_FLOW = ("flow", "own_party", "heading", "partner_country")
_AGAINST = ("opposite", *_FLOW[1:])
_SIGNATURE = ("commodity", "dispatch_country", "origin", "duty_rate", "tax_type")

HISTORIES: tuple[History, ...] = (
    History(
        "importer", ("importer",), "importer", changing=True, windows=_TRADER_WINDOWS, last=True,
        means=("round_price", "under_threshold"), logs=("value",),
    ),
    History("declarant", ("declarant",), "declarant", changing=True, windows=_TRADER_WINDOWS),
    History("supplier", ("supplier",), "seller or exporter", changing=True, windows=_TRADER_WINDOWS),
    History("carrier", ("carrier",), "carrier"),
    History("office", ("office",), "customs office", changing=True),
    History("origin", ("origin",), "origin", changing=True),
    History("dispatch", ("dispatch_country",), "country of dispatch"),
    History("chapter", ("chapter",), "HS chapter", changing=True),
    History("heading", ("heading",), "HS heading", changing=True, means=("duty_rate", "has_documents")),
    History("commodity", ("commodity",), "commodity code", changing=True, means=("duty_rate", "has_documents"), logs=("gross_net_ratio",)),
    History("procedure", ("procedure",), "procedure", means=("has_previous",)),
    History("import_type", ("import_type",), "import type", traffic=False),
    History("import_use", ("import_use",), "use of the goods", traffic=False),
    History("payment", ("payment_method",), "payment method", traffic=False),
    History("transport", ("transport_mode",), "mode of transport", traffic=False),
    History("tax", ("tax_type",), "tax type", traffic=False),
    History("marking", ("origin_indicator",), "origin marking", traffic=False),
    History("importer_heading", ("importer", "heading"), "importer with this heading", windows=(30,)),
    History("importer_supplier", ("importer", "supplier"), "importer with this seller"),
    History("importer_origin", ("importer", "origin"), "importer with this origin", windows=(30,)),
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
    History("importer_chapter", ("importer", "chapter"), "importer with this chapter", outcomes=False),
    History("importer_office", ("importer", "office"), "importer at this office", outcomes=False),
    History("importer_procedure", ("importer", "procedure"), "importer with this procedure", outcomes=False),
    History("importer_relief", ("importer", "additional_procedure"), "importer with this relief", outcomes=False),
    History("supplier_origin", ("supplier", "origin"), "seller with this origin", outcomes=False),
    History("supplier_dispatch", ("supplier", "dispatch_country"), "seller from this country", outcomes=False),
    History("origin_money", ("origin", "invoice_currency"), "currency of invoices for this origin", outcomes=False),
    History("commodity_unit", ("commodity", "quantity_unit"), "commodity in this unit", outcomes=False),
    History("commodity_relief", ("commodity", "additional_procedure"), "commodity with this relief", outcomes=False),
    History("commodity_preference", ("commodity", "origin", "preference"), "commodity with this preference", outcomes=False),
    History("heading_mode", ("heading", "transport_mode"), "heading by this mode of transport", outcomes=False),
    History("heading_procedure", ("heading", "procedure"), "heading under this procedure", outcomes=False),
    History(
        "importer_commodity", ("importer", "commodity", "currency"), "importer's own price",
        outcomes=False, logs=("value_per_kg",),
    ),
    History(
        "supplier_commodity", ("supplier", "commodity", "currency"), "seller's price",
        outcomes=False, logs=("value_per_kg",),
    ),
    History(
        "exchange", ("invoice_currency", "currency", "incoterm"), "customs value over invoice value",
        outcomes=False, logs=("invoice_factor",), days=180, optional=("incoterm",),
    ),
    History(
        "packing", ("commodity", "package_kind"), "commodity in such packages",
        outcomes=False, logs=("mass_per_package",),
    ),
    History("counterflow", _FLOW, "the same goods the other way", outcomes=False, asked=_AGAINST,
            logs=("value_per_kg",)),
    History("counterparty", (*_FLOW, "foreign_party"), "the same goods back to the same party",
            outcomes=False, asked=(*_AGAINST, "foreign_party")),
    History("direction", ("flow",), "traffic the other way", outcomes=False, asked=("opposite",)),
)  # fmt: skip
