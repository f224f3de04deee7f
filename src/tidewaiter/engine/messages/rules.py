"""What every declared record must satisfy, whatever it came in: one table for all readers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

FIRST_DAY: Final = date(1990, 1, 1)  # no administration has older electronic declarations
AHEAD: Final = timedelta(days=366)  # pre-arrival declarations name days to come, not years

COUNTRIES: Final = (
    "origin",
    "dispatch_country",
    "destination_country",
    "importer_country",
    "exporter_country",
    "transport_nationality",
)
CURRENCIES: Final = ("currency", "invoice_currency", "outcome.currency")
NOT_NEGATIVE: Final = (
    "item_no",
    "duty_rate",
    "quantity",
    "net_mass",
    "gross_mass",
    "packages",
    "invoice_value",
    "customs_value",
    "statistical_value",
    "duty",
    "taxes",
    "outcome.minutes",
)
# Characters of what the house looks declarations up by; longer ones no administration gives out,
# and the tables of control orders have no room for them.
LONGEST: Final = {"declaration_id": 100, "importer": 100, "office": 32}
FUNCTIONS: Final = {
    "original": "original",
    "9": "original",
    "amendment": "amendment",
    "4": "amendment",
    "5": "amendment",
    "13": "amendment",
    "cor": "amendment",
    "replacement": "replacement",
    "cancellation": "cancellation",
    "1": "cancellation",
    "inv": "cancellation",
}
CHANGES: Final = ("amendment", "cancellation")  # they state only what changes
DIRECTIONS: Final = {
    "import": "import",
    "im": "import",
    "i": "import",
    "export": "export",
    "ex": "export",
    "e": "export",
    "transit": "transit",
    "t": "transit",
}
TOTALS: Final = (
    "total", "totals", "grand total", "sum", "subtotal", "sub-total", "summe", "gesamt",
    "gesamtsumme", "somme", "suma", "totale", "totaal", "toplam", "ukupno", "razem", "итого", "всего",
    "разом", "合计", "总计", "合計", "합계", "총계", "المجموع", "الإجمالي", "jumlah", "tổng cộng",
)  # fmt: skip


def plausible(day: date, today: date) -> bool:
    """Whether a declaration may bear this date."""
    return FIRST_DAY <= day <= today + AHEAD
