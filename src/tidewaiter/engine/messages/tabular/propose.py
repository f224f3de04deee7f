"""A mapping proposed for a table nobody has mapped yet: by names, then by what the columns hold."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from tidewaiter.engine.messages import rules
from tidewaiter.engine.messages.tabular import cells
from tidewaiter.engine.messages.tabular.mapping import (
    REQUIRED,
    TARGETS,
    Mapping,
    Source,
    norm,
)
from tidewaiter.engine.messages.tabular.synonyms import SYNONYMS
from tidewaiter.engine.standards import countries, currencies

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Check = Callable[[list[str]], float]
PROPOSED_FROM = 0.55
ALIKE_FROM = 0.82
COMPARED_COLUMNS = 400


@dataclass(frozen=True, slots=True)
class ProposedColumn:
    """One column of the table: the field it seems to hold (empty: none), how sure (0 to 1), why.

    why: `name` (a known name), `similar` (close to one), `content` (only what it holds).
    own_codes: its values are not of the international list that the field usually has.
    """

    column: str
    target: str
    score: float
    why: str
    sample: tuple[str, ...]
    own_codes: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a person is asked to confirm. `missing`: required fields that no column seems to hold."""

    columns: tuple[ProposedColumn, ...]
    missing: tuple[str, ...]

    def fields(self) -> dict[str, Source]:
        return {
            c.target: Source(column=c.column, unchecked=c.own_codes)
            for c in self.columns
            if c.target
        }

    def mapping(self, name: str) -> Mapping:
        """The proposal as a mapping. Raises MappingError while required fields are missing."""
        return Mapping(name=name, fields=self.fields())


def signature(header: Iterable[str]) -> str:
    """The same for tables with the same column names, whatever their order."""
    names = "\n".join(sorted({norm(name) for name in header}))
    return hashlib.sha256(names.encode()).hexdigest()


def known_names() -> frozenset[str]:
    """All normalised column names the house knows."""
    return frozenset(_names())


def propose(header: Sequence[str], sample: Sequence[Sequence[str]]) -> Proposal:
    """The best field for each column, each field once; deterministic."""
    columns = [_values(sample, at) for at in range(len(header))]
    scored = [
        (score, -at, target, why)
        for at, name in enumerate(header[:COMPARED_COLUMNS])
        for score, target, why in _candidates(name, columns[at])
    ]
    chosen: dict[int, tuple[str, float, str]] = {}
    taken: set[str] = set()
    for score, negative, target, why in sorted(scored, reverse=True):
        if -negative not in chosen and target not in taken:
            chosen[-negative] = (target, score, why)
            taken.add(target)
    rows = []
    for at, name in enumerate(header):
        target, score, why = chosen.get(at, ("", 0.0, ""))
        shown = tuple(dict.fromkeys(columns[at]))[:5]
        own = target in OWN_CODES and bool(shown) and _Fit(columns[at])(target) < 0.5
        rows.append(ProposedColumn(name, target, round(score, 2), why, shown, own))
    return Proposal(tuple(rows), tuple(target for target in REQUIRED if target not in taken))


def _values(sample: Sequence[Sequence[str]], at: int) -> list[str]:
    return [row[at].strip() for row in sample if at < len(row) and row[at].strip()]


def _candidates(name: str, values: list[str]) -> Iterable[tuple[float, str, str]]:
    """Fields a column may hold, with how sure that is and why."""
    plain = plainly(name)
    fit = _Fit(values)
    exact = _names().get(plain)
    if exact:
        if (share := fit(exact)) > 0.2 or exact in OWN_CODES:
            yield 0.6 + 0.4 * share, exact, "name"
        return
    for known, target in _names().items():
        alike = _likeness(plain, known)
        if alike >= ALIKE_FROM and fit(target) > 0.5:
            yield 0.5 * alike + 0.3 * fit(target), target, "similar"
    for target in ("declaration_date", "origin", "hs", "currency"):
        if len(values) >= 2 and fit(target) > 0.95:
            yield PROPOSED_FROM, target, "content"


class _Fit:
    """Share of a column's values that could stand in a field; each kind is tried once."""

    def __init__(self, values: list[str]) -> None:
        self._values = list(dict.fromkeys(values))[:40]
        self._shares: dict[Check, float] = {}

    def __call__(self, target: str) -> float:
        check = SHAPES.get(target) or KINDS.get(TARGETS[target].kind)
        if check is None or not self._values:
            return 0.8
        if check not in self._shares:
            self._shares[check] = check(self._values)
        return self._shares[check]


@lru_cache(maxsize=65_536)
def _likeness(name: str, known: str) -> float:
    """1 for the same words in any order, less for others."""
    words, known_words = set(name.split()), set(known.split())
    if not words or not known_words:
        return 0.0
    if words == known_words:
        return 0.98
    shared = len(words & known_words) / len(words | known_words)
    if len(known) < 5 or abs(len(name) - len(known)) > 3 or name[:2] != known[:2]:
        return shared
    return max(shared, SequenceMatcher(None, name, known).ratio())


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Plain name -> field."""
    names = {plainly(target): target for target in TARGETS}
    for target, text in SYNONYMS.items():
        for name in text.split("|"):
            names.setdefault(plainly(name), target)
    return names | {"hs6": "hs"}  # six digits are all there is, so they are the code


def plainly(name: str) -> str:
    """Lower case, words of letters and digits only; what stands in brackets is a unit or a remark."""
    bare = re.sub(r"[(\[].*?[)\]]", " ", name)
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", bare if re.search(r"\w", bare) else name)
    return " ".join(re.findall(r"[^\W_]+", split.casefold()))


def _share(test: Callable[[str], bool]) -> Check:
    return lambda values: sum(map(test, values)) / len(values)


def _dates(values: list[str]) -> float:
    if not any(map(_has_digit, values)):
        return 0.0
    formats = cells.SURE_DATES + cells.DAY_FIRST + cells.MONTH_FIRST
    return 1 - cells.dates(pl.Series(values), formats).null_count() / len(values)


def _numbers(values: list[str]) -> float:
    if not any(map(_has_digit, values)):
        return 0.0
    text = pl.Series(values)
    read = [cells.numbers(text, mark).null_count() for mark in (".", ",")]
    return 1 - min(read) / len(values)


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def _hs(values: list[str]) -> float:
    codes = [re.sub(r"[\s.]", "", value) for value in values]
    return sum(bool(re.fullmatch(r"\d{4,12}", c)) and c[:2] >= "01" for c in codes) / len(codes)


_country: Check = _share(lambda value: countries.country(value) is not None)
_currency: Check = _share(lambda value: currencies.currency(value) is not None)
OWN_CODES = frozenset(rules.COUNTRIES)  # a sender may have codes of his own for these
SHAPES: dict[str, Check] = {
    **dict.fromkeys(rules.COUNTRIES, _country),
    **dict.fromkeys(rules.CURRENCIES, _currency),
    "hs": _hs,
    "description": _share(lambda value: any(map(str.isalpha, value))),
}
KINDS: dict[str, Check] = {
    "date": _dates,
    "number": _numbers,
    "money": _numbers,
    "integer": _numbers,
    "flag": lambda values: 1 - cells.flags(pl.Series(values)).null_count() / len(values),
}
