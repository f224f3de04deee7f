"""The world going by: declarations, what was found of them, and the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tidewaiter.engine.records import OUTCOMES
from tidewaiter.engine.simulate import fraud, inspection, papers, trade
from tidewaiter.engine.simulate.countries import ORIGINS
from tidewaiter.engine.simulate.schemes import HIDDEN, HONEST, SMUGGLING, schemes
from tidewaiter.engine.simulate.world import world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.random import Generator

    from tidewaiter.engine.simulate.fraud import Declared
    from tidewaiter.engine.simulate.schemes import Schemes
    from tidewaiter.engine.simulate.settings import Setting
    from tidewaiter.engine.simulate.trade import Calendar, Headers
    from tidewaiter.engine.simulate.world import World


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of the world in order of time.

    `declarations`: DECLARATIONS columns that brokers fill. `outcomes`: OUTCOMES columns, of the
    declarations that were inspected. `truth`: one row an item: declaration_id, item_no,
    declaration_date, office, illicit, typology, hidden, risk_area, severity, revenue, currency, true_hs6,
    true_origin, true_value, true_net_mass, find_<control>.
    """

    declarations: pl.DataFrame
    outcomes: pl.DataFrame
    truth: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Simulation:
    """A world ready to be gone through, any number of times."""

    place: World
    plans: Schemes
    when: Calendar

    @classmethod
    def of(cls, setting: Setting) -> Simulation:
        place = world(setting)
        return cls(place, schemes(place), trade.calendar(place))

    def chunks(self, rows: int = 250_000) -> Iterator[Chunk]:
        """Chunks of about this many items; memory holds one. The content does not depend on it."""
        waiting: list[Chunk] = []
        for block in range(self.when.blocks):
            waiting.append(self._block(block))
            if sum(part.declarations.height for part in waiting) >= rows:
                yield _joined(waiting)
                waiting = []
        if waiting:
            yield _joined(waiting)

    def _block(self, block: int) -> Chunk:
        place = self.place
        rng = np.random.default_rng([place.setting.seed, 3, block])
        head = trade.headers(rng, place, self.plans, self.when, block)
        true = trade.items(rng, place, head)
        said = fraud.declare(rng, place, self.plans, head, true)
        declarations = papers.papers(rng, place, head, said, true)
        truth = _truth(place, declarations, said, true)
        outcomes, released = _past(rng, place, head, said, truth)
        return Chunk(declarations.with_columns(release_date=released), outcomes, truth)


def _joined(parts: list[Chunk]) -> Chunk:
    return Chunk(
        pl.concat(part.declarations for part in parts),
        pl.concat(part.outcomes for part in parts),
        pl.concat(part.truth for part in parts),
    )


def _truth(
    place: World, declarations: pl.DataFrame, said: Declared, true: trade.Items
) -> pl.DataFrame:
    area = np.select(
        [said.typology == HONEST, said.typology == SMUGGLING], [0, said.area + 2], 1
    ).astype(np.uint32)
    columns = declarations.select("declaration_id", "item_no", "declaration_date", "office")
    return columns.with_columns(
        illicit=pl.Series(said.typology != HONEST),
        typology=inspection.typology_names(said.typology),
        hidden=pl.Series([None, None, *HIDDEN]).gather(area),
        risk_area=pl.Series([None, "revenue", *HIDDEN.values()]).gather(area),
        severity=pl.Series(said.severity).cast(pl.Int64),
        revenue=pl.Series(said.revenue.round(2)),
        currency=pl.lit(place.setting.currency),
        true_hs6=pl.Series(place.goods.hs6).gather(true.commodity.astype(np.uint32)),
        true_origin=pl.Series(ORIGINS).gather(true.origin.astype(np.uint32)),
        true_value=pl.Series(true.value.round(2)),
        true_net_mass=pl.Series(true.net.round(3)),
        **{name: pl.Series(values) for name, values in inspection.chances(said.typology).items()},
    )


def _past(
    rng: Generator, place: World, head: Headers, said: Declared, truth: pl.DataFrame
) -> tuple[pl.DataFrame, pl.Series]:
    """Outcomes of the old administration's controls, and the day each item was released.

    It looked at a random share, and by a rule of thumb at new traders, preferred origins and low prices: each
    declaration with a known probability.
    """
    setting, count, of_item = place.setting, len(head.number), said.items.header
    young = head.day - place.importers.born[head.importer] < 60
    preferred = np.bincount(said.items.header, said.preference, count) > 0
    items, stuff = said.items, place.goods
    usual = np.log(stuff.price[items.commodity]) + stuff.level[items.commodity, items.origin]
    cheap = np.bincount(of_item, np.log(items.value / items.net) < usual - 0.7, count) > 0
    thumb = 0.3 + 1.0 * young + 0.5 * preferred + 3.0 * cheap + rng.lognormal(-1, 0.5, count)
    thumb *= (setting.inspected_rate - setting.random_rate) / thumb.mean()
    thumb = np.clip(thumb, 0, 0.5)
    at_random = rng.random(count) < setting.random_rate
    chosen = at_random | (rng.random(count) < thumb)
    physical = rng.random(count) < 0.6
    probability = 1 - (1 - setting.random_rate) * (1 - thumb)
    wait = rng.geometric(0.6, count) - 1 + chosen * rng.integers(1, 5, count)
    firsts = truth.select(declaration_id=pl.col("declaration_id")).filter(
        pl.Series(np.r_[True, np.diff(of_item) > 0])
    )
    reasons = firsts.with_columns(
        selected_by=pl.Series(np.where(at_random, "random", "rate:THUMB")),
        selection_probability=pl.Series(probability),
        lane=pl.Series(np.where(physical, "red", "yellow")),
    )
    parts = []
    for control, mask in (("physical", physical), ("documentary", ~physical)):
        ids = firsts.filter(pl.Series(chosen & mask))["declaration_id"]
        parts.append(inspection.inspect(truth, ids, control, seed=setting.seed))
    outcomes = pl.concat(parts).drop("selected_by", "selection_probability", "lane")
    outcomes = outcomes.join(reasons, on="declaration_id", how="left").sort(
        "declaration_id", "item_no"
    )
    released = truth["declaration_date"] + pl.Series(wait[of_item]).cast(pl.Int64) * pl.Series(
        [86_400_000_000]
    ).cast(pl.Duration("us"))
    return outcomes.select(OUTCOMES.incoming.names()), released.cast(pl.Date)
