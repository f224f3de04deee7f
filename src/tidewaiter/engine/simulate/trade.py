"""Honest trade: what really moves, one block of declarations at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tidewaiter.engine.simulate.goods import UNIT_CODES
from tidewaiter.engine.simulate.schemes import SPLITTING

if TYPE_CHECKING:
    from numpy.random import Generator

    from tidewaiter.engine.simulate.goods import Floats, Ints
    from tidewaiter.engine.simulate.schemes import Schemes
    from tidewaiter.engine.simulate.world import Importers, World

BLOCK = 16_384  # declarations; a constant of the world: another number is another world
ITEM_SHARES = np.array([0.42, 0.24, 0.12, 0.07, 0.05, 0.03, 0.02, 0.02, 0.01, 0.01, 0.005, 0.005])
RELIEF = 150.0  # consignments up to this value are free of duty and tax
PARTS = 5  # most further declarations that one consignment is split into
COUNTED = np.array([unit in ("NAR", "NPR") for unit in UNIT_CODES])


@dataclass(slots=True)
class Headers:
    """One entry a declaration."""

    number: Ints
    day: Ints
    items: Ints
    importer: Ints
    office: Ints
    broker: Ints
    line: Ints
    split: np.ndarray


@dataclass(slots=True)
class Items:
    """One entry a goods item; `header` is its place in the block's headers. Values in the
    administration's currency, masses in kg."""

    header: Ints
    item_no: Ints
    line: Ints
    commodity: Ints
    origin: Ints
    value: Floats
    quantity: Floats
    net: Floats
    gross: Floats
    packages: Floats


