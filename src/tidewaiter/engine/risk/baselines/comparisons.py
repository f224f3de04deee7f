"""Facts that are one step away from baselines: shares, their changes, and firsts. Computed together, which for a
handful of rows costs a tenth of as many expressions."""

from __future__ import annotations

SHARES: dict[str, tuple[str, str]] = {
    "origin_share": ("commodity_origin_items", "commodity_items"),
    "duty_rate_share": ("commodity_rate_items", "commodity_origin_items"),
    "route_share": ("route_items", "office_items"),
    "preference_share": ("commodity_preference_items", "commodity_origin_items"),
    "relief_share": ("commodity_relief_items", "commodity_items"),
    "unit_share": ("commodity_unit_items", "commodity_items"),
    "package_kind_share": ("packing_items", "commodity_items"),
    "mode_share": ("heading_mode_items", "heading_items"),
    "procedure_share": ("heading_procedure_items", "heading_items"),
    "invoice_currency_share": ("origin_money_items", "origin_items"),
    "importer_chapter_share": ("importer_chapter_items", "importer_items"),
    "importer_origin_share": ("importer_origin_items", "importer_items"),
    "importer_office_share": ("importer_office_items", "importer_items"),
    "importer_declarant_share": ("importer_declarant_items", "importer_items"),
}
"""100 × the first over the second, in per cent; missing where the second is zero."""

SURGES: dict[str, tuple[str, str]] = {
    "heading_surge": ("importer_heading_items", "importer_items"),
    "origin_surge": ("importer_origin_items", "importer_items"),
}
"""The share of the first in the second over the last 30 days less that over all time, in points."""

FIRSTS: dict[str, tuple[str, str]] = {
    "importer_new": ("importer_items", ""),
    "supplier_new": ("supplier_items", ""),
    "carrier_new": ("carrier_items", ""),
    "importer_new_to_heading": ("importer_heading_items", "importer_items"),
    "importer_new_to_origin": ("importer_origin_items", "importer_items"),
    "importer_supplier_new": ("importer_supplier_items", "importer_items"),
    "importer_declarant_new": ("importer_declarant_items", "importer_items"),
    "importer_new_to_procedure": ("importer_procedure_items", "importer_items"),
    "importer_new_to_relief": ("importer_relief_items", "importer_items"),
    "supplier_new_to_origin": ("supplier_origin_items", "supplier_items"),
    "supplier_new_to_dispatch": ("supplier_dispatch_items", "supplier_items"),
}
"""Whether the first was never seen although the second was; without a second, never seen at all."""
