"""The parts of baselines that add up: made of any share of the rows, anywhere, and put together.

Every figure is a whole number that is summed, but for first and last days, of which the least and the
greatest count; so the order in which parts are added cannot show.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidewaiter.engine.risk.baselines import build_digits, build_histories, build_peers
from tidewaiter.engine.risk.baselines.histories import HISTORIES, History
from tidewaiter.engine.risk.baselines.keys import with_keys
from tidewaiter.engine.risk.baselines.peers import PEERS
from tidewaiter.engine.risk.descriptions import texts_and_headings

if TYPE_CHECKING:
    from datetime import date

    import polars as pl


@dataclass(frozen=True)
class Parts:
    """traffic, results: history → one row a key. histograms: peers → one row a group of keys and
    bin. digits: one row an importer. texts: one row a description and heading. controls, finds:
    controlled items, and those with a find."""

    traffic: dict[str, pl.DataFrame]
    results: dict[str, pl.DataFrame]
    histograms: dict[str, pl.DataFrame]
    digits: pl.DataFrame
    texts: pl.DataFrame
    controls: int
    finds: int

    @classmethod
    def of(cls, past: pl.LazyFrame, known: pl.DataFrame, as_of: date) -> Parts:
        """past: items declared before the day (DECLARATIONS). known: those of them whose results
        were known by then (see `labelled`)."""
        keyed = with_keys(known.lazy()).collect()
        return cls(
            {h.name: build_histories.traffic(past, h, as_of) for h in HISTORIES if h.traffic},
            {h.name: build_histories.results(keyed, h, as_of) for h in HISTORIES if h.outcomes},
            {spec.name: build_peers.histogram(past, spec, as_of) for spec in PEERS},
            build_digits.counts(past, as_of),
            texts_and_headings(with_keys(past), as_of),
            known.height,
            int(known["found"].sum()),
        )

    def history(self, history: History, as_of: date) -> pl.DataFrame:
        """The finished table of one history, sorted by key."""
        return build_histories.joined(
            self.traffic.get(history.name), self.results.get(history.name), as_of
        )
