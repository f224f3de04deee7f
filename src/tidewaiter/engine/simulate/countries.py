"""Countries the simulated trade comes from, and how it travels. Rough habits, no statistics."""

from __future__ import annotations

ORIGINS = (
    "CN", "DE", "US", "JP", "KR", "IT", "FR", "VN", "IN", "TR", "NL", "GB", "ES", "TH", "MX", "PL",
    "ID", "BR", "CA", "MY", "BE", "CH", "TW", "BD", "CZ", "AT", "SE", "PK", "DK", "HU", "ZA", "AE",
    "PT", "RO", "IE", "FI", "MA", "SK", "PH", "GR", "SA", "AU", "NO", "EG", "SG", "CL", "UA", "LK",
    "TN", "AR", "PE", "KE", "CO", "NZ", "KH", "EC", "GH", "CI", "ET", "MM", "SN", "NP", "UY", "GE",
)  # fmt: skip
PREFERENTIAL = frozenset(
    (
        "DE", "FR", "TR", "ES", "PL", "CH", "MA", "TN", "KE", "CO", "CL", "KH", "BD", "GE", "PT",
    )
)  # fmt: skip
NEIGHBOURS = frozenset(["DE", "FR", "NL", "BE", "CH", "AT", "PL", "CZ"])  # reached by road
HUBS = ("NL", "SG", "AE", "BE")
DOLLAR = frozenset(
    (
        "CN", "US", "VN", "TH", "MX", "ID", "BR", "MY", "BD", "PK", "AE", "SA", "KE", "CO", "EC", "KH",
        "LK", "PH", "CL", "PE", "TW", "IN",
    )
)  # fmt: skip
RATES = {"EUR": 1.0, "USD": 0.92, "GBP": 1.16}  # one unit in the administration's money


def invoice_currency(origin: str, own: str) -> str:
    if origin in DOLLAR:
        return "USD"
    return "GBP" if origin == "GB" else own
