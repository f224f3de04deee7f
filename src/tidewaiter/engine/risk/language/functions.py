"""The short list of functions, with what they take and give.

Kept only where all evaluators mean the same: ROUND halves away from zero to a whole number,
LENGTH counts code points, UPPER and LOWER follow Unicode's full mapping, MONTH is 1 to 12,
DAYS_BETWEEN(a, b) is b - a in days, COALESCE is the first value that is not missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tidewaiter.engine.wording import gettext_noop

Argument = Literal["amount", "text", "needle", "date", "any"]
Gives = Literal["number", "text", "date", "flag", "same"]


@dataclass(frozen=True, slots=True)
class Function:
    """`arguments` in order; the last one may repeat up to `most`. `needle` is a fixed text."""

    name: str
    arguments: tuple[Argument, ...]
    gives: Gives
    most: int
    help: str


FUNCTIONS: dict[str, Function] = {
    f.name: f
    for f in (
        Function("ABS", ("amount",), "same", 1, gettext_noop("ABS(number): without its sign")),
        Function("ROUND", ("amount",), "same", 1, gettext_noop("ROUND(number): to a whole number")),
        Function("LENGTH", ("text",), "number", 1, gettext_noop("LENGTH(text): characters")),
        Function("UPPER", ("text",), "text", 1, gettext_noop("UPPER(text): in capitals")),
        Function("LOWER", ("text",), "text", 1, gettext_noop("LOWER(text): in small letters")),
        Function("MONTH", ("date",), "number", 1, gettext_noop("MONTH(date): 1 to 12")),
        Function(
            "DAYS_BETWEEN", ("date", "date"), "number", 2, gettext_noop("DAYS_BETWEEN(from, to)")
        ),
        Function("COALESCE", ("any", "any"), "same", 8, gettext_noop("COALESCE(first, else, …)")),
        Function(
            "STARTS_WITH", ("text", "needle"), "flag", 2, gettext_noop("STARTS_WITH(text, 'start')")
        ),
        Function("CONTAINS", ("text", "needle"), "flag", 2, gettext_noop("CONTAINS(text, 'part')")),
    )
}
