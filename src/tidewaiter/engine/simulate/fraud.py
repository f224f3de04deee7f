"""From what really moves to what is declared: each typology leaves its own trace."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tidewaiter.engine.simulate import schemes as plan
from tidewaiter.engine.simulate.trade import COUNTED, RELIEF, Headers, Items, month_of

if TYPE_CHECKING:
    from numpy.random import Generator

    from tidewaiter.engine.simulate.goods import Floats, Ints
    from tidewaiter.engine.simulate.schemes import Schemes
    from tidewaiter.engine.simulate.world import World

VAT = 0.20
PREFERRED_INDEX = np.flatnonzero(plan.PREFERRED)


@dataclass(slots=True)
class Declared:
    """What is declared of each item, and the truth about it. `dispatch` is where goods really come
    from; `revenue` what a find would raise; `severity` 0 none, 1 irregularity, 2 critical."""

    items: Items
    preference: np.ndarray
    rate: Floats
    relief: np.ndarray
    duty: Floats
    taxes: Floats
    typology: Ints
    area: Ints
    revenue: Floats
    severity: Ints


def declare(rng: Generator, place: World, plans: Schemes, head: Headers, true: Items) -> Declared:
    """Decide who cheats, change what they declare, and reckon what is lost by it."""
    typology, area = _who(rng, place, plans, head, true)
    typology = _possible(place, true, typology)
    honest = _preference(rng, true)
    false = _falsified(rng, place, true, typology, plans)
    preference = honest | (typology == plan.FALSE_ORIGIN)
    due = _taxes(place, true, honest, np.zeros(len(true.header), dtype=bool))
    relief = _relief(false)
    said = _taxes(place, false, preference, relief)
    due = _where_legal(typology, said, due)
    lost = np.maximum(due[1] - said[1], 0.0)
    lost = np.where(typology == plan.VANISHING, said[1], lost)
    tobacco = (typology == plan.SMUGGLING) & (area == list(plan.HIDDEN).index("tobacco"))
    lost = np.where(tobacco, rng.lognormal(8.5, 0.9, len(lost)), lost)
    smuggled = (typology == plan.SMUGGLING) & ~tobacco
    return Declared(
        items=false,
        preference=preference,
        rate=said[2],
        relief=relief,
        duty=said[0],
        taxes=said[1],
        typology=typology,
        area=area,
        revenue=np.where((typology == plan.HONEST) | smuggled, 0.0, lost),
        severity=np.select([typology == plan.HONEST, typology == plan.SMUGGLING], [0, 2], 1),
    )


def _where_legal(
    typology: Ints, said: tuple[Floats, Floats, Floats], due: tuple[Floats, Floats, Floats]
) -> tuple[Floats, Floats, Floats]:
    """What is due is what is declared where nothing was falsified."""
    as_said = np.isin(typology, [plan.HONEST, plan.SMUGGLING, plan.VANISHING])
    return tuple(np.where(as_said, s, d) for s, d in zip(said, due, strict=True))  # type: ignore[return-value]


def _who(
    rng: Generator, place: World, plans: Schemes, head: Headers, true: Items
) -> tuple[Ints, Ints]:
    """Typology and, for smuggling, what is hidden."""
    count = len(true.header)
    ring, month = plans.ring[true.line], month_of(place, head.day[true.header])
    shell = place.importers.shell[head.importer[true.header]]
    planned = plans.typology[ring, month]
    in_ring = (ring >= 0) & ~shell & (planned != plan.SPLITTING)
    by_ring = in_ring & (rng.random(count) < plans.intensity[ring, month])
    by_chance = rng.random(count) < plans.opportune[month]
    opportune = rng.choice(plan.OPPORTUNE, count, p=plan.OPPORTUNE_WEIGHTS)
    typology = np.select(
        [
            head.split[true.header],
            shell & (rng.random(count) < plan.SHELL_RATE),
            by_ring,
            by_chance & ~shell,
        ],
        [plan.SPLITTING, plan.VANISHING, planned, opportune],
        plan.HONEST,
    )
    area = np.where(by_ring, plans.area[ring], rng.integers(0, len(plan.HIDDEN), count))
    return typology, area


def _possible(place: World, true: Items, typology: Ints) -> Ints:
    """Nobody misclassifies or borrows an origin where no duty is saved: they undervalue instead."""
    duty = place.goods.duty[true.commodity]
    no_gain = (typology == plan.MISCLASSIFICATION) & (place.goods.lower[true.commodity] < 0)
    no_gain |= (typology == plan.FALSE_ORIGIN) & ((duty == 0) | plan.PREFERRED[true.origin])
    return np.where(no_gain, plan.UNDERVALUATION, typology)


def _preference(rng: Generator, true: Items) -> np.ndarray:
    return plan.PREFERRED[true.origin] & (rng.random(len(true.origin)) < 0.8)


def _falsified(rng: Generator, place: World, true: Items, typology: Ints, plans: Schemes) -> Items:
    """The items as declared."""
    count = len(true.header)
    under = np.where(typology == plan.UNDERVALUATION, rng.uniform(0.25, 0.7, count), 1.0)
    under = np.where(typology == plan.VANISHING, rng.uniform(0.6, 1.0, count), under)
    short = np.where(typology == plan.QUANTITY, rng.uniform(0.4, 0.8, count), 1.0)
    hidden = np.where(typology == plan.SMUGGLING, rng.uniform(1.03, 1.2, count), 1.0)
    counted = COUNTED[place.goods.unit[true.commodity]]
    weighed = rng.random(count) < 0.6  # the carrier's gross mass stays, the trader cannot change it
    borrowed = PREFERRED_INDEX[(plans.ring[true.line] + true.line // 7) % len(PREFERRED_INDEX)]
    return replace(
        true,
        commodity=np.where(
            typology == plan.MISCLASSIFICATION, place.goods.lower[true.commodity], true.commodity
        ),
        origin=np.where(typology == plan.FALSE_ORIGIN, borrowed, true.origin),
        value=np.maximum((true.value * under * short).round(2), 0.01),
        quantity=np.where(
            counted, np.maximum(np.rint(true.quantity * short), 1.0), true.quantity * short
        ),
        net=true.net * short,
        gross=true.gross * hidden * np.where(weighed, 1.0, short),
    )


def _relief(said: Items) -> np.ndarray:
    """Items of declarations whose whole value is under the relief threshold."""
    total = np.bincount(said.header, said.value)
    free: np.ndarray = (total <= RELIEF)[said.header]
    return free


def _taxes(
    place: World, goods: Items, preference: np.ndarray, relief: np.ndarray
) -> tuple[Floats, Floats, Floats]:
    """Duty, duty and tax together, and the rate."""
    rate = np.where(preference, 0.0, place.goods.duty[goods.commodity])
    rate = np.where(relief, 0.0, rate)
    duty = (goods.value * rate / 100).round(2)
    taxes = np.where(relief, 0.0, (duty + VAT * (goods.value + duty)).round(2))
    return duty, taxes, rate
