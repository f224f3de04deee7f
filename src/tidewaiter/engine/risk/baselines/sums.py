"""Baselines from day to day: what was added up for one day is kept, what is new is added to it.

A declared item counts from its first version on and never changes, so rows are only ever added, in
whatever order they come. What leaves a window is dropped, or taken off, as the day moves on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import polars as pl

from tidewaiter import __version__
from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.engine.risk.baselines.baselines import FORMAT, Baselines
from tidewaiter.engine.risk.baselines.histories import HISTORIES
from tidewaiter.engine.risk.baselines.labels import labelled
from tidewaiter.engine.risk.baselines.parts import READ, Parts, forgotten
from tidewaiter.engine.risk.baselines.peers import PEERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date
    from pathlib import Path

MANY_ROWS = 500_000  # added at once
# What is added up, and by whom: another release may add up something else under the same name.
DEFINITION = sha256(repr((__version__, FORMAT, READ, HISTORIES, PEERS)).encode()).hexdigest()
_ITEM = ["declaration_id", "item_no"]
_CONTROLLED = "controlled"


@dataclass(frozen=True)
class Sums:
    """What has been added up as of a day: `parts` of the items declared before it, without results;
    `controlled`, those of them (READ) whose declarations had results."""

    as_of: date
    parts: Parts
    controlled: pl.DataFrame

    @classmethod
    def nothing(cls, as_of: date) -> Sums:
        none = DECLARATIONS.empty().select(READ)
        return cls(as_of, Parts.declared(none.lazy(), as_of), none)

    def plus(self, rows: pl.DataFrame, controlled: pl.DataFrame) -> Sums:
        """With further items, declared before the day.

        rows: READ. controlled: `declaration_id` of the declarations that have results.
        """
        parts = self.parts.plus(Parts.declared(rows.lazy(), self.as_of))
        return replace(self, parts=parts).knowing(
            rows.join(controlled, on="declaration_id", how="semi")
        )

    def knowing(self, controlled: pl.DataFrame) -> Sums:
        """With results of items that count already."""
        rows = pl.concat([self.controlled, controlled]).unique(_ITEM)
        return replace(self, controlled=rows)

    def moved(self, leaving: pl.LazyFrame, as_of: date) -> Sums:
        """The same items as of a later day. leaving: those of the days that `forgotten` gives."""
        return replace(self, as_of=as_of, parts=self.parts.moved(leaving, self.as_of, as_of))

    def save(self, folder: Path) -> None:
        """One Arrow file a table, into an existing folder."""
        for name, frame in (self.parts.tables | {_CONTROLLED: self.controlled}).items():
            frame.write_ipc(folder / f"{name}.arrow", compression="lz4")

    @classmethod
    def load(cls, folder: Path, as_of: date) -> Sums:
        """as_of: the day that they were saved with."""

        def read(name: str) -> pl.DataFrame:
            return pl.read_ipc(folder / f"{name}.arrow")

        names = Parts.declared(DECLARATIONS.empty().lazy(), as_of).tables
        return cls(as_of, Parts({name: read(name) for name in names}), read(_CONTROLLED))

    def baselines(self, outcomes: pl.LazyFrame, origin: dict[str, Any] | None = None) -> Baselines:
        """Those that `Baselines.build` makes of the items and the results known by the day."""
        known = labelled(self.controlled.lazy(), outcomes, known_before=self.as_of)
        parts = Parts(self.parts.tables | Parts.found(known).tables)
        return Baselines.of(parts, self.as_of, origin)


def at_once(frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The same rows in frames of at least MANY_ROWS: adding costs by the frame, too."""
    held: list[pl.DataFrame] = []
    for frame in frames:
        held.append(frame)
        if sum(part.height for part in held) >= MANY_ROWS:
            yield pl.concat(held)
            held = []
    if held:
        yield pl.concat(held)


def series(
    declarations: pl.LazyFrame, outcomes: pl.LazyFrame, days: list[date]
) -> Iterator[Baselines]:
    """What `Baselines.build` gives as of each of the days, which ascend, reading each row once."""
    controlled = outcomes.select("declaration_id").unique().collect()
    rows = declarations.select(READ)
    sums = None
    day = pl.col("declaration_date")
    for as_of in days:
        since = pl.lit(value=True) if sums is None else day >= sums.as_of
        sums = sums or Sums.nothing(as_of)
        for part in rows.filter(since & (day < as_of)).collect_batches(chunk_size=MANY_ROWS):
            sums = sums.plus(part, controlled)
        sums = sums.moved(rows.filter(forgotten(sums.as_of, as_of)), as_of)
        yield sums.baselines(outcomes)