@dataclass(frozen=True, slots=True)
class Calendar:
    """How many items each declaration has and on which day it is made, in order of time."""

    items: Ints
    day: Ints

    @property
    def blocks(self) -> int:
        return -(-len(self.items) // BLOCK)


def calendar(place: World) -> Calendar:
    """Exactly `setting.items` items on working days mostly, more of them before the year ends."""
    setting = place.setting
    rng = np.random.default_rng([setting.seed, 2])
    shares = ITEM_SHARES / ITEM_SHARES.sum()
    items = rng.choice(len(shares), setting.declarations, p=shares) + 1
    total = np.cumsum(items)
    last = int(np.searchsorted(total, setting.items))
    while last >= len(items):
        items = np.append(items, rng.choice(len(shares), len(items), p=shares) + 1)
        total = np.cumsum(items)
        last = int(np.searchsorted(total, setting.items))
    items = items[: last + 1]
    items[-1] -= total[last] - setting.items
    days = np.arange(setting.days)
    weekday = (days + setting.start.weekday()) % 7
    weight = np.where(weekday < 5, 1.0, 0.25) * (1 + 0.15 * np.sin(2 * np.pi * (days - 200) / 365))
    bounds = np.cumsum(weight) / weight.sum() * len(items)
    day = np.searchsorted(bounds, np.arange(len(items)), side="right")
    return Calendar(items, np.minimum(day, setting.days - 1))


def month_of(place: World, day: Ints) -> Ints:
    """The month of the plans that a day lies in."""
    setting = place.setting
    return np.minimum(day * setting.months // setting.days, setting.months - 1)


def headers(rng: Generator, place: World, plans: Schemes, when: Calendar, block: int) -> Headers:
    """Who declares what where; consignments that a ring splits fill several declarations."""
    number = np.arange(block * BLOCK, min((block + 1) * BLOCK, len(when.items)))
    day, items = when.day[number], when.items[number]
    importer = _importers(rng, place.importers, day)
    length = place.importers.length[importer]
    line = place.importers.first[importer] + (length * rng.random(len(number)) ** 2).astype(
        np.int64
    )
    stray = rng.random(len(number)) < 0.08
    office = place.importers.office[importer]
    office = np.where(stray, rng.integers(0, len(place.offices), len(number)), office)
    source, split = _splits(rng, place, plans, line, day)
    return Headers(
        number=number,
        day=day,
        items=items,
        importer=importer[source],
        office=office[source],
        broker=place.importers.broker[importer][source],
        line=line[source],
        split=split,
    )


def _importers(rng: Generator, people: Importers, day: Ints) -> Ints:
    """Importers by their share among those alive; two tries, then one that is always there."""
    everybody = np.cumsum(people.share)
    steady = (people.born <= 0) & (people.gone >= day.max(initial=0) + 1) & ~people.shell
    always = np.cumsum(np.where(steady, people.share, 0.0))
    drawn = np.searchsorted(everybody / everybody[-1], rng.random(len(day)))
    for sums in (everybody, always):
        dead = (people.born[drawn] > day) | (people.gone[drawn] <= day)
        drawn[dead] = np.searchsorted(sums / sums[-1], rng.random(int(dead.sum())))
    return drawn


def _splits(
    rng: Generator, place: World, plans: Schemes, line: Ints, day: Ints
) -> tuple[Ints, np.ndarray]:
    """For each declaration the one whose consignment it carries, and whether it was split."""
    ring, month = plans.ring[line], month_of(place, day)
    chance = plans.intensity[ring, month] / (1 + (1 + PARTS) / 2)
    starts = (
        (ring >= 0) & (plans.typology[ring, month] == SPLITTING) & (rng.random(len(line)) < chance)
    )
    parts = rng.integers(1, PARTS + 1, len(line))
    source = np.arange(len(line))
    for step in range(1, PARTS + 1):
        first = np.flatnonzero(starts & (parts >= step))
        target = first + step
        free = target < len(line)
        first, target = first[free], target[free]
        free = ~starts[target] & (source[target] == target)
        source[target[free]] = first[free]
    return source, starts | (source != np.arange(len(line)))


def items(rng: Generator, place: World, head: Headers) -> Items:
    """What is really in each declaration, and what it is really worth."""
    stuff, lines, people = place.goods, place.lines, place.importers
    header = np.repeat(np.arange(len(head.items)), head.items)
    item_no = np.arange(len(header)) - np.repeat(np.cumsum(head.items) - head.items, head.items) + 1
    importer = head.importer[header]
    step = np.where(head.split[header], 0, item_no - 1)
    first = people.first[importer]
    line = first + (head.line[header] - first + step) % people.length[importer]
    commodity, origin = lines.commodity[line], lines.origin[line]
    year = head.day[header] / 365
    season = stuff.swing[commodity] * np.sin(2 * np.pi * year + stuff.phase[commodity])
    price = stuff.price[commodity] * np.exp(
        stuff.level[commodity, origin]
        + stuff.drift[commodity] * year
        + season
        + stuff.spread[commodity] * rng.standard_normal(len(header))
    )
    value = lines.value[line] * (1 + season) * rng.lognormal(0, 0.45, len(header))
    part = rng.uniform(0.62, 0.99, len(header)) * RELIEF / head.items[header]
    value = np.where(head.split[header], part, value)
    counted = COUNTED[stuff.unit[commodity]]
    unit_mass = stuff.unit_mass[commodity]
    pieces = np.maximum(np.rint(value / price / unit_mass), 1.0)
    net = np.where(counted, pieces * unit_mass, value / price)
    net = np.maximum(net * (1 + 0.01 * rng.standard_normal(len(header))), 0.001)
    return Items(
        header=header,
        item_no=item_no,
        line=line,
        commodity=commodity,
        origin=origin,
        value=np.where(counted & ~head.split[header], pieces * unit_mass * price, value),
        quantity=np.where(counted, pieces, net / unit_mass),
        net=net,
        gross=net * rng.uniform(1.03, 1.14, len(header)),
        packages=np.ceil(net / stuff.package_mass[commodity] * rng.uniform(0.9, 1.1, len(header))),
    )
