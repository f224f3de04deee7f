"""Which kept rows a profile hits, over a window of days and offices.

Hits are kept beside the facts under what the condition means, so that only a condition that
changed is asked again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from tidewaiter.engine.risk.language import tree as t
from tidewaiter.engine.risk.language.kernel import Kernel
from tidewaiter.engine.risk.language.printing import version
from tidewaiter.engine.risk.language.steps import Compiler
from tidewaiter.engine.risk.past.part import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tidewaiter.engine.risk.language.batch import Mask, Rows
    from tidewaiter.engine.risk.past.part import Part

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Window:
    """Days (both included) and offices of kept parts. offices: None for all. results: the name
    under which each part keeps what was found, by folder name."""

    parts: tuple[Part, ...]
    since: date
    until: date
    offices: frozenset[str] | None
    results: Mapping[str, str]

    def inside(self, part: Part) -> Mask:
        """The rows of a part that belong to the window."""
        first, last = (self.since - EPOCH).days, (self.until - EPOCH).days
        mask: Mask = (part.day >= first) & (part.day <= last)
        if self.offices is not None:
            office = part.office()
            known = office.values.is_in(sorted(self.offices)).to_numpy()
            mask &= np.append(known, False)[office.codes]
        return mask


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """Rows of one part. `others`: some other profile hits the row, too."""

    part: Part
    rows: Rows
    others: Mask


def meaning(condition: t.Condition, lists: Mapping[str, frozenset[str]]) -> str:
    """What decides which rows are hit: the condition and the members of the lists it names."""
    members = {name: sorted(lists[name]) for name in sorted(t.lists(condition))}
    return hashlib.sha256(f"{version(condition)}{json.dumps(members)}".encode()).hexdigest()


class Asked(NamedTuple):
    """A condition with the name under which its hits are kept."""

    name: str
    condition: t.Condition


def asked(conditions: Iterable[t.Condition], lists: Mapping[str, frozenset[str]]) -> list[Asked]:
    """Named once for all parts: naming three hundred conditions takes longer than asking them."""
    return [Asked(meaning(condition, lists), condition) for condition in conditions]


def hits(
    part: Part, conditions: Sequence[Asked], lists: Mapping[str, frozenset[str]]
) -> list[Rows]:
    """Rows (ascending) of a part that each condition hits; kept for the next time."""
    known = part.kept_hits(one.name for one in conditions)
    missing = {name: condition for name, condition in conditions if name not in known}
    if missing:
        found = evaluated(part, [*missing.values()], lists)
        known |= part.keep_hits(dict(zip(missing, found, strict=True)))
    return [known[one.name] for one in conditions]


def evaluated(
    part: Part, conditions: Sequence[t.Condition], lists: Mapping[str, frozenset[str]]
) -> list[Rows]:
    """The same, asked now and not kept."""
    compiler = Compiler()
    compiled = [compiler.compile(condition) for condition in conditions]
    names = sorted(frozenset[str]().union(*(one.columns for one in compiled)))
    found = Kernel(part.batch(names), lists).evaluate(compiled, unknown=False)
    return [one.hits for one in found]


def unjudged(part: Part, condition: t.Condition, lists: Mapping[str, frozenset[str]]) -> Rows:
    """Rows for which a condition is unknown, because a fact is missing."""
    compiled = Compiler().compile(condition)
    kernel = Kernel(part.batch(sorted(compiled.columns)), lists)
    return kernel.evaluate([compiled], unknown=True)[0].unknown


def matched(part: Part, rows: Rows, inside: Mask, others: Sequence[Rows]) -> Matched:
    """The rows inside the window, and whether other profiles hit them."""
    mask = np.zeros(part.rows, np.bool_)
    for other in others:
        mask[other] = True
    kept = rows[inside[rows]]
    return Matched(part, kept, mask[kept])


def traffic(part: Part, rows: Rows | Mask, results: str) -> pl.DataFrame:
    """day, office, declaration (hash), found (null: nobody looked), revenue, selected of rows."""
    known, office = part.results(results), part.office()
    found = known.found[rows]
    names = office.values.extend_constant(None, 1)
    return pl.DataFrame(
        {
            "day": pl.Series(part.day[rows]).cast(pl.Date),
            "office": names.gather(office.codes[rows]),
            "declaration": part.declaration[rows],
            "found": pl.Series(found == 1).set(pl.Series(found == UNKNOWN), None),
            "revenue": pl.Series(known.revenue[rows]).fill_nan(None),
            "selected": known.selected[rows],
        }
    )
