"""New conditions grown from finds: a few readable comparisons each, measured on later days.

Rules are grown one comparison after the other on the earlier days, always taking the one that
raises the lower bound of Wilson's interval of the precision most (in the manner of PRISM, Cendrowska
1987, and of CN2 with a bound in place of an estimate); what a rule covers is taken out before the
next one (sequential covering). Only the later days, which no rule has seen, say how good it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tidewaiter.engine.risk.language import tree as t
from tidewaiter.engine.risk.language.printing import text_of
from tidewaiter.engine.risk.measurement import Interval, wilson
from tidewaiter.engine.risk.schema import SCHEMA
from tidewaiter.engine.risk.suggesting.rounding import rounded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Counts = NDArray[np.float64]

EARLIER = 0.7  # share of the controlled items, by day, on which rules are grown
MOST_RULES = 6
DEEPEST = 3
LEAST_FINDS = 8
CODES = 25  # values of a coded fact that are looked at, the most frequent ones
MOST_CODES = 400  # a coded fact with more values names somebody; lists are for that
BETTER = 1.05  # a comparison must raise the bound by so much
QUANTILES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98)
NOT_SAID = {"item_no", "month", "version", "declaration_date", "release_date", "hs", "commodity",
            "hs_version", "function"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grown:
    """A condition; controlled items and finds on the days it was grown on, and on later ones."""

    condition: str
    controlled: int
    finds: int
    later_controlled: int
    later_finds: int
    later: Interval


def facts_to_grow_from() -> list[str]:
    """Names of the facts that a grown condition may be about."""
    kinds = {"number", "flag", "code", "hs"}
    return [n for n, column in SCHEMA.items() if column.kind in kinds and n not in NOT_SAID]


def grow(controlled: pl.DataFrame) -> tuple[date | None, Interval, list[Grown]]:
    """controlled: facts of controlled items with `day` and `found`.

    The first of the later days, the precision of all controls on them, and the conditions that
    were better than it with their whole interval, best first. Nothing without enough finds.
    """
    rows = controlled.sort("day")
    if rows.height < 2 or int(rows["found"].sum()) < 2 * LEAST_FINDS:
        return None, wilson(0, 0), []
    split = rows["day"][int(EARLIER * (rows.height - 1))]
    earlier, later = rows.filter(pl.col("day") < split), rows.filter(pl.col("day") >= split)
    base = wilson(int(later["found"].sum()), later.height)
    literals = list(_literals(earlier))
    if not literals:
        return split, base, []
    found, after = earlier["found"].to_numpy(), later["found"].to_numpy()
    table = np.column_stack([_holds(earlier, literal) for literal in literals])
    grown = []
    for places in _rules(table, found, [_about(literal) for literal in literals]):
        parts = [literals[place] for place in places]
        fits = np.logical_and.reduce([_holds(later, literal) for literal in parts])
        known, finds = int(fits.sum()), int(after[fits].sum())
        covered = table[:, places].all(axis=1)
        grown.append(
            Grown(
                text_of(t.And(tuple(parts))) if len(parts) > 1 else text_of(parts[0]),
                int(covered.sum()), int(found[covered].sum()),
                known, finds, wilson(finds, known),
            )
        )  # fmt: skip
    good = [one for one in grown if one.later.low > base.value]
    return split, base, sorted(good, key=lambda one: -one.later.low)


def _literals(rows: pl.DataFrame) -> Iterator[t.Compare | t.Truth]:
    for name in facts_to_grow_from():
        if name not in rows.columns or rows[name].null_count() == rows.height:
            continue
        column = t.Name(name, SCHEMA[name].kind)
        if SCHEMA[name].kind == "flag":
            yield t.Truth(column)
            yield t.Truth(column, negated=True)
        elif SCHEMA[name].kind == "number":
            figures = rows[name].cast(pl.Float64).drop_nulls()
            limits = {rounded(float(figures.quantile(q) or 0.0)) for q in QUANTILES}
            for limit in sorted(limits):
                yield t.Compare("<", column, t.Number(limit))
                yield t.Compare(">=", column, t.Number(limit))
        else:
            counts = rows[name].drop_nulls().value_counts(sort=True)
            if counts.height <= MOST_CODES:
                for value in counts[name].head(CODES):
                    yield t.Compare("=", column, t.Text(str(value)))


def _holds(rows: pl.DataFrame, literal: t.Compare | t.Truth) -> Flags:
    """Where a comparison is true; a missing fact makes none true."""
    if isinstance(literal, t.Truth):
        name = _about(literal)
        flag = ~pl.col(name) if literal.negated else pl.col(name)
    else:
        value = literal.right.value if isinstance(literal.right, t.Number | t.Text) else None
        column = pl.col(_about(literal))
        flag = {"<": column < value, ">=": column >= value}.get(literal.operator, column == value)
    held: Flags = rows.select(flag.fill_null(value=False)).to_series().to_numpy()
    return held


def _about(literal: t.Compare | t.Truth) -> str:
    fact = literal.left if isinstance(literal, t.Compare) else literal.value
    return fact.name if isinstance(fact, t.Name) else ""


def _rules(table: Flags, found: Flags, about: list[str]) -> Iterator[list[int]]:
    """Places of the comparisons of each rule."""
    left = np.ones(len(found), np.bool_)
    names = np.array(about)
    for _rule in range(MOST_RULES):
        places, covered = _one_rule(table, found, left, names)
        if not places:
            return
        yield places
        left &= ~covered


def _one_rule(
    table: Flags, found: Flags, left: Flags, names: NDArray[np.str_]
) -> tuple[list[int], Flags]:
    places: list[int] = []
    covered = left
    bound = wilson(int(found[left].sum()), int(left.sum())).low
    while len(places) < DEEPEST:
        chosen = table[covered]
        hits = chosen.sum(axis=0, dtype=np.float64)
        finds = chosen[found[covered]].sum(axis=0, dtype=np.float64)
        bounds = np.where(finds >= LEAST_FINDS, _low(finds, hits), -1.0)
        bounds[np.isin(names, names[places])] = -1.0
        best = int(bounds.argmax())
        if bounds[best] <= bound * BETTER:
            break
        places.append(best)
        covered, bound = covered & table[:, best], float(bounds[best])
    return places, covered


def _low(finds: Counts, hits: Counts) -> Counts:
    """Lower bound of Wilson's 95 % interval of many rates at once."""
    z, n = 1.959964, np.maximum(hits, 1)
    rate = finds / n
    spread = z * np.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    low: Counts = (rate + z * z / (2 * n) - spread) / (1 + z * z / n)
    return low
