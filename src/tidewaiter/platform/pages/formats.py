"""How numbers, money, shares and times are written: in the officer's language and time zone.

Digits are always 0-9, so that a figure read aloud over the radio is the figure on the page.
"""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext

Number = int | float | Decimal

NOTHING = "–"
_NUMBERING = {"ar": "ar@numbers=latn"}
_NBSP = "\N{NO-BREAK SPACE}"


@lru_cache(maxsize=32)
def _locale(language: str) -> Locale:
    return Locale.parse(language.replace("-", "_"))


@lru_cache(maxsize=32)
def _signs(language: str) -> tuple[str, str]:
    """Decimal and group sign of a language, for digits 0-9."""
    signs = _locale(language).number_symbols["latn"]
    return signs["decimal"], signs["group"]


def _language() -> str:
    return get_language() or "en"


def _missing(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def number(value: Number | None, places: int | None = None) -> str:
    """A number with grouped digits; without `places`, at most three decimals and no idle zeros."""
    if _missing(value):
        return NOTHING
    if places is None:
        text = f"{value:,.3f}".rstrip("0").rstrip(".") if value % 1 else f"{value:,.0f}"
    else:
        text = f"{value:,.{places}f}"
    decimal, group = _signs(_language())
    if (decimal, group) != (".", ","):
        text = text.translate({ord("."): decimal, ord(","): group})
    return text.replace("-", "\N{MINUS SIGN}", 1)


def money(value: Number | None, currency: str = "", places: int = 2) -> str:
    """An amount and its ISO 4217 code: `2,150.00 EUR`."""
    if _missing(value):
        return NOTHING
    return f"{number(value, places)}{_NBSP}{currency}" if currency else number(value, places)


def quantity(value: Number | None, unit: str = "") -> str:
    """A quantity and its unit: `1,250.5 kg`."""
    if _missing(value):
        return NOTHING
    return f"{number(value)}{_NBSP}{unit}" if unit else number(value)


def compact(value: Number | None) -> str:
    """A large number in few characters: `1.2 M`, `45 k`."""
    if _missing(value):
        return NOTHING
    for limit, sign in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= limit:
            scaled = float(value) / (1e3 if sign == "k" else limit)
            return f"{number(scaled, 1 if abs(scaled) < 100 else 0)}{_NBSP}{sign}"
    return number(value, 0)


def percent(share: Number | None, places: int = 1) -> str:
    """A share between 0 and 1 as a percentage: `12.5 %`."""
    if _missing(share):
        return NOTHING
    return f"{number(float(share) * 100, places)}{_NBSP}%"


def interval(share: Number | None, low: Number | None, high: Number | None, places: int = 1) -> str:
    """A share and its confidence interval: `12.5 % (10.1 to 15.2)`."""
    if _missing(share):
        return NOTHING
    if _missing(low) or _missing(high):
        return percent(share, places)
    bounds = gettext("%(low)s to %(high)s") % {
        "low": number(float(low) * 100, places),
        "high": number(float(high) * 100, places),
    }
    return f"{percent(share, places)} ({bounds})"


def day(value: date | datetime | None) -> str:
    """A date in the order of the language: `14 Mar 2026`."""
    if _missing(value):
        return NOTHING
    if isinstance(value, datetime):
        value = timezone.localtime(value) if timezone.is_aware(value) else value
    return format_date(value, _day_pattern(), locale=_dates())


def moment(value: datetime | None) -> str:
    """Date and time in the officer's time zone: `14 Mar 2026, 09:05`."""
    if _missing(value):
        return NOTHING
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return format_datetime(local, f"{_day_pattern()}, HH:mm", locale=_dates())


def clock(value: datetime | None) -> str:
    """Time of the day in the officer's time zone: `09:05`."""
    if _missing(value):
        return NOTHING
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return format_time(local, "HH:mm", locale=_dates())


def _day_pattern() -> str:
    return "d MMM y"


def _dates() -> str:
    language = _language()
    return _NUMBERING.get(language, language.replace("-", "_"))


def duration(span: timedelta | float | None) -> str:
    """A length of time in its two largest units: `2 h 5 min`. Numbers are seconds."""
    if span is None:
        return NOTHING
    seconds = int(span.total_seconds() if isinstance(span, timedelta) else span)
    for size, inner, outer_text, inner_text in (
        (86400, 3600, gettext("%d d"), gettext("%d h")),
        (3600, 60, gettext("%d h"), gettext("%d min")),
        (60, 1, gettext("%d min"), gettext("%d s")),
    ):
        if seconds >= size:
            outer, rest = divmod(seconds, size)
            small = rest // inner
            text = outer_text % outer
            return f"{text} {inner_text % small}" if small and outer < 10 else text
    return gettext("%d s") % seconds


def age(value: datetime | None, now: datetime | None = None) -> str:
    """How long ago, in one unit: `3 hours ago`."""
    if _missing(value):
        return NOTHING
    seconds = int(((now or timezone.now()) - value).total_seconds())
    if seconds < 60:
        return gettext("just now") if seconds >= 0 else moment(value)
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if hours < 1:
        return ngettext("%(n)d minute ago", "%(n)d minutes ago", minutes) % {"n": minutes}
    if days < 1:
        return ngettext("%(n)d hour ago", "%(n)d hours ago", hours) % {"n": hours}
    if days < 31:
        return ngettext("%(n)d day ago", "%(n)d days ago", days) % {"n": days}
    return day(value)
