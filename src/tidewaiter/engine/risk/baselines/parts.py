"""The parts of baselines that add up: made of any share of the rows, anywhere, and put together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property

import polars as pl

from tidewaiter.engine.records import DECLARATIONS, OUTCOMES
from tidewaiter.engine.risk.baselines import build_digits, build_histories, build_peers
from tidewaiter.engine.risk.baselines.adding import added, less
from tidewaiter.engine.risk.baselines.changing import DAY_ZERO
from tidewaiter.engine.risk.baselines.histories import HISTORIES, History
from tidewaiter.engine.risk.baselines.keys import (
    FIGURES,
    KEY_COLUMNS,
    MEASURED,
    PRICE,
    VALUE,
    with_keys,
)
from tidewaiter.engine.risk.baselines.labels import labelled
from tidewaiter.engine.risk.baselines.peers import PEERS
from tidewaiter.engine.risk.descriptions import DAYS, headings_and_said


def _read() -> tuple[str, ...]:
    """The declared columns that parts are made of."""
    keys = {column for h in HISTORIES for column in (*h.key.columns, *h.means)}
    keys |= {column for p in PEERS for key in p.keys for column in key.columns}
    made = {**KEY_COLUMNS, **FIGURES, **MEASURED}
    figures = [VALUE, PRICE, *made.values()]
    names = keys | {name for figure in figures for name in figure.meta.root_names()}
    names |= {"declaration_id", "item_no", "declaration_date", "description"}
    return tuple(name for name in DECLARATIONS.schema if name in names)


READ = _read()
OVERALL, DIGITS, HEADINGS, SAID = "overall", "digits", "headings", "said"


@dataclass(frozen=True)
class Parts:
    """Tables by name, each of whole numbers (see `adding`).

    traffic-…, recent-…, results-…: of histories, see `build_histories`. histogram-…: of peers.
    digits: one row an importer. headings, said: see `headings_and_said`. overall: one row with
    `controls`, controlled items, and `finds`, those with a find.
    """

    tables: dict[str, pl.DataFrame]

    @classmethod
    def of(cls, past: pl.LazyFrame, known: pl.DataFrame, as_of: date) -> Parts:
        """past: items declared before the day (DECLARATIONS). known: those of them whose results
        were known by then (see `labelled`)."""
        return cls(cls.declared(past, as_of).tables | cls.found(known).tables)

    @classmethod
    def declared(cls, past: pl.LazyFrame, as_of: date) -> Parts:
        """What is known without results."""
        keyed = with_keys(past)
        seen = [h for h in HISTORIES if h.traffic]
        lately = [h for h in seen if h.windows]
        headings, said = headings_and_said(keyed, as_of)
        return cls(
            {f"traffic-{h.name}": build_histories.traffic(keyed, h, as_of) for h in seen}
            | {f"recent-{h.name}": build_histories.recent(keyed, h, as_of) for h in lately}
            | _prices(keyed, as_of)
            | {DIGITS: build_digits.counts(keyed), HEADINGS: headings, SAID: said}
        )

    @classmethod
    def found(cls, known: pl.DataFrame) -> Parts:
        """What is known of results."""
        keyed = with_keys(known.lazy()).collect()
        made = {
            f"results-{h.name}": build_histories.results(keyed, h) for h in HISTORIES if h.outcomes
        }
        overall = pl.DataFrame(
            {"key": 1, "controls": known.height, "finds": int(known["found"].sum())}
        )
        return cls(made | {OVERALL: overall})

    def plus(self, other: Parts) -> Parts:
        """Of the rows of both."""
        return Parts({name: added([of, other.tables[name]]) for name, of in self.tables.items()})

    def moved(self, leaving: pl.LazyFrame, before: date, as_of: date) -> Parts:
        """The same rows as of a later day, without results.

        leaving: the rows declared in the days that `forgotten` gives. before: the day that these
        parts are as of.
        """
        tables = dict(self.tables)
        for history in HISTORIES:
            for name, days in (
                (f"traffic-{history.name}", history.days),
                (f"recent-{history.name}", max(history.windows, default=0)),
            ):
                if days and name in tables:
                    oldest = (as_of - DAY_ZERO).days - days
                    tables[name] = tables[name].filter(pl.col("day") >= oldest)
        keyed = with_keys(leaving)
        headings, said = headings_and_said(keyed, before)
        gone = _prices(keyed, before) | {HEADINGS: headings, SAID: said}
        for name, frame in gone.items():
            if not frame.is_empty():
                tables[name] = less(tables[name], frame)
        return Parts(tables)

    @cached_property
    def hit_rate(self) -> float:
        """Finds per controlled item over all."""
        controls, finds = self.tables[OVERALL].select("controls", "finds").sum().row(0)
        return finds / controls if controls else 0.0

    def history(self, history: History, as_of: date) -> pl.DataFrame:
        """The finished table of one history, sorted by key."""
        seen, lately, found = (
            self.tables.get(f"{what}-{history.name}") for what in ("traffic", "recent", "results")
        )
        return build_histories.finished(history, seen, lately, found, as_of, self.hit_rate)


def _prices(keyed: pl.LazyFrame, as_of: date) -> dict[str, pl.DataFrame]:
    return {f"histogram-{spec.name}": build_peers.histogram(keyed, spec, as_of) for spec in PEERS}


def forgotten(before: date, as_of: date) -> pl.Expr:
    """The days that prices and descriptions are known of as of the one day, and not of the other."""
    days = timedelta(days=DAYS)
    return pl.col("declaration_date").is_between(before - days, as_of - days, closed="left")


@cache
def nothing() -> Parts:
    """Of no rows: all tables, with their columns and types."""
    none = DECLARATIONS.empty().lazy()
    return Parts.of(none, labelled(none, OUTCOMES.empty().lazy()), DAY_ZERO)
