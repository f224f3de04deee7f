"""Where the fields of the canonical stream stand in a WCO Data Model 3 declaration.

Paths are local names relative to the Declaration or to a GovernmentAgencyGoodsItem; the first
path that holds a value is taken. `@name` is an attribute. WCO ids are in `records/streams.py`.
"""

from __future__ import annotations

from typing import Final

SHIPMENT: Final = "GoodsShipment"
ITEM: Final = "GoodsShipment/GovernmentAgencyGoodsItem"

HEADER: Final[dict[str, tuple[str, ...]]] = {
    "declaration_date": (
        "AcceptanceDateTime/DateTimeString",
        "AcceptanceDateTime/DateTime",
        "AcceptanceDateTime",
        "IssueDateTime/DateTimeString",
        "IssueDateTime/DateTime",
        "IssueDateTime",
    ),
    "release_date": ("GoodsReleasedDateTime/DateTimeString", "GoodsReleasedDateTime"),
    "office": (
        "DeclarationOfficeID",
        "PresentationOffice/ID",
        "EntryOffice/ID",
        "SupervisingOffice/ID",
        "ExitOffice/ID",
    ),
    "transport_mode": ("BorderTransportMeans/ModeCode",),
    "transport_means_id": (
        "BorderTransportMeans/ID",
        f"{SHIPMENT}/Consignment/ArrivalTransportMeans/ID",
        f"{SHIPMENT}/Consignment/DepartureTransportMeans/ID",
    ),
    "transport_nationality": ("BorderTransportMeans/RegistrationNationalityCode",),
    "loading_place": (f"{SHIPMENT}/Consignment/LoadingLocation/ID", "LoadingLocation/ID"),
    "unloading_place": (f"{SHIPMENT}/Consignment/UnloadingLocation/ID", "UnloadingLocation/ID"),
    "goods_location": (
        f"{SHIPMENT}/Consignment/GoodsLocation/ID",
        f"{SHIPMENT}/Consignment/GoodsLocation/Name",
    ),
    "incoterm": (f"{SHIPMENT}/TradeTerms/ConditionCode",),
    "declarant": ("Declarant/ID", "Agent/ID", "Submitter/ID"),
    "declarant_name": ("Declarant/Name", "Agent/Name"),
    "carrier": ("Consignment/Carrier/ID", f"{SHIPMENT}/Consignment/Carrier/ID"),
}

# Stated for the whole shipment or for one item: the item's own word counts before the shipment's.
ITEM_OR_HEADER: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "importer": (("Importer/ID",), (f"{SHIPMENT}/Importer/ID",)),
    "importer_name": (
        ("Importer/Name", "Consignee/Name"),
        (f"{SHIPMENT}/Importer/Name", f"{SHIPMENT}/Consignee/Name"),
    ),
    "importer_country": (
        ("Importer/Address/CountryCode", "Consignee/Address/CountryCode"),
        (f"{SHIPMENT}/Importer/Address/CountryCode", f"{SHIPMENT}/Consignee/Address/CountryCode"),
    ),
    "exporter": (("Exporter/ID", "Consignor/ID"), ("Exporter/ID", f"{SHIPMENT}/Exporter/ID")),
    "exporter_name": (
        ("Exporter/Name", "Consignor/Name"),
        ("Exporter/Name", f"{SHIPMENT}/Exporter/Name", f"{SHIPMENT}/Consignor/Name"),
    ),
    "exporter_country": (
        ("Exporter/Address/CountryCode", "Consignor/Address/CountryCode"),
        ("Exporter/Address/CountryCode", f"{SHIPMENT}/Exporter/Address/CountryCode"),
    ),
    "seller": (("Seller/ID",), (f"{SHIPMENT}/Seller/ID",)),
    "seller_name": (("Seller/Name",), (f"{SHIPMENT}/Seller/Name",)),
    "buyer": (("Buyer/ID",), (f"{SHIPMENT}/Buyer/ID",)),
    "buyer_name": (("Buyer/Name",), (f"{SHIPMENT}/Buyer/Name",)),
    "dispatch_country": (("ExportCountry/ID",), (f"{SHIPMENT}/ExportCountry/ID",)),
    "destination_country": (
        ("Destination/CountryCode",),
        (f"{SHIPMENT}/Destination/CountryCode",),
    ),
    "transaction_nature": (("TransactionNatureCode",), (f"{SHIPMENT}/TransactionNatureCode",)),
}

ITEM_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "item_no": ("SequenceNumeric",),
    "description": ("Commodity/Description", "Commodity/CargoDescription"),
    "preference": ("Commodity/DutyTaxFee/DutyRegimeCode",),
    "tax_type": ("Commodity/DutyTaxFee/TypeCode",),
    "duty_rate": ("Commodity/DutyTaxFee/TaxRateNumeric",),
    "payment_method": ("Commodity/DutyTaxFee/Payment/MethodCode",),
    "quantity": ("Commodity/GoodsMeasure/TariffQuantity",),
    "quantity_unit": ("Commodity/GoodsMeasure/TariffQuantity/@unitCode",),
    "invoice_value": ("Commodity/InvoiceLine/ItemChargeAmount",),
    "invoice_currency": ("Commodity/InvoiceLine/ItemChargeAmount/@currencyID",),
    "customs_value": ("CustomsValueAmount",),
    "statistical_value": ("StatisticalValueAmount",),
    "currency": ("CustomsValueAmount/@currencyID", "StatisticalValueAmount/@currencyID"),
    "valuation_method": ("CustomsValuation/MethodCode",),
    "package_kind": ("Packaging/TypeCode",),
}
MASSES: Final = {
    "net_mass": "Commodity/GoodsMeasure/NetNetWeightMeasure",
    "gross_mass": "Commodity/GoodsMeasure/GrossMassMeasure",
}
MASS_UNITS: Final = {"KGM": 1.0, "GRM": 0.001, "TNE": 1000.0, "LBR": 0.45359237, "DTN": 100.0}
