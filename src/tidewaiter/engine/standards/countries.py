"""Country codes: whatever a sender writes (ISO 3166 alpha-2, alpha-3, UN M49, a name) as alpha-2.

The tables are Unicode CLDR's, through Babel. Codes that ISO 3166 leaves to its users (AA, QM to QZ,
XA to XZ, ZZ) are valid: customs use them for "unknown", "high seas", Kosovo, Northern Ireland.
"""

from __future__ import annotations

from functools import lru_cache
from string import ascii_uppercase

from babel import Locale
from babel.core import get_global

NOT_COUNTRIES = frozenset({"EZ", "QO", "UN"})  # CLDR groupings with a two-letter code
FORMER = {
    "AN": "CW",
    "CS": "RS",
    "YU": "RS",
    "TP": "TL",
    "ZR": "CD",
    "BU": "MM",
    "UK": "GB",
    "EL": "GR",
}
UN_NAMES = {  # as the UN writes them, where CLDR's English differs
    "viet nam": "VN",
    "korea, republic of": "KR",
    "republic of korea": "KR",
    "korea, democratic people's republic of": "KP",
    "united states of america": "US",
    "usa": "US",
    "russian federation": "RU",
    "iran, islamic republic of": "IR",
    "türkiye": "TR",
    "taiwan, province of china": "TW",
    "great britain": "GB",
    "united kingdom of great britain and northern ireland": "GB",
    "czech republic": "CZ",
    "hong kong": "HK",
    "lao people's democratic republic": "LA",
    "syrian arab republic": "SY",
    "tanzania, united republic of": "TZ",
    "venezuela, bolivarian republic of": "VE",
    "bolivia, plurinational state of": "BO",
    "moldova, republic of": "MD",
    "côte d'ivoire": "CI",
    "ivory coast": "CI",
}
NAME_LANGUAGES = (
    "en",
    "fr",
    "es",
    "pt",
    "de",
    "it",
    "nl",
    "pl",
    "tr",
    "ru",
    "ar",
    "zh",
    "ja",
    "ko",
)


@lru_cache(maxsize=1)
def codes() -> frozenset[str]:
    """All valid two-letter codes."""
    official = {
        str(code) for code in Locale("en").territories if len(str(code)) == 2
    } - NOT_COUNTRIES
    assigned = {f"X{letter}" for letter in ascii_uppercase}
    assigned |= {f"Q{letter}" for letter in "MNOPQRSTUVWXYZ"}
    return frozenset(official | assigned | {"AA", "ZZ"})


@lru_cache(maxsize=1)
def _aliases() -> dict[str, str]:
    """Alpha-3, M49 and former codes that stand for exactly one present country."""
    aliases = get_global("territory_aliases")
    table = {old: new[0] for old, new in aliases.items() if len(new) == 1 and new != ["ZZ"]}
    return {**table, **FORMER}


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Casefolded country names in several languages."""
    names = dict(UN_NAMES)
    for language in NAME_LANGUAGES:
        for code, name in Locale(language).territories.items():
            if code in codes():
                names.setdefault(name.casefold(), code)
    return names


@lru_cache(maxsize=65_536)
def country(value: str) -> str | None:
    """The alpha-2 code meant by `value`, None if there is none.

    >>> country("deu"), country("276"), country("Viet Nam"), country("Germany")
    ('DE', 'DE', 'VN', 'DE')
    """
    text = value.strip().upper()
    if text in FORMER:
        return FORMER[text]
    if text in codes():
        return text
    if text.isdigit():
        text = text.zfill(3)
    found = _aliases().get(text)
    if found in codes():
        return found
    return _names().get(value.strip().casefold())
