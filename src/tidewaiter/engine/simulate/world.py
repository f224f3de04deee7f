"""The people of the simulated world: offices, agents, suppliers, importers and what they import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tidewaiter.engine.simulate import names
from tidewaiter.engine.simulate.countries import HUBS, NEIGHBOURS, ORIGINS
from tidewaiter.engine.simulate.goods import Goods, goods
from tidewaiter.engine.simulate.settings import OWN_COUNTRY, Setting

if TYPE_CHECKING:
    from numpy.random import Generator

    from tidewaiter.engine.simulate.goods import Floats, Ints

MOST_LINES = 24
SEA, ROAD, AIR, POST = 1, 3, 4, 5  # WCO 183, mode of transport


@dataclass(frozen=True, slots=True)
class Importers:
    """One entry each. `first` and `length` delimit their lines; they trade from day `born` up to,
    not including, `gone`; `share` adds up to one; `shell` companies appear to vanish."""

    code: list[str]
    name: list[str]
    first: Ints
    length: Ints
    born: Ints
    gone: Ints
    office: Ints
    broker: Ints
    parcels: np.ndarray
    shell: np.ndarray
    share: Floats


@dataclass(frozen=True, slots=True)
class Lines:
    """What somebody regularly imports: commodity, origin, supplier, usual value, share of traffic."""

    importer: Ints
    commodity: Ints
    origin: Ints
    seller: Ints
    value: Floats
    share: Floats


@dataclass(frozen=True, slots=True)
class World:
    setting: Setting
    goods: Goods
    offices: list[str]
    office_names: list[str]
    brokers: list[str]
    sellers: list[str]
    seller_origin: Ints
    places: list[str]
    mode: Ints
    hub: Ints
    importers: Importers
    lines: Lines


def world(setting: Setting) -> World:
    """Everything that does not change while the world goes by."""
    rng = np.random.default_rng([setting.seed, 0])
    stuff = goods(rng)
    office_count = int(np.clip(setting.items // 50_000, 6, 40))
    count = int(np.clip(setting.items // 150, 60, 40_000))
    chapters = _sectors(rng, stuff, count)
    seller_origin = _origins(rng, chapters[rng.integers(0, count, count * 2)])
    importers = _importers(rng, setting, chapters, office_count)
    return World(
        setting=setting,
        goods=stuff,
        offices=[f"{OWN_COUNTRY}{100 + index:06d}" for index in range(office_count)],
        office_names=names.words(rng, office_count),
        brokers=names.brokers(rng, max(12, count // 30)),
        sellers=names.sellers(rng, len(seller_origin)),
        seller_origin=seller_origin,
        places=names.places(rng, list(ORIGINS)),
        mode=_modes(rng, len(seller_origin), seller_origin),
        hub=rng.integers(0, len(HUBS), len(seller_origin)),
        importers=importers,
        lines=_lines(rng, stuff, importers, chapters, seller_origin),
    )


def _sectors(rng: Generator, stuff: Goods, count: int) -> Ints:
    """The HS chapter each importer mostly deals in."""
    weight = np.bincount(stuff.chapter, weights=stuff.weight)
    return rng.choice(len(weight), count, p=weight / weight.sum())


def _origins(rng: Generator, chapters: Ints) -> Ints:
    """An origin for each chapter given: the big traders first, shuffled a little by chapter."""
    rank = np.arange(len(ORIGINS)) + rng.uniform(0, 12, (100, len(ORIGINS)))
    weights = (rank + 1.0) ** -1.4
    sums = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    drawn: Ints = (rng.random(len(chapters))[:, None] > sums[chapters]).sum(axis=1)
    return np.minimum(drawn, len(ORIGINS) - 1)


def _modes(rng: Generator, count: int, origin: Ints) -> Ints:
    near = np.array([code in NEIGHBOURS for code in ORIGINS])[origin]
    far = rng.choice([SEA, AIR, POST], count, p=[0.72, 0.22, 0.06])
    return np.where(near & (rng.random(count) < 0.85), ROAD, far)


def _importers(rng: Generator, setting: Setting, chapters: Ints, office_count: int) -> Importers:
    count, days = len(chapters), setting.days
    kind = rng.random(count)
    shell = kind < 0.05
    young = (kind >= 0.05) & (kind < 0.17)
    born = np.where(shell, rng.integers(-30, days, count), 0)
    born = np.where(young, rng.integers(0, days, count), born)
    life = rng.integers(30, 120, count)
    share = (rng.permutation(count) + 1.0) ** -0.9
    share = np.where(shell, np.median(share) * 3 * rng.uniform(0.5, 2, count), share)
    length = np.clip(rng.geometric(0.25, count) + (share * count / 40).astype(int), 1, MOST_LINES)
    length = np.where(shell, np.minimum(length, 2), length)
    broker_count = max(12, count // 30)
    return Importers(
        code=[f"{OWN_COUNTRY}{number:09d}" for number in _numbers(rng, count)],
        name=names.traders(rng, chapters),
        first=np.concatenate(([0], np.cumsum(length)[:-1])),
        length=length,
        born=born,
        gone=np.where(shell, born + life, days),
        office=(office_count * rng.random(count) ** 1.7).astype(np.int64),
        broker=(broker_count * rng.random(count) ** 2).astype(np.int64),
        parcels=(kind > 0.96),
        shell=shell,
        share=share / share.sum(),
    )


def _numbers(rng: Generator, count: int) -> Ints:
    """Distinct nine-digit numbers in no order that would tell when they were given."""
    return rng.choice(np.arange(100_000_000, 100_000_000 + 50 * count), count, replace=False) * 7


def _lines(
    rng: Generator, stuff: Goods, importers: Importers, chapters: Ints, seller_origin: Ints
) -> Lines:
    importer = np.repeat(np.arange(len(importers.length)), importers.length)
    place = np.arange(len(importer)) - importers.first[importer]
    own = importers.length[importer]
    part = np.sqrt((place + 1) / own) - np.sqrt(place / own)
    other = rng.random(len(importer)) < 0.15
    chapter = np.where(other, chapters[rng.permutation(importer)], chapters[importer])
    seller = _sellers(rng, _origins(rng, chapter), seller_origin)
    value = rng.lognormal(8.3, 1.1, len(importer))
    parcels = rng.lognormal(4.2, 0.7, len(importer))
    return Lines(
        importer=importer,
        commodity=_commodities(rng, stuff, chapter),
        origin=seller_origin[seller],
        seller=seller,
        value=np.where(importers.parcels[importer], parcels, value),
        share=importers.share[importer] * part,
    )


def _commodities(rng: Generator, stuff: Goods, chapter: Ints) -> Ints:
    """A code within each chapter, popular ones more often."""
    total = np.cumsum(stuff.weight)
    first = np.searchsorted(stuff.chapter, chapter, side="left")
    last = np.searchsorted(stuff.chapter, chapter, side="right")
    low = np.where(first > 0, total[first - 1], 0.0)
    target = low + rng.random(len(chapter)) * (total[last - 1] - low)
    found: Ints = np.clip(np.searchsorted(total, target), first, last - 1)
    return found


def _sellers(rng: Generator, origin: Ints, seller_origin: Ints) -> Ints:
    """A supplier in each origin; some far more often than others."""
    order = np.argsort(seller_origin, kind="stable")
    by_origin = seller_origin[order]
    first = np.searchsorted(by_origin, origin, side="left")
    last = np.searchsorted(by_origin, origin, side="right")
    pick = first + ((last - first) * rng.random(len(origin)) ** 2).astype(np.int64)
    found: Ints = order[np.minimum(pick, len(order) - 1)]
    return found
