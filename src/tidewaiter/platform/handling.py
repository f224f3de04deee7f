"""Handling codes: who may read what is confidential, whatever his role and offices.

Anything that carries a code has a column `handling` with its level; an officer has a clearance. What is
above it is not there: not in lists, counts, suggestions, exports or notices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.utils.functional import Promise

    from tidewaiter.platform.accounts.models import User


@dataclass(frozen=True, slots=True)
class Code:
    level: int
    code: str
    label: str | Promise


# From the most open to the closest; a level is never given another meaning.
CODES: tuple[Code, ...] = (
    Code(1, "open", _("Open: unrestricted within customs")),
    Code(2, "service", _("Service: for officers whose work needs it")),
    Code(3, "restricted", _("Restricted: for risk and intelligence work")),
    Code(4, "confidential", _("Confidential: for intelligence; others get instructions only")),
    Code(5, "closed", _("Closed: no further dissemination")),
)
OPEN, CLOSED = CODES[0].level, CODES[-1].level
_LEVELS = {code.code: code.level for code in CODES} | {"": OPEN}


def level_of(code: str) -> int:
    """The level of a code; one that is not known is the closest, for nobody can tell who may read it."""
    return _LEVELS.get(code, CLOSED)


def known(code: str) -> bool:
    return code in _LEVELS


def choices(user: User) -> list[tuple[int, str | Promise]]:
    """Levels that the officer may give: nobody writes what he may not read."""
    return [(code.level, code.label) for code in CODES if code.level <= user.clearance]


def rows(user: User, field: str = "handling") -> Q:
    """Filter for the database."""
    return Q(**{f"{field}__lte": user.clearance})


def frame(user: User, column: str = "handling") -> pl.Expr:
    """Filter for frames; a row without a level is not shown."""
    return (pl.col(column) <= user.clearance).fill_null(value=False)


# What a desk keeps out of sight of an officer, by kind, for desks that show names of it only.
_hidden: dict[str, Callable[[User], frozenset[str]]] = {}


def hides(kind: str, find: Callable[[User], frozenset[str]]) -> None:
    """Register how to find the names of a kind that an officer may not read."""
    _hidden[kind] = find


def hidden(user: User, kind: str) -> frozenset[str]:
    """Names of a kind that the officer may not read; asked for once a request."""
    if user.clearance >= CLOSED:
        return frozenset()
    kept: dict[str, frozenset[str]] = user.__dict__.setdefault("_hidden_names", {})
    if kind not in kept:
        kept[kind] = _hidden[kind](user)
    return kept[kind]


def labels() -> Iterator[tuple[int, str | Promise]]:
    return ((code.level, code.label) for code in CODES)
