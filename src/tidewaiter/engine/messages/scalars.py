"""The rules of `rules.py` for one value at a time: what XML and JSON declarations go through.

Tables go through the same rules a column at a time, in `tabular/checks.py`.
"""

from __future__ import annotations

import math
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tidewaiter.engine.messages import rules
from tidewaiter.engine.records.streams import DECLARATIONS
from tidewaiter.engine.standards import countries, currencies, hs

if TYPE_CHECKING:
    from collections.abc import Callable

FIELDS = {field.name: field for field in DECLARATIONS.fields}
SOFT = frozenset({"country_unknown", "direction_unknown"})
SOFT_FIELDS = frozenset({"release_date"})
TIME_FORMATS = ("%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d", "%Y-%m-%d")


class Wrong(ValueError):
    """A value that breaks a rule; the code of its finding."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def value(target: str, raw: object, today: date) -> Any:
    """The typed value of a field; None where nothing is stated. Raises Wrong."""
    if raw is None or (isinstance(raw, str) and not (raw := raw.strip())):
        return None
    read = READERS[target](raw, today)
    if target in rules.LONGEST and len(read) > rules.LONGEST[target]:
        raise Wrong("too_long")
    return read


def is_soft(target: str, code: str) -> bool:
    """Whether the record goes in without this value, rather than stay out."""
    return code in SOFT or target in SOFT_FIELDS


def _text(raw: object, _today: date) -> str:
    if isinstance(raw, (dict, list)):
        raise Wrong("text_unreadable")
    if isinstance(raw, bool):
        return str(raw).lower()
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return str(raw).replace("\0", "")


def _number(raw: object, _today: date) -> float:
    if isinstance(raw, bool):
        raise Wrong("number_unreadable")
    try:
        number = float(raw) if isinstance(raw, (int, float, str)) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number) or (isinstance(raw, str) and "_" in raw):
        raise Wrong("number_unreadable")
    return number


def _amount(raw: object, today: date) -> float:
    number = _number(raw, today)
    if number < 0:
        raise Wrong("negative")
    return number


def _item_number(raw: object, today: date) -> int:
    number = _amount(raw, today)
    if number != int(number) or number > 2**53:
        raise Wrong("number_unreadable")
    return int(number)


def _day(raw: object, today: date) -> date:
    day = read_day(raw) if isinstance(raw, str) else None
    if day is None:
        raise Wrong("date_unreadable")
    if not rules.plausible(day, today):
        raise Wrong("date_implausible")
    return day


@lru_cache(maxsize=4096)
def read_day(text: str) -> date | None:
    """The day in an ISO 8601 date or time, or in WCO formats 102, 203, 204, 304.

    >>> read_day("20171001010000+01"), read_day("2024-02-30")
    (datetime.date(2017, 10, 1), None)
    """
    bare = text.strip()
    if len(bare) >= 10 and bare[4] == "-":
        bare = bare[:10] if len(bare) == 10 or bare[10] in "T " else ""
    else:
        bare = bare.split("+")[0].split("-")[0].rstrip("Z")
    for pattern in TIME_FORMATS:
        if len(bare) == len(datetime(2000, 1, 1).strftime(pattern)):  # noqa: DTZ001  a length only
            try:
                return datetime.strptime(bare, pattern).date()  # noqa: DTZ007  the day as written
            except ValueError:
                continue
    return None


def _listed(look_up: Callable[[str], str | None], code: str) -> Callable[[object, date], str]:
    def read(raw: object, today: date) -> str:
        found = look_up(_text(raw, today))
        if found is None:
            raise Wrong(code)
        return found

    return read


def _commodity(raw: object, today: date) -> str:
    code = hs.clean(_text(raw, today))
    if not hs.valid(code):
        raise Wrong("hs_invalid")
    return code


def _texts(raw: object, today: date) -> list[str] | None:
    if not isinstance(raw, list):
        raise Wrong("list_unreadable")
    return [text for part in raw if (text := _text(part, today).strip())] or None


def _reader(name: str) -> Callable[[Any, date], Any]:
    special: dict[str, Callable[[Any, date], Any]] = {
        "item_no": _item_number,
        "hs": _commodity,
        "function": _listed(lambda text: rules.FUNCTIONS.get(text.lower()), "function_unknown"),
        "direction": _listed(lambda text: rules.DIRECTIONS.get(text.lower()), "direction_unknown"),
    }
    if name in special:
        return special[name]
    if name in rules.COUNTRIES:
        return _listed(countries.country, "country_unknown")
    if name in rules.CURRENCIES:
        return _listed(currencies.currency, "currency_unknown")
    if name in rules.NOT_NEGATIVE:
        return _amount
    kinds = {"number": _number, "money": _number, "date": _day, "texts": _texts}
    return kinds.get(FIELDS[name].kind, _text)


READERS = {name: _reader(name) for name in FIELDS}
